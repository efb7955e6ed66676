"""Each statement of the feature SQL by itself, in DuckDB and in Spark, on random tables: prints the first that differs.

Words: Spark's plan (a file), a folder for the tables, and the seed. The canonical tables are made up: of the types that the
load step gives them, with NULLs, ties, zeros and extremes; keys meet as they do in a snapshot.
"""

import json
import pathlib
import random
import sys

import duckdb
from aml_miner.spark._session import own_session, session
from tables import difference, rows_of

SUBJECTS, ALERTS, CLUSTERS = 60, 150, 25
WORDS = ["", "a", "mixer", "fan_in", "MOTIF_FANOUT", "CYCLE_DETECTION", "low", "High", "critical", "same_entity", "exchange", "new_address",
         "structuring", "ü", "Proximity"]
# By table, the columns that are keys of others, and how many rows it has.
ROWS = {"subjects": SUBJECTS, "alerts": ALERTS, "alert_indicators": 300, "features": 45, "clusters": CLUSTERS, "cluster_alerts": 80,
        "cluster_addresses": 90, "address_flows": 40, "subject_flows": 120, "flows": 200,
        "known_subjects": 70, "earlier_alerts": 90}
UNIQUE = {"subjects": ["subject_id"], "alerts": ["alert_id"], "features": ["subject_id"], "clusters": ["cluster_id"], "address_flows": ["subject_id"],
          "cluster_alerts": ["cluster_id", "alert_id"], "cluster_addresses": ["cluster_id", "subject_id"],
          "alert_indicators": ["alert_id", "indicator"], "subject_flows": ["payer_subject_id", "payee_subject_id"]}


def number(kind, chance):
    """A value of a canonical column of that type, as text."""
    if kind == "DOUBLE":
        return repr(chance.choice([0.0, 0.5, 1.0, 1e-9, 5e-7, 2.5, chance.random(), chance.random() * 1e6, -chance.random() * 1e3, 1e15]))
    if kind.startswith("DECIMAL"):
        scale = int(kind.rstrip(")").split(",")[1])
        whole = chance.choice([0, 1, 99, 10_000, chance.randrange(10**6), chance.randrange(10**11)])
        return f"{whole}.{chance.choice([0, 1, 5, chance.randrange(10**scale)]):0{scale}d}"
    return str(chance.choice([0, 1, 2, 7, chance.randrange(1000), chance.randrange(10**9)]))


def value(name, kind, chance):
    keys = {"subject_id": SUBJECTS, "payer_subject_id": SUBJECTS, "payee_subject_id": SUBJECTS, "window_days": 2}
    if name in keys:
        return str(chance.randrange(keys[name]) + 1)
    if name in ("alert_id", "primary_alert_id"):
        return f"'alert{chance.randrange(ALERTS)}'"
    if name == "cluster_id":
        return f"'cluster{chance.randrange(CLUSTERS)}'"
    if kind == "DATE":
        return f"DATE '2025-10-2{chance.randrange(2)}'"
    if chance.random() < 0.12 and name != "indicator":
        return "NULL"
    if name == "category":
        return chance.choice(["'sanctions'", "'mixer'", "'exchange'", "'other_bad'"])
    if name == "pagerank":  # beyond 9 Spark rounds the sum of billionths otherwise: docs/cluster.md
        return repr(chance.random())
    if kind == "VARCHAR":
        return "'" + chance.choice(WORDS) + "'"
    return f"CAST('{number(kind, chance)}' AS {kind})"


def fill(connection, table, kinds, chance):
    """Random rows of that table, keys unique."""
    connection.execute(f"CREATE TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in kinds)})")
    rows = []
    unique = UNIQUE.get(table, [])
    for place in range(ROWS[table]):
        row = {name: value(name, kind, chance) for name, kind in kinds}
        if len(unique) == 1:
            row[unique[0]] = f"'{unique[0][:-3]}{place}'" if dict(kinds)[unique[0]] == "VARCHAR" else str(place + 1)
        rows.append(row)
    rows = list({tuple(row[name] for name in unique) or place: row for place, row in enumerate(rows)}.values())
    connection.execute(f"INSERT INTO {table} VALUES " + ", ".join(f"({', '.join(row.values())})" for row in rows))


def main():
    plan = json.loads(pathlib.Path(sys.argv[1]).read_text())
    folder, seed = pathlib.Path(sys.argv[2]), int(sys.argv[3])
    chance = random.Random(seed)
    duck, spark = duckdb.connect(), own_session(session("local[2]"))

    def share(table):
        duck.execute(f"COPY {table} TO '{folder}/{table}.parquet' (FORMAT parquet)")
        spark.read.parquet(f"{folder}/{table}.parquet").createOrReplaceTempView(table)

    for table, kinds in plan["types"].items():
        fill(duck, table, kinds, chance)
        share(table)
    tried = 0
    for step in plan["steps"]:
        duck.execute(f"CREATE TABLE {step['table']} AS {step['sql']}")
        spark.sql(step["sql"]).coalesce(1).write.parquet(f"{folder}/spark_{step['table']}")
        found = difference(rows_of(duck, f"FROM {step['table']}"), rows_of(duck, f"FROM read_parquet('{folder}/spark_{step['table']}/*.parquet')"))
        if found:
            print(f"{step['file']}: {found}")
            return
        if not step["is_group"]:
            share(step["table"])
        tried += 1
    print(f"{tried} alike")


main()
