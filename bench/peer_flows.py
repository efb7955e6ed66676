"""What money flows say of the addresses of a day's alerts and clusters; part of bench/peer_process.py."""

import polars as pl

from peer_tables import MONEY_UNIT

ROUND = 1_000_000  # units of 100 USD
LIMIT = 100_000_000  # units of 10,000 USD


def streamed(plan):
    return plan.collect(engine="streaming")


def side_of(transfers, alerted, prefix, own, other):
    """By subject `own`, what it received (or paid), and by pair of it and a counterparty. Both with `key`."""
    amount = pl.col("units")
    rows = transfers.lazy().rename({own: "key", other: "other"})
    totals = rows.group_by("key").agg(
        pl.len().cast(pl.Float64).alias("transfers"),
        amount.count().cast(pl.Float64).alias("priced"),
        (amount.sum() * MONEY_UNIT).alias("usd"),
        (amount.cast(pl.Float64).std(ddof=0) * MONEY_UNIT).alias("deviation"),
        (amount.max() * MONEY_UNIT).alias("largest"),
        (amount % ROUND == 0).sum().alias("round"),
        ((amount < LIMIT) & (amount >= LIMIT // 10 * 9)).sum().alias("near_limit"),
        pl.col("second").min().alias("first"),
        pl.col("second").max().alias("last"),
    )
    pairs = streamed(rows.group_by("key", "other").agg(pl.len().alias("transfers"), amount.count().alias("priced"), amount.sum()))
    others = pairs.lazy().group_by("key").agg(
        pl.len().cast(pl.Float64).alias("counterparties"),
        (amount.max() * MONEY_UNIT).alias("top_usd"),
        pl.col("other").is_in(alerted.implode()).sum().alias("alerted"),
    )
    table = streamed(totals.join(others, on="key"))
    return table.rename({name: f"{prefix}_{name}" for name in table.columns if name != "key"}), pairs


def ratio(part, whole):
    """A double; null where the whole is 0."""
    return pl.when(whole != 0).then(part / whole)


def known_usd(prefix):
    """The sum of what is known; null where transfers have no amount."""
    priced, transfers = pl.col(f"{prefix}_priced"), pl.col(f"{prefix}_transfers")
    return pl.when((priced > 0) | (transfers == 0)).then(pl.col(f"{prefix}_usd"))


def features_of(prefix):
    def column(name):
        return pl.col(f"{prefix}_{name}")

    return {
        "count": column("transfers"),
        "usd": known_usd(prefix),
        "mean_usd": ratio(column("usd"), column("priced")),
        "stddev_usd": column("deviation"),
        "max_usd": column("largest"),
        "counterparties": column("counterparties"),
        "alerted_share": ratio(column("alerted"), column("counterparties")),
        "top_share": ratio(column("top_usd"), column("usd")),
        "round_share": ratio(column("round"), column("priced")),
        "near_limit_share": ratio(column("near_limit"), column("priced")),
        "span_hours": (column("last") - column("first")) / 3600,
    }


class Flows:
    """`by_subject`: the features of the group flows by `key`; `between`: what subjects paid to subjects."""

    def __init__(self, day):
        alerted = day.alerts["key"].unique()
        subjects = day.subjects.implode()
        incoming, pairs_in = side_of(day.transfers.filter(pl.col("payee").is_in(subjects)), alerted, "in", "payee", "payer")
        outgoing, pairs_out = side_of(day.transfers.filter(pl.col("payer").is_in(subjects)), alerted, "out", "payer", "payee")
        both = pairs_in.lazy().select("key", "other").join(pairs_out.lazy().select("key", "other"), on=["key", "other"])
        reciprocal = streamed(both.group_by("key").agg(pl.len().cast(pl.Float64).alias("reciprocal")))
        counts = [f"{prefix}_{name}" for prefix in ("in", "out") for name in ("transfers", "priced", "usd", "counterparties", "top_usd")]
        table = (incoming.join(outgoing, on="key", how="full", coalesce=True).join(reciprocal, on="key", how="left")
                 .with_columns(pl.col(*counts, "reciprocal").fill_null(0)))
        columns = {f"flow_{prefix}_{name}": expression for prefix in ("in", "out") for name, expression in features_of(prefix).items()}
        everyone = pl.col("in_counterparties") + pl.col("out_counterparties") - pl.col("reciprocal")
        least, most = pl.min_horizontal("in_usd", "out_usd"), pl.max_horizontal("in_usd", "out_usd")
        both_known = known_usd("in").is_not_null() & known_usd("out").is_not_null()
        self.by_subject = table.select(
            "key", **columns,
            flow_reciprocal_share=ratio(pl.col("reciprocal"), everyone),
            flow_pass_through=pl.when(both_known).then(ratio(least, most)),
            flow_first_out_delay_hours=(pl.col("out_first") - pl.col("in_first")) / 3600,
            counterparties=everyone,
        )
        self.between = pairs_out.filter(pl.col("other").is_in(subjects))

    def of_clusters(self, day):
        """By cluster, the features of the group flows."""
        members = day.cluster_addresses
        known = members.join(self.by_subject, on="key")
        sums = known.group_by("cluster_id").agg(
            *[pl.when(pl.col(f"flow_{side}_usd").count() > 0).then(pl.col(f"flow_{side}_usd").sum()).alias(f"flow_{side}_usd")
              for side in ("in", "out")],
            (pl.col("flow_in_count") + pl.col("flow_out_count")).sum().alias("flow_count"),
            pl.col("counterparties").max().alias("flow_counterparties_max"),
        )
        sizes = members.group_by("cluster_id").agg(pl.len().cast(pl.Float64).alias("addresses"))
        inside = (members.join(self.between, on="key")
                  .join(members, left_on=["cluster_id", "other"], right_on=["cluster_id", "key"])
                  .group_by("cluster_id").agg(pl.len().alias("pairs"), pl.col("transfers").sum(), pl.col("units").sum()))
        table = sizes.join(sums, on="cluster_id", how="left").join(inside, on="cluster_id", how="left")
        pairs, transfers, usd = pl.col("pairs").fill_null(0), pl.col("transfers").fill_null(0), pl.col("units").fill_null(0) * MONEY_UNIT
        has_flows = pl.col("flow_count").is_not_null()
        return table.select(
            "cluster_id", "flow_in_usd", "flow_out_usd", "flow_count", "flow_counterparties_max",
            internal_flow_count=pl.when(has_flows).then(transfers),
            internal_flow_usd=pl.when(has_flows).then(usd),
            internal_share=ratio(usd, pl.col("flow_out_usd")),
            internal_density=ratio(pairs, pl.col("addresses") * (pl.col("addresses") - 1)),
        )
