"""What inspect tells of a model."""

import json
import subprocess

import lightgbm
import numpy
import pytest

from lightgbm_models import KINDS, NAMES, train


@pytest.fixture
def inspect(aml_miner, tmp_path):
    def run(booster, *arguments):
        path = tmp_path / "model.txt"
        path.write_bytes(booster.model_to_string().encode())
        command = [str(aml_miner), "inspect", "--model", str(path), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    return run


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "refit"])
def test_importances_are_lightgbms(kind, inspect):
    booster = lightgbm.Booster(model_str=train(kind, trees=8, leaves=15).model_to_string())
    found = json.loads(inspect(booster, "--json"))
    assert [f["name"] for f in found["features"]] == NAMES
    for column, importance in (("splits", "split"), ("gain", "gain")):
        numpy.testing.assert_array_equal(
            [f[column] for f in found["features"]], booster.feature_importance(importance)
        )


def test_counts_are_those_of_the_trees(inspect):
    booster = train("binary", trees=8, leaves=15)
    trees = booster.trees_to_dataframe()
    found = json.loads(inspect(booster, "--json"))
    assert found["trees"] == 8
    assert found["leaves"] == trees["left_child"].isna().sum()
    assert found["depth"] == trees["node_depth"].max() - 1
    assert found["categorical_splits"] == (trees["decision_type"] == "==").sum()
    assert found["objective"] == "binary sigmoid:1" and not found["average_output"]
    assert found["engine"]["instruction_set"] in ("plain", "avx2", "avx512")


def test_text_is_for_people(inspect):
    text = inspect(train("rf"), "--top", "1")
    assert "1 / (1 + e^(-1·raw))" in text and "average of the trees" in text
    assert "… and 1 more (--top 2)" in text
    assert "score = raw" in inspect(train("custom"))
    assert "0 of 5 used" in inspect(train("constant"))
