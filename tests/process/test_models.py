"""process: which models it takes."""

import json
import shutil

import pytest

from batches import SNAPSHOTS, error_of, run, trained

SNAPSHOT, _ = SNAPSHOTS["clickhouse"]
TASKS = ["alert_scorer", "alert_ranker", "cluster_scorer"]


@pytest.fixture()
def folder(aml_miner, tmp_path):
    """General models 1.0.0 and 2.0.0, which are of other trees."""
    shutil.copytree(trained(aml_miner, "clickhouse"), tmp_path / "models")
    for task in TASKS:
        add_model(trained(aml_miner, "pandas"), tmp_path / "models", task, "2.0.0")
    return tmp_path / "models"


def add_model(source, target, task, version):
    target.mkdir(exist_ok=True)
    for suffix in ["txt", "json"]:
        shutil.copy(source / f"{task}_v1.0.0.{suffix}", target / f"{task}_v{version}.{suffix}")


def models_of(aml_miner, folder, output, *arguments):
    run(aml_miner, "process", "--input-dir", SNAPSHOT, "--output-dir", output, "--models-dir", folder, *arguments)
    return json.loads((output / "metadata.json").read_text())["models"]


def sha_of(models, task):
    return json.loads((models / f"{task}_v1.0.0.json").read_text())["model_sha256"]


def test_a_version_can_be_chosen(aml_miner, folder, tmp_path):
    assert {one["version"] for one in models_of(aml_miner, folder, tmp_path / "a").values()} == {"2.0.0"}
    chosen = models_of(aml_miner, folder, tmp_path / "b", "--model-version", "1.0.0")
    assert {one["version"] for one in chosen.values()} == {"1.0.0"}
    common = ("process", "--input-dir", SNAPSHOT, "--output-dir", tmp_path / "c", "--models-dir", folder)
    assert "alert_scorer_v3.0.0.txt" in error_of(aml_miner, *common, "--model-version", "3.0.0", exit_code=4)
    assert "no version" in error_of(aml_miner, *common, "--model-version", "newest", exit_code=2)
    assert not (tmp_path / "c").exists()


def test_models_of_the_network_come_first(aml_miner, folder, tmp_path):
    network = json.loads((SNAPSHOT / "META.json").read_text())["network"]
    own, other = trained(aml_miner, "clickhouse"), folder / "another"
    for task in TASKS:
        add_model(own, other, task, "9.0.0")
    found = models_of(aml_miner, folder, tmp_path / "a")
    assert found["alert_scorer"]["version"] == "2.0.0", "those of another network are not taken"
    other.rename(folder / network)
    found = models_of(aml_miner, folder, tmp_path / "b")
    assert {one["version"] for one in found.values()} == {"9.0.0"}
    assert found["alert_scorer"]["sha256"] == sha_of(own, "alert_scorer")
    for path in (folder / network).glob("alert_scorer*"):
        path.unlink()
    assert models_of(aml_miner, folder, tmp_path / "c")["cluster_scorer"]["version"] == "2.0.0"
