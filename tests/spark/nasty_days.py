"""Days of a seed with what real ones have seldom: NULL, NaN, ties, decimals, rows that are no transfers, repeated keys, two windows, part files,
times with a zone. All that the two engines read differently by nature (docs/cluster.md) is left out."""

import shutil

import duckdb

# Some of every kind of row that the rules leave out; n0 is a service, and money of mixers passes through many.
TRANSFERS = """
SELECT CASE WHEN i % 401 = 0 THEN NULL WHEN i % 403 = 0 THEN '' WHEN i % 7 = 0 AND i < 2000 THEN 'n0' ELSE 'n' || (hash(i + {seed}) % 300) END AS source_address,
  'n' || (hash(i + 100000 + {seed}) % 300) AS dest_address,
  CAST(CASE WHEN i % 31 = 0 THEN NULL WHEN i % 37 = 0 THEN -5 WHEN i % 41 = 0 THEN 0.00004 WHEN i % 1009 = 0 THEN 99999999999.9999
       WHEN i % 3 = 0 THEN 9000 ELSE hash(i + 200000 + {seed}) % 2000000 / 400.0 END AS {amount}) AS amount_usd,
  CASE WHEN i % 97 = 0 THEN NULL WHEN i % 89 = 0 THEN -4 WHEN i % 7 = 0 AND i < 2000 THEN 1760600000 + hash(i) % 80000 WHEN i % 3 = 0
       THEN 1758758400 + hash(i + 300000) % 2764800 ELSE (1758758400 + hash(i // 2 + 300000) % 2764800) * 1000 END AS timestamp,
  't' || (i // 2) AS tx_hash, CASE WHEN i % 5 = 0 THEN 'NaN'::DOUBLE END AS note
FROM (SELECT i FROM range(6000) t(i) UNION ALL SELECT i FROM range(500) t(i)) u(i)"""
ALERTS = """
SELECT 'a' || (i % 190) AS alert_id, 'n' || (i % 120) AS address, CASE WHEN i % 3 = 0 THEN 12 ELSE 27 END AS window_days,
  DATE '2025-10-26' AS processing_date, CASE WHEN i % 11 > 0 THEN CAST(hash(i + {seed}) % 3000000 / 7.0 AS {amount}) END AS volume_usd,
  CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN 'NaN'::DOUBLE WHEN 2 THEN 'Infinity'::DOUBLE ELSE hash(i) % 100 / 100.0 END AS alert_confidence_score,
  CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN 'critical' ELSE 'low' END AS severity, CASE WHEN i % 3 > 0 THEN 'fan_in' END AS typology_type,
  CASE i % 6 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN '{{"tx_count": 3, "volume_usd": "1e3", "hops": null}}' ELSE '{{"pattern_matches": [1, 2]}}' END AS evidence_json,
  CASE WHEN i % 7 > 0 THEN ['fan_in', 'ü', NULL] ELSE CAST([] AS VARCHAR[]) END AS risk_indicators, 'ünï' AS description, i // 190 AS _version
FROM range(200) v(i)"""
# Addresses of both windows, some twice in one: the row of the higher version counts.
FEATURES = """
SELECT 'n' || (i % 310) AS address, CASE WHEN i % 2 = 0 THEN 12 ELSE 27 END AS window_days, DATE '2025-10-26' AS processing_date,
  hash(i + 9) % 20 AS degree_total, CASE WHEN i % 13 > 0 THEN CAST(hash(i + 10 + {seed}) % 900000000 / 7.0 AS {amount}) END AS total_volume_usd,
  CASE i % 7 WHEN 0 THEN 'NaN'::DOUBLE WHEN 1 THEN NULL WHEN 2 THEN -0.0 WHEN 3 THEN 'Infinity'::DOUBLE ELSE hash(i + 11) % 1000 / 1000.0 END AS pagerank,
  hash(i + 12) % 7 / 7.0 AS burst_factor, CASE WHEN i % 3 > 0 THEN CAST(hash(i + 13) % 12 AS BIGINT) - 3 END AS community_id,
  hash(i) % 11 = 0 AS is_mixer_like, hash(i + 1) % 9 = 0 AS is_exchange_like, hash(i + 2) % 23 = 0 AS is_contract_like,
  CASE WHEN i % 5 > 0 THEN hash(i + 3) % 4 = 0 END AS is_new_address, hash(i + 4) % 17 = 0 AS is_dormant_reactivated,
  to_timestamp(1758758400 + i) AS first_activity_timestamp, CASE WHEN i > 800 THEN 2 END AS _version FROM range(900) v(i)"""
CLUSTERS = """
SELECT 'c' || i AS cluster_id, CASE WHEN i % 3 = 0 THEN 12 ELSE 27 END AS window_days, DATE '2025-10-26' AS processing_date, 'same_entity' AS cluster_type,
  'n' || i AS primary_address, CASE WHEN i % 4 > 0 THEN 'a' || i END AS primary_alert_id, ['a' || (i + 1), 'a' || (i + 2), NULL] AS related_alert_ids,
  CASE WHEN i % 5 > 0 THEN ['n' || i, 'n' || (i + 200)] END AS addresses_involved, 2 AS total_alerts, CAST(i * 10.25 AS {amount}) AS total_volume_usd,
  CASE WHEN i % 2 = 0 THEN 'NaN'::DOUBLE ELSE 0.5 END AS confidence_avg FROM range(12) v(i)"""


def write_nasty_day(day, seed, amount="DECIMAL(18,4)"):
    """Writes the day of a seed into a folder that is not there, with amounts of that type; features are part files, of which one is empty."""
    (day / "features.parquet").mkdir(parents=True)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'Asia/Kathmandu'")
    words = {"seed": seed, "amount": amount}
    for name, select in (("alerts", ALERTS), ("money_flows", TRANSFERS), ("clusters", CLUSTERS)):
        connection.execute(f"COPY ({select.format(**words)}) TO '{day}/{name}.parquet'")
    for part, condition in enumerate(("i < 500", "i >= 500", "false")):
        connection.execute(f"COPY ({FEATURES.format(**words)} WHERE {condition}) TO '{day}/features.parquet/part-{part}.parquet'")
    return day


def write_empty_day(day, seed):
    """The alerts of such a day, and no row in any other file."""
    whole = write_nasty_day(day.with_name("whole"), seed)
    day.mkdir()
    shutil.move(whole / "alerts.parquet", day)
    others = {"features": "features.parquet/*", "money_flows": "money_flows.parquet", "clusters": "clusters.parquet"}
    for name, files in others.items():
        duckdb.sql(f"COPY (FROM read_parquet('{whole}/{files}') LIMIT 0) TO '{day}/{name}.parquet'")
    return day
