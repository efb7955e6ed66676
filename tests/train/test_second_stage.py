"""train --second-stage: a first model of addresses, and everyone who uses what it says."""

import json
import math
import shutil

import duckdb
import lightgbm
import pytest

from batches import SNAPSHOTS, error_of, folder_bytes, processed, rows, run, trained

SNAPSHOT, TRUTH = SNAPSHOTS["clickhouse"]
GROUP = "first_stage_"


@pytest.fixture(scope="module")
def models(aml_miner, tmp_path_factory):
    folder = tmp_path_factory.mktemp("second-stage")
    run(aml_miner, "train", "--input-dir", SNAPSHOT, "--ground-truth", TRUTH, "--models-dir", folder, "--second-stage")
    return folder


@pytest.fixture(scope="module")
def batch(aml_miner, models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("batch")
    run(aml_miner, "process", "--input-dir", SNAPSHOT, "--output-dir", folder / SNAPSHOT.name, "--models-dir", models,
        "--write-matrix", folder / "matrix")
    return folder


def card_of(folder, task):
    return json.loads((folder / f"{task}_v1.0.0.json").read_text())


def test_threads_change_no_byte(aml_miner, models, batch, tmp_path):
    run(aml_miner, "train", "--input-dir", SNAPSHOT, "--ground-truth", TRUTH, "--models-dir", tmp_path / "models",
        "--second-stage", "--threads", 1)
    assert folder_bytes(tmp_path / "models") == folder_bytes(models)
    run(aml_miner, "process", "--input-dir", SNAPSHOT, "--output-dir", tmp_path / SNAPSHOT.name, "--models-dir", models,
        "--threads", 1)
    columns = "alert_id, score, probability, explain_json"
    assert rows(tmp_path / SNAPSHOT.name / "alerts_scored.parquet", columns) == rows(
        batch / SNAPSHOT.name / "alerts_scored.parquet", columns)


def test_cards_and_metadata_name_the_first_stage(models, batch):
    card, first = card_of(models, "alert_scorer"), card_of(models, "address_scorer")
    assert card["address_scorer_sha256"] == first["model_sha256"]
    assert "alert__first_stage" in card["feature_groups"]
    assert card["feature_meanings"]["first_stage_own"].startswith("what the address scorer says")
    booster = lightgbm.Booster(model_file=models / "address_scorer_v1.0.0.txt")
    assert booster.feature_name() == first["features"] and "pagerank" in first["features"]
    metadata = json.loads((batch / SNAPSHOT.name / "metadata.json").read_text())
    assert metadata["models"]["address_scorer"]["sha256"] == first["model_sha256"]
    assert "alert__first_stage" in metadata["feature_groups"]
    registry = json.loads((batch / SNAPSHOT.name / "features.json").read_text())
    assert {one["group"] for one in registry["alerts"] if one["name"].startswith(GROUP)} == {"first_stage"}


def test_explanations_are_exact_and_open_down_to_the_first_model(aml_miner, models, batch, tmp_path):
    booster = lightgbm.Booster(model_file=models / "alert_scorer_v1.0.0.txt")
    matrix = duckdb.sql(f"FROM '{batch}/matrix/alert_matrix.parquet' ORDER BY alert_id").df()
    raw = booster.predict(matrix[booster.feature_name()], raw_score=True)
    assert matrix.first_stage_own.notna().any()
    alert = matrix.alert_id[matrix.first_stage_own.idxmax()]
    done = json.loads(explained(aml_miner, models, alert, "--json"))
    assert done["raw_score"] == pytest.approx(raw[list(matrix.alert_id).index(alert)], abs=1e-12)
    assert done["base_value"] + sum(one["contribution"] for one in done["features"]) == pytest.approx(done["raw_score"])
    first = done["first_stage"]
    own = matrix.set_index("alert_id").first_stage_own[alert]
    assert first["score"] == own == pytest.approx(1 / (1 + math.exp(-first["raw_score"])), abs=1e-9)
    assert first["base_value"] + sum(one["contribution"] for one in first["features"]) == pytest.approx(first["raw_score"])
    highest = first["highest_counterparties"]
    largest = matrix.set_index("alert_id").first_stage_counterparties_largest[alert]
    assert highest[0]["score"] == largest and 1 <= len(highest) <= min(5, first["counterparties"])
    text = explained(aml_miner, models, alert)
    assert "first stage: address_scorer_v1.0.0.txt says" in text and "counterparties are in the highest" in text
    assert highest[0]["address"] in text


def test_reasons_of_the_first_model_are_stored_of_the_first_ranks(aml_miner, models, batch):
    stored = json.loads((batch / SNAPSHOT.name / "first_stage.json").read_text())
    ranked = duckdb.sql(f"SELECT alert_id FROM '{batch / SNAPSHOT.name / 'alerts_ranked.parquet'}' ORDER BY \"rank\"")
    ranks = [alert for alert, in ranked.fetchall()]
    assert stored["model"] == "address_scorer_v1.0.0.txt" and stored["alerts"]
    assert list(stored["alerts"]) == [alert for alert in ranks if alert in stored["alerts"]] and set(stored["alerts"]) <= set(ranks[:max(10, len(ranks) // 100)])
    alert, told = next(iter(stored["alerts"].items()))
    first = json.loads(explained(aml_miner, models, alert, "--json"))["first_stage"]
    for name in ("address", "score", "counterparties", "counterparties_in_highest_hundredth"):
        assert told[name] == first[name]
    assert [(one["address"], one["score"], one["amount_usd"]) for one in told["highest_counterparties"]] == [
        (one["address"], one["score"], one["amount_usd"]) for one in first["highest_counterparties"]]
    for reason, expected in zip(told["reasons"], first["features"]):
        assert (reason["feature"], reason["value"]) == (expected["name"], expected["value"])
        assert reason["contribution"] == pytest.approx(expected["contribution"])
        assert ("meaning" in reason) == reason["feature"].startswith("graph_")
    assert len(told["reasons"]) == 5 and all(len(one["reasons"]) == 5 for one in told["highest_counterparties"])


def explained(aml_miner, models, alert, *arguments):
    import subprocess
    return subprocess.run([str(aml_miner), "explain", "--input-dir", SNAPSHOT, "--models-dir", models, "--alert-id", alert,
                           *arguments], capture_output=True, text=True, timeout=120, check=True).stdout


def test_clusters_are_explained_behind_a_first_stage(aml_miner, models, batch):
    cluster, score = rows(batch / SNAPSHOT.name / "clusters_scored.parquet", "cluster_id, score")[0]
    import subprocess
    done = subprocess.run([str(aml_miner), "explain", "--input-dir", SNAPSHOT, "--models-dir", models, "--cluster-id", cluster,
                           "--json"], capture_output=True, text=True, timeout=120, check=True)
    assert json.loads(done.stdout)["score"] == pytest.approx(score, abs=1e-12)


def test_model_sets_without_one_work_as_before(aml_miner):
    output, _ = processed(aml_miner, "clickhouse")
    metadata = json.loads((output / "metadata.json").read_text())
    assert "address_scorer" not in metadata["models"]
    assert card_of(trained(aml_miner, "clickhouse"), "alert_scorer").get("address_scorer_sha256") is None


def test_says_what_is_missing(aml_miner, models, tmp_path):
    shutil.copytree(models, tmp_path / "models")
    for name in ("txt", "json"):
        (tmp_path / "models" / f"address_scorer_v1.0.0.{name}").unlink()
    common = ("process", "--input-dir", SNAPSHOT, "--output-dir", tmp_path / "out")
    assert "address_scorer_v1.0.0.txt" in error_of(aml_miner, *common, "--models-dir", tmp_path / "models", exit_code=4)
    message = error_of(aml_miner, *common, "--models-dir", models, "--without", "first_stage", exit_code=2)
    assert "alert__first_stage" in message
    run(aml_miner, "train", "--input-dir", SNAPSHOT, "--ground-truth", TRUTH, "--models-dir", tmp_path / "plain",
        "--second-stage", "--without", "first_stage")
    assert not list((tmp_path / "plain").glob("address_scorer*"))


def test_another_address_scorer_is_told(aml_miner, models, tmp_path):
    shutil.copytree(models, tmp_path / "models")
    model = tmp_path / "models" / "address_scorer_v1.0.0.txt"
    model.write_text(model.read_text() + "\n")
    run(aml_miner, "process", "--input-dir", SNAPSHOT, "--output-dir", tmp_path / "out", "--models-dir", tmp_path / "models")
    warnings = json.loads((tmp_path / "out" / "metadata.json").read_text())["warnings"]
    assert any("another address scorer" in one for one in warnings)
