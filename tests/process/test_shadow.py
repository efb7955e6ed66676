"""process --shadow: another version scores beside the first, and changes nothing."""

import json
import shutil

import numpy
import pytest
import scipy.stats

from batches import SNAPSHOTS, error_of, rows, run, trained

TASKS = ["alert_scorer", "alert_ranker", "cluster_scorer"]
SNAPSHOT, TRUTH = SNAPSHOTS["clickhouse"]


@pytest.fixture(scope="module")
def models(aml_miner, tmp_path_factory):
    """Version 1.0.0, and 0.9.0 of fewer trees, which is not in use because it is the lower one."""
    folder = tmp_path_factory.mktemp("models")
    shutil.copytree(trained(aml_miner, "clickhouse"), folder, dirs_exist_ok=True)
    run(aml_miner, "train", "--input-dir", SNAPSHOT, "--ground-truth", TRUTH, "--models-dir", folder, "--version", "0.9.0",
        "--param", "num_iterations=40")
    return folder


def processed(aml_miner, folder, models, *options):
    output = folder / SNAPSHOT.name
    run(aml_miner, "process", "--input-dir", SNAPSHOT, "--output-dir", output, "--models-dir", models, *options)
    return output, json.loads((output / "metadata.json").read_text())


def test_scores_beside_the_first_and_changes_nothing(aml_miner, models, tmp_path):
    alone, without = processed(aml_miner, tmp_path / "alone", models)
    output, metadata = processed(aml_miner, tmp_path / "shadow", models, "--shadow", "v0.9.0", "--threads", 1)
    assert "shadow" not in without and not (alone / "alerts_shadow.parquet").exists()
    columns = "alert_id, score, probability, model_version, explain_json"
    assert rows(output / "alerts_scored.parquet", columns) == rows(alone / "alerts_scored.parquet", columns)
    assert metadata["models"] == without["models"]

    other, _ = processed(aml_miner, tmp_path / "other", models, "--model-version", "0.9.0")
    assert rows(output / "alerts_shadow.parquet", "alert_id, score, model_version") == rows(
        other / "alerts_scored.parquet", "alert_id, score, model_version")


def test_metadata_compares_the_two(aml_miner, models, tmp_path):
    output, metadata = processed(aml_miner, tmp_path, models, "--shadow", "0.9.0")
    first = numpy.array([row[0] for row in rows(output / "alerts_scored.parquet", "score, alert_id", "alert_id")])
    second = numpy.array([row[0] for row in rows(output / "alerts_shadow.parquet", "score, alert_id", "alert_id")])
    shadow = metadata["shadow"]
    assert (shadow["version"], shadow["file"]) == ("0.9.0", "alert_scorer_v0.9.0.txt")
    assert shadow["rank_correlation"] == pytest.approx(scipy.stats.spearmanr(first, second).statistic, abs=1e-12)
    top = min(200, len(first))
    tops = [set(numpy.argsort(-scores, kind="stable")[:top]) for scores in (first, second)]
    assert shadow["top"] == top and shadow["top_in_both"] == len(tops[0] & tops[1])
    assert shadow["scores"]["median"] == pytest.approx(numpy.median(first), abs=1e-12)
    assert shadow["shadow_scores"]["p90"] == pytest.approx(numpy.quantile(second, 0.9), abs=1e-12)
    assert shadow["stability_index"] > 0


def test_what_cannot_be_a_shadow_is_refused(aml_miner, models, tmp_path):
    def refused(version, exit_code):
        return error_of(aml_miner, "process", "--input-dir", SNAPSHOT, "--output-dir", tmp_path / SNAPSHOT.name, "--models-dir", models,
                        "--shadow", version, exit_code=exit_code)

    assert "no version" in refused("newest", 2)
    assert "alert_scorer_v3.0.0.txt" in refused("3.0.0", 4)
    assert not (tmp_path / SNAPSHOT.name).exists()


def test_a_shadow_that_was_promoted_is_left_out(aml_miner, models, tmp_path):
    """Its setting stands until somebody changes it, and the day must be scored."""
    output = tmp_path / SNAPSHOT.name
    log = run(aml_miner, "process", "--input-dir", SNAPSHOT, "--output-dir", output, "--models-dir", models, "--shadow", "1.0.0")
    assert [line["level"] for line in log if "the version that scores" in line["message"]] == ["warning"]
    assert "shadow" not in json.loads((output / "metadata.json").read_text())
    assert not (output / "alerts_shadow.parquet").exists()


def test_a_shadow_whose_features_the_day_lacks_is_left_out(aml_miner, models, tmp_path):
    folder = tmp_path / "models"
    shutil.copytree(models, folder)
    scorer = folder / "alert_scorer_v0.9.0.txt"
    names = next(line for line in scorer.read_text().splitlines() if line.startswith("feature_names="))
    first = names.split("=")[1].split()[0]
    scorer.write_text(scorer.read_text().replace(names, names.replace(first, "of_another_day", 1)))
    output = tmp_path / SNAPSHOT.name
    log = run(aml_miner, "process", "--input-dir", SNAPSHOT, "--output-dir", output, "--models-dir", folder, "--shadow", "0.9.0")
    [warning] = [line for line in log if "cannot score this day" in line["message"]]
    assert warning["level"] == "warning" and "of_another_day" in warning["reason"]
    assert "shadow" not in json.loads((output / "metadata.json").read_text())
    assert not (output / "alerts_shadow.parquet").exists()


def test_the_comparison_names_the_model_that_scored(aml_miner, models, tmp_path):
    _, metadata = processed(aml_miner, tmp_path / "familiar", models, "--shadow", "0.9.0", "--on-foreign", "stock")
    assert metadata["shadow"]["scored_by"] == metadata["fit"]["scored_by"] == "alert_scorer_v1.0.0.txt"

    folder = tmp_path / "models"
    shutil.copytree(models, folder)
    for ending in ["txt", "json"]:
        shutil.copy(folder / f"alert_scorer_v1.0.0.{ending}", folder / f"fallback_scorer_v1.0.0.{ending}")
    foreign, _ = SNAPSHOTS["torus"]
    output = tmp_path / foreign.name
    run(aml_miner, "process", "--input-dir", foreign, "--output-dir", output, "--models-dir", folder, "--shadow", "0.9.0",
        "--on-foreign", "fallback")
    metadata = json.loads((output / "metadata.json").read_text())
    assert metadata["shadow"]["scored_by"] == metadata["fit"]["scored_by"] == "fallback_scorer_v1.0.0.txt"


def test_a_shadow_that_sees_another_first_stage_is_refused(aml_miner, models, tmp_path):
    folder = tmp_path / "models"
    shutil.copytree(models, folder)
    run(aml_miner, "train", "--input-dir", SNAPSHOT, "--ground-truth", TRUTH, "--models-dir", folder, "--version", "0.8.0",
        "--param", "num_iterations=10", "--second-stage")
    message = error_of(aml_miner, "process", "--input-dir", SNAPSHOT, "--output-dir", tmp_path / SNAPSHOT.name, "--models-dir", folder,
                       "--shadow", "0.8.0", exit_code=2)
    assert "first stage" in message
