"""process --on-foreign: who scores a day that is foreign to the alert scorer."""

import json
import shutil
import subprocess

import duckdb
import lightgbm
import numpy
import pytest

from batches import SNAPSHOTS, error_of, rows, run

CLICKHOUSE, TRUTH = SNAPSHOTS["clickhouse"]
TORUS, _ = SNAPSHOTS["torus"]
SCORES = "score, probability, model_version, explain_json"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("foreign")


@pytest.fixture(scope="module")
def models(aml_miner, folder):
    """Models trained on the ClickHouse snapshot, a fallback scorer among them."""
    run(aml_miner, "train", "--input-dir", CLICKHOUSE, "--ground-truth", TRUTH, "--models-dir", folder / "models",
        "--fallback")
    return folder / "models"


@pytest.fixture(scope="module")
def process(aml_miner, folder, models):
    def run_process(name, snapshot, *arguments):
        output = folder / name
        run(aml_miner, "process", "--input-dir", snapshot, "--output-dir", output, "--models-dir", models, *arguments)
        return output, json.loads((output / "metadata.json").read_text())

    return run_process


@pytest.fixture(scope="module")
def stock(process):
    return process("stock", TORUS)


@pytest.fixture(scope="module")
def fallback(process, folder):
    return process("fallback", TORUS, "--on-foreign", "fallback", "--write-matrix", folder / "matrices")


def test_nothing_changes_by_itself(stock, models):
    output, metadata = stock
    assert metadata["fit"]["verdict"] == "foreign"
    assert metadata["fit"]["compared_with"] == metadata["fit"]["scored_by"] == "alert_scorer_v1.0.0.txt"
    assert metadata["models"]["alert_scorer"]["file"] == "alert_scorer_v1.0.0.txt"
    explained = json.loads(rows(output / "alerts_scored.parquet", "explain_json")[0][0])
    booster = lightgbm.Booster(model_file=models / "alert_scorer_v1.0.0.txt")
    assert set(explained["feature_contributions"]) <= set(booster.feature_name())


def test_the_fallback_scores_and_ranks_a_foreign_day(fallback, models, folder):
    output, metadata = fallback
    assert metadata["fit"]["verdict"] == "foreign"
    assert metadata["fit"]["compared_with"] == "alert_scorer_v1.0.0.txt"
    assert metadata["fit"]["scored_by"] == "fallback_scorer_v1.0.0.txt"
    for task in ("alert_scorer", "alert_ranker"):
        assert metadata["models"][task]["file"] == "fallback_scorer_v1.0.0.txt"

    card = json.loads((models / "fallback_scorer_v1.0.0.json").read_text())
    booster = lightgbm.Booster(model_file=models / "fallback_scorer_v1.0.0.txt")
    frame = duckdb.sql(f"FROM '{folder}/matrices/alert_matrix.parquet' ORDER BY alert_id").df()
    raw = booster.predict(frame[booster.feature_name()], raw_score=True)
    calibration, scale = card["calibration"], card["score_map"]
    probability = 1 / (1 + numpy.exp(-(calibration["slope"] * raw + calibration["intercept"])))
    found = rows(output / "alerts_scored.parquet", "score, probability", "alert_id")
    numpy.testing.assert_allclose([p for _, p in found], probability, rtol=0, atol=1e-12)
    numpy.testing.assert_allclose([s for s, _ in found], scale["offset"] + scale["span"] * probability, rtol=0, atol=1e-12)

    scores = dict(rows(output / "alerts_scored.parquet", "alert_id, score"))
    ranking = rows(output / "alerts_ranked.parquet", "alert_id, score, rank", "rank")
    assert [(alert, score) for alert, score, _ in ranking] == sorted(scores.items(), key=lambda row: (-row[1], row[0]))


def test_clusters_keep_their_scores(stock, fallback):
    columns = "cluster_id, " + SCORES
    assert rows(stock[0] / "clusters_scored.parquet", columns) == rows(fallback[0] / "clusters_scored.parquet", columns)


def test_a_familiar_day_keeps_its_scorer(process):
    plain, _ = process("familiar", CLICKHOUSE)
    output, metadata = process("familiar-fallback", CLICKHOUSE, "--on-foreign", "fallback")
    assert metadata["fit"]["verdict"] == "familiar"
    assert metadata["fit"]["scored_by"] == "alert_scorer_v1.0.0.txt"
    columns = "alert_id, " + SCORES
    assert rows(output / "alerts_scored.parquet", columns) == rows(plain / "alerts_scored.parquet", columns)


def test_it_sees_what_holds_anywhere_alone(models):
    card = json.loads((models / "fallback_scorer_v1.0.0.json").read_text())
    assert card["features"] == lightgbm.Booster(model_file=models / "fallback_scorer_v1.0.0.txt").feature_name()
    for name in card["features"]:
        _, *parts = card["feature_meanings"][name].split("; ")
        is_pattern = name.startswith(("scatter_", "cycle", "chain", "peel"))
        assert is_pattern or parts in (["0 to 1"], ["0 or 1"], ["0 to 3"]), name
        assert "confidence" not in name and "first_stage" not in name
    assert "alert_volume_percentile" in card["features"] and "cycles_3" in card["features"]


def test_one_that_is_not_there_is_missed_at_once(aml_miner, models, folder):
    others = shutil.copytree(models, folder / "others", ignore=shutil.ignore_patterns("fallback*"))
    message = error_of(aml_miner, "process", "--input-dir", TORUS, "--output-dir", folder / "none", "--models-dir", others,
                       "--on-foreign", "fallback", exit_code=4)
    assert "fallback_scorer_v" in message
    assert not (folder / "none").exists()
    done = subprocess.run([aml_miner, "process", "--input-dir", TORUS, "--output-dir", folder / "none", "--on-foreign", "guess"],
                          capture_output=True, text=True)
    assert done.returncode == 2 and "guess" in done.stderr


def test_training_repeats_bit_for_bit(aml_miner, models, folder):
    run(aml_miner, "train", "--input-dir", CLICKHOUSE, "--ground-truth", TRUTH, "--models-dir", folder / "again",
        "--fallback", "--threads", 1)
    for file in models.iterdir():
        if file.is_file() and file.suffix in (".txt", ".json"):
            assert file.read_bytes() == (folder / "again" / file.name).read_bytes(), file.name
