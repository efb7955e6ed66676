"""Rows that `predict --published` makes of a matrix are those that `process` publishes: executors of Spark make them."""

import json
import pathlib

import duckdb
import pytest

from batches import run

MODELS = pathlib.Path(__file__).resolve().parent / "golden" / "models"
PUBLISHED = "alert_id, score, probability, model_version, explain_json"


@pytest.fixture
def day(process, tiny, tmp_path):
    """A batch without explanations in full, its matrix, and what its features are about."""
    process(tiny, tmp_path / "batch", "--write-matrix", tmp_path, "--full-explanations", "0", models=MODELS)
    features = json.loads((tmp_path / "batch" / "features.json").read_text())["alerts"]
    (tmp_path / "families.json").write_text(json.dumps({feature["name"]: feature["family"] for feature in features}))
    return tmp_path


@pytest.fixture
def predict(aml_miner, day):
    def run_predict(task, *arguments, exit_code=0):
        return run(aml_miner, "predict", "--model", next(MODELS.glob(f"{task}_v*.txt")), "--input", day / "alert_matrix.parquet",
                   "--output", day / f"{task}.parquet", "--published", day / "families.json", *arguments, exit_code=exit_code)

    return run_predict


def test_they_have_the_bits_of_the_batch(day, predict):
    predict("alert_scorer")
    ours, theirs = (duckdb.sql(f"SELECT {PUBLISHED} FROM '{file}' ORDER BY ALL").fetchall()
                    for file in (day / "batch" / "alerts_scored.parquet", day / "alert_scorer.parquet"))
    assert ours == theirs and len(ours) == 30


def test_they_say_how_they_were_made(day, predict):
    predict("alert_scorer", "--top-features", "3")
    sha256 = json.loads((day / "batch" / "metadata.json").read_text())["models"]["alert_scorer"]["sha256"]
    assert duckdb.sql(f"SELECT DISTINCT model_sha256, top_features FROM '{day}/alert_scorer.parquet'").fetchall() == [(sha256, 3)]


@pytest.mark.parametrize("text", ["[]", '{"volume": 1}', '{"volume": {"a": {"b": 1}}}', "{", '{"a": "' + "x" * (4 << 20) + '"}'])
def test_families_are_a_short_object(day, predict, text):
    (day / "families.json").write_text(text)
    assert "families.json" in str(predict("alert_scorer", exit_code=3))
