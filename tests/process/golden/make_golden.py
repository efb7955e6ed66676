"""Makes the golden files anew: .deps/venv/bin/python tests/process/golden/make_golden.py

Run it when features or the output are meant to change, and read the difference before committing it.
Three small models are trained on the ClickHouse snapshot's features; the tiny snapshot is then
processed with them.
"""

import os
import pathlib
import sys
import tempfile

import duckdb
import lightgbm

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))

from batches import SNAPSHOTS, run, tiny_snapshot  # noqa: E402
from test_golden import published_lines  # noqa: E402

ROOT = HERE.parents[2]
# (model, matrix, key, objective)
MODELS = [
    ("alert_scorer", "alert_matrix", "alert_id", "binary"),
    ("alert_ranker", "alert_matrix", "alert_id", "lambdarank"),
    ("cluster_scorer", "cluster_matrix", "cluster_id", "binary"),
]


def train_small(matrices, truth):
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE truth AS FROM '{truth}'")
    snapshot = SNAPSHOTS["clickhouse"][0]
    connection.execute(
        "CREATE TABLE cluster_truth AS SELECT cluster_id, max(is_sar_filed::INT) AS is_sar_filed FROM "
        f"(SELECT cluster_id, unnest(related_alert_ids) AS alert_id FROM '{snapshot}/clusters.parquet') "
        "JOIN truth USING (alert_id) GROUP BY 1")
    for model, matrix, key, objective in MODELS:
        labels = "cluster_truth" if key == "cluster_id" else "truth"
        frame = connection.execute(
            f"SELECT m.*, t.is_sar_filed::INT AS label FROM '{matrices}/{matrix}.parquet' m "
            f"JOIN {labels} t USING ({key}) ORDER BY {key}").df()
        features = frame.drop(columns=[key, "label"])
        group = [len(frame)] if objective == "lambdarank" else None
        data = lightgbm.Dataset(features, frame["label"], group=group)
        settings = {"objective": objective, "num_leaves": 8, "min_data_in_leaf": 3, "learning_rate": 0.3, "seed": 42,
                    "deterministic": True, "verbosity": -1, "num_threads": 1}
        booster = lightgbm.train(settings, data, num_boost_round=4)
        (HERE / "models" / f"{model}_v1.0.0.txt").write_text(booster.model_to_string())


def main():
    program = pathlib.Path(os.environ.get("AML_MINER", ROOT / "build" / "aml-miner"))
    (HERE / "models").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        snapshot, truths = SNAPSHOTS["clickhouse"]
        matrices = folder / "matrices"
        models = folder / "models"
        run(program, "train", "--input-dir", snapshot, "--ground-truth", truths, "--models-dir", models)
        run(program, "process", "--input-dir", snapshot, "--output-dir", folder / "2025-10-25",
            "--models-dir", models, "--write-matrix", matrices)
        train_small(matrices, truths / "ground_truth_2025-10-25.parquet")
        output = folder / "tiny" / "2025-10-25"
        run(program, "process", "--input-dir", tiny_snapshot(), "--output-dir", output,
            "--models-dir", HERE / "models")
        for name, lines in published_lines(output).items():
            (HERE / f"{name}.jsonl").write_text("".join(line + "\n" for line in lines))


if __name__ == "__main__":
    main()
