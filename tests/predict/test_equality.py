"""predict gives LightGBM's numbers, for every kind of model there is."""

import json
import pathlib

import lightgbm
import numpy
import pytest

from lightgbm_models import KEPT, KEPT_ROWS, KINDS, expectation, rows, train

DATA = pathlib.Path(__file__).resolve().parents[1] / "data" / "lightgbm-3.3.5"


def assert_equal(scores, expected, names):
    """Scores bit for bit; contributions, whose sums have no order, within 1e-9."""
    for column in ("raw_score", "score"):
        numpy.testing.assert_array_equal(scores[column], numpy.array(expected[column]), column)
    found = numpy.column_stack([scores[f"contribution_{n}"] for n in names] + [scores["base_value"]])
    numpy.testing.assert_allclose(found, expected["contributions"], rtol=1e-9, atol=1e-12)
    numpy.testing.assert_allclose(found.sum(axis=1), scores["raw_score"], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_equals_lightgbm(kind, predict, columns):
    booster = lightgbm.Booster(model_str=train(kind, trees=8, leaves=15).model_to_string())
    names = booster.feature_name()
    scores = predict.write(booster, columns(rows(), names)).scores("--contributions")
    assert_equal(scores, expectation(booster, rows()), names)


@pytest.mark.parametrize("kind", KEPT)
def test_equals_what_lightgbm_3_made_of_its_own_model(kind, predict, columns):
    text = (DATA / f"{kind}.txt").read_bytes().decode()
    expected = json.loads((DATA / "expected.json").read_text())[kind]
    assert "\nversion=v3\n" in text
    names = text.split("\nfeature_names=")[1].split("\n")[0].split(" ")
    scores = predict.write(text, columns(rows()[-KEPT_ROWS:], names)).scores("--contributions")
    assert_equal(scores, expected, names)


def test_reads_a_model_whose_lines_end_in_crlf(predict, columns):
    text = train("binary").model_to_string()
    predict.write(text.replace("\n", "\r\n"), columns(rows()))
    numpy.testing.assert_array_equal(
        predict.scores()["raw_score"], lightgbm.Booster(model_str=text).predict(rows(), raw_score=True)
    )
