"""A published batch of any size, made in seconds: rows as `process` writes them, numbers from dice."""

import json
import pathlib
import random

import duckdb

FEATURES = [f"{name}_{window}" for name in ("in_usd", "out_usd", "counterparties", "burst_factor", "fan_in", "fan_out",
                                            "night_share", "round_share") for window in ("1d", "7d", "30d")]
TOP_FEATURES = 5


def explanation(dice):
    top = dice.sample(FEATURES, TOP_FEATURES)
    return json.dumps({
        "base_value": -1.3987542,
        "top_features": top,
        "feature_contributions": {name: dice.gauss(0, 0.5) for name in top},
        "feature_values": {name: dice.random() * 1000 for name in top},
    }, separators=(",", ":"))


def write_batch(folder, alerts, clusters=100, seed=1):
    """Writes the batch of the day that `folder` is named after; returns the folder."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    dice = random.Random(seed)
    ids = sorted(f"{dice.getrandbits(128):032x}" for _ in range(alerts))
    scores = [dice.random() for _ in ids]
    database = duckdb.connect()

    def write(name, columns, rows):
        source = folder / f".{name}.ndjson"
        with open(source, "w") as file:
            file.writelines(json.dumps(dict(zip(columns, row))) + "\n" for row in rows)
        types = {"score": "DOUBLE", "latency_ms": "DOUBLE", "rank": "BIGINT"}
        schema = "{" + ",".join(f"{column}: '{types.get(column, 'VARCHAR')}'" for column in columns) + "}"
        database.sql(f"COPY (SELECT * FROM read_json('{source}', format='newline_delimited', columns={schema})) "
                     f"TO '{folder}/{name}.parquet' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 8192)")
        source.unlink()

    def scored(names):
        return [(name, dice.random(), "1.0.0", 0.5, explanation(dice)) for name in names]

    columns = ["score", "model_version", "latency_ms", "explain_json"]
    write("alerts_scored", ["alert_id", *columns], scored(ids))
    write("clusters_scored", ["cluster_id", *columns], scored([f"cluster-{i:04}" for i in range(clusters)]))
    order = sorted(range(alerts), key=lambda row: (-scores[row], ids[row]))
    write("alerts_ranked", ["alert_id", "rank", "score"],
          [(ids[row], rank + 1, scores[row]) for rank, row in enumerate(order)])
    (folder / "metadata.json").write_text(json.dumps({
        "program": "aml-miner", "program_version": "0.1.0", "processing_date": folder.name, "network": "ethereum",
        "window_days": 30, "processed_at": "2025-10-26T21:14:03Z", "input_counts": {"alerts": alerts},
        "output_counts": {"alerts_scored": alerts}, "latencies_ms": {"rank_alerts": 10.0}, "total_latency_ms": 1000.0,
        "models": {name: {"version": "1.0.0", "file": f"{name}_v1.0.0.txt", "sha256": "0" * 64}
                   for name in ("alert_scorer", "alert_ranker", "cluster_scorer")},
        "snapshot_sha256": "0" * 64, "input_sha256": {}, "feature_sql_sha256": {}, "warnings": []}))
    return folder
