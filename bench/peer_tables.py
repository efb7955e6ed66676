"""A snapshot's tables as polars frames: what bench/peer_process.py computes its features from.

A snapshot of one window (META.json's) with transfers in money_flows.parquet, in the documented types; the program accepts more.
Of several rows of one key the one with the highest `_version` counts. An address is the 64-bit hash of its text: joins and
groups of integers cost a fraction of those of strings, and of a million addresses two are equal once in forty million days.
"""

import datetime
import json
import pathlib

import polars as pl

MONEY_UNIT = 1e-4  # of a transfer, in USD
MOST_USD = 1e11  # of a transfer
EVIDENCE = pl.Struct({name: pl.Float64 for name in ("tx_count", "volume_usd", "hops", "time_span_hours", "counterparties", "first_seen",
                                                    "last_seen", "detection_timestamp")} | {"pattern_matches": pl.List(pl.String)})


def number(name):
    return pl.col(name).cast(pl.Float64)


def money(name):
    """To six decimals, as the decimal it is: as a double, what lies half-way may lie a little below."""
    return pl.col(name).round(6, mode="half_away_from_zero").cast(pl.Float64)


def newest(table, *key):
    """One row of each key."""
    if not table.select(pl.struct(key).is_duplicated().any()).item():
        return table
    return table.sort("_version", descending=True).unique(key, keep="first", maintain_order=True)


def key_of(address):
    return pl.col(address).hash()


class Day:
    """The tables, by `key` (an address), `alert_id` and `cluster_id`; alerts and clusters ascending by their ids."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        meta = json.loads((folder / "META.json").read_text())
        date = datetime.date.fromisoformat(meta["processing_date"])
        midnight = datetime.datetime.combine(date, datetime.time(), datetime.timezone.utc)
        self.window_days = meta["window_days"]
        self.end_second = int(midnight.timestamp()) + 86400
        self.start_second = int(midnight.timestamp()) - 86400 * self.window_days
        self.of_window = (pl.col("window_days") == self.window_days) & (pl.col("processing_date") == date)
        self.read_alerts(folder / "alerts.parquet")
        self.read_clusters(folder / "clusters.parquet")
        self.subjects = pl.concat([self.alerts["key"], self.cluster_addresses["key"]]).unique()
        self.read_features(folder / "features.parquet")
        self.read_transfers(folder / "money_flows.parquet")

    def read_alerts(self, path):
        columns = ["alert_id", "typology_type", "pattern_id", "severity", "suspected_address_type", "evidence_json", "risk_indicators"]
        table = newest(pl.scan_parquet(path).filter(self.of_window)
                       .select(*columns, "_version", key_of("address").alias("key"), number("alert_confidence_score"), money("volume_usd"))
                       .collect(), "alert_id")
        evidence = pl.col("evidence_json").str.json_decode(EVIDENCE)
        self.alerts = table.sort("alert_id").with_columns(evidence.alias("evidence")).drop("evidence_json", "_version")

    def read_clusters(self, path):
        table = newest(pl.scan_parquet(path).filter(self.of_window).select(
            "cluster_id", "cluster_type", "primary_alert_id", "related_alert_ids", "addresses_involved", "total_alerts",
            money("total_volume_usd"), "severity_max", number("confidence_avg"), "_version",
            *[(pl.col(f"{which}_alert_timestamp") // 1000).cast(pl.Int64).alias(f"{which}_second") for which in ("earliest", "latest")],
        ).collect(), "cluster_id").sort("cluster_id")
        members = pl.concat([table.select("cluster_id", pl.col("related_alert_ids").alias("alert_id")).explode("alert_id"),
                             table.select("cluster_id", pl.col("primary_alert_id").alias("alert_id"))])
        self.cluster_alerts = members.filter(pl.col("alert_id") != "").unique()
        addresses = table.select("cluster_id", "addresses_involved").explode("addresses_involved").drop_nulls()
        self.cluster_addresses = addresses.select("cluster_id", key_of("addresses_involved").alias("key")).unique()
        self.clusters = table.drop("related_alert_ids", "addresses_involved", "_version")

    def read_features(self, path):
        scan = pl.scan_parquet(path)
        kept = [name for name, kind in scan.collect_schema().items() if kind != pl.String and name not in ("window_days", "processing_date")]
        table = (scan.filter(self.of_window).with_columns(key_of("address").alias("key"))
                 .filter(pl.col("key").is_in(self.subjects.implode())).select("key", *kept).collect(engine="streaming"))
        decimals = [name for name, kind in table.schema.items() if isinstance(kind, pl.Decimal)]
        self.features = newest(table, "key").with_columns([money(name) for name in decimals])

    def read_transfers(self, path):
        """Those of a subject within the window: `payer`, `payee`, `units` (of 1e-4 USD; null where no amount is known), `second`."""
        scan = pl.scan_parquet(path)
        every = scan.collect_schema().names()
        if "source_address" not in every:
            raise SystemExit(f"{path} has no transfers, but pairs of addresses; the peer reads transfers alone")
        usd = pl.col("amount_usd")
        if isinstance(scan.collect_schema()["amount_usd"], pl.Decimal):
            # As the program does: the last bit decides what half of a unit becomes.
            usd = usd.to_physical().cast(pl.Float64) / 10.0 ** scan.collect_schema()["amount_usd"].scale
        usd = usd.cast(pl.Float64).clip(None, MOST_USD)
        units = (usd * 1e4).round(mode="half_away_from_zero").cast(pl.Int64)
        time = pl.col("timestamp").cast(pl.Int64)
        others = [pl.col(name).hash().alias(name) for name in every if name not in ("source_address", "dest_address", "amount_usd")]
        subjects = self.subjects.implode()
        table = (scan.filter((pl.col("source_address").str.len_bytes() > 0) & (pl.col("dest_address").str.len_bytes() > 0))
                 .select(key_of("source_address").alias("payer"), key_of("dest_address").alias("payee"), units.alias("units"),
                         pl.when(time >= 100_000_000_000).then(time // 1000).otherwise(time).alias("second"), *others)
                 .filter((pl.col("payer") != pl.col("payee")) & pl.col("second").is_between(self.start_second, self.end_second, "left")
                         & (pl.col("units").fill_null(0) >= 0) & (pl.col("payer").is_in(subjects) | pl.col("payee").is_in(subjects)))
                 .collect(engine="streaming"))
        # Rows that are equal in every column are one transfer. First whether there are any, by one hash of a row: `unique` is dear.
        row = sum((pl.col(name).cast(pl.UInt64) * (2 * i + 3) for i, name in enumerate(table.columns) if name != "units"),
                  pl.col("units").fill_null(0).cast(pl.UInt64))
        if table.select(row.hash().n_unique()).item() < len(table):
            table = table.unique()
        self.transfers = table.select("payer", "payee", pl.when(pl.col("units") > 0).then("units").alias("units"), "second")
