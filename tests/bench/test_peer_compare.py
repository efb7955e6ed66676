"""bench/process --peer compares every answer before a time counts: what it must notice, and what is only rounding."""

import json
import pathlib
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))
import peer_compare  # noqa: E402

IDS = ["a", "b", "c"]
FEATURES = {"transfers": [0.0, 3.0, 7.0], "usd": [0.25, 1234.5, np.nan], "zscore": [-1e-17, 1.5, -0.7]}
EXPLANATION = {"base_value": -4.5, "top_features": ["usd", "zscore"], "feature_contributions": {"usd": 0.75, "zscore": -0.25},
               "feature_values": {"usd": None, "zscore": -0.7}}


def table(tmp_path, name, columns, ids=IDS):
    path = tmp_path / f"{name}.parquet"
    pq.write_table(pa.table({"alert_id": ids, **columns}), path)
    return path


def matrices(tmp_path, **changed):
    return table(tmp_path, "ours", FEATURES), table(tmp_path, "theirs", {**FEATURES, **changed})


def scores(tmp_path, score=0.5, base=EXPLANATION["base_value"], **contributions):
    explanation = {**EXPLANATION, "base_value": base, "feature_contributions": {**EXPLANATION["feature_contributions"], **contributions}}

    def one(name, last, text):
        return table(tmp_path, name, {"score": [0.1, 0.2, last], "explain_json": [json.dumps(EXPLANATION)] * 2 + [json.dumps(text)]})

    return one("ours", 0.5, EXPLANATION), one("theirs", score, explanation)


def test_rounding_is_no_difference(tmp_path):
    rounded = {"usd": [0.25 * (1 + 5e-7), 1234.5, np.nan], "zscore": [1e-17, 1.5 * (1 - 5e-7), -0.7]}
    assert peer_compare.compare_matrices(*matrices(tmp_path, **rounded)) == 9


def test_a_deviation_of_nearly_equal_values_has_few_digits(tmp_path):
    logs = {"log_mean": [10.0, 10.0, 10.0], "log_stddev": [3.3e-5, 0.5, 2.0]}

    def compared(*deviations):
        theirs = table(tmp_path, "theirs", {"log_mean": logs["log_mean"], "log_stddev": deviations})
        return peer_compare.compare_matrices(table(tmp_path, "ours", logs), theirs)

    assert compared(3.3001e-5, 0.5, 2.0) == 6
    for other in ((3.4e-5, 0.5, 2.0), (3.3e-5, 0.50001, 2.0)):
        with pytest.raises(peer_compare.Difference, match="log_stddev differs in 1 of 3 rows"):
            compared(*other)


@pytest.mark.parametrize(("name", "values", "row"), [
    ("transfers", [0.0, 3.0, 7.000001], "c"),  # a count is exact
    ("transfers", [np.nan, 3.0, 7.0], "a"),  # 0 is not missing
    ("usd", [0.25, 1234.5, 0.0], "c"),  # nor missing 0
    ("usd", [0.2500005, 1234.5, np.nan], "a"),  # two in a million, of a value that is small beside the others
    ("zscore", [0.0, 1.50001, -0.7], "b"),
    ("zscore", [0.0, 1.5, 0.7], "c"),
])
def test_says_the_first_value_that_differs(tmp_path, name, values, row):
    with pytest.raises(peer_compare.Difference, match=f"{name} differs in 1 of 3 rows, first in that of alert_id {row}"):
        peer_compare.compare_matrices(*matrices(tmp_path, **{name: values}))


def test_a_feature_or_a_row_that_one_of_the_two_lacks_is_a_difference(tmp_path):
    with pytest.raises(peer_compare.Difference, match="has no column more"):
        peer_compare.compare_matrices(*matrices(tmp_path, more=[1.0, 2.0, 3.0]))
    for ids in (["a", "b", "d"], ["b", "a", "c"]):
        with pytest.raises(peer_compare.Difference, match="rows are not the same"):
            peer_compare.compare_matrices(table(tmp_path, "ours", FEATURES), table(tmp_path, "theirs", FEATURES, ids))


def test_scores_and_contributions_that_differ_are_noticed(tmp_path):
    assert peer_compare.compare_scores(*scores(tmp_path, score=0.5 + 1e-9, usd=0.75 + 1e-9), True) == 3
    with pytest.raises(peer_compare.Difference, match="score of alert_id c differs"):
        peer_compare.compare_scores(*scores(tmp_path, score=0.50001), True)
    for changed in ({"usd": 0.7501}, {"base": -4.4}, {"other": 0.1}):
        with pytest.raises(peer_compare.Difference, match="explanation of alert_id c differs"):
            peer_compare.compare_scores(*scores(tmp_path, **changed), True)
    assert peer_compare.compare_scores(*scores(tmp_path, usd=0.7501), False) == 3  # explanations were not asked for


def test_a_missing_score_is_a_difference(tmp_path):
    with pytest.raises(peer_compare.Difference, match="score of alert_id c differs"):
        peer_compare.compare_scores(*scores(tmp_path, score=np.nan), True)
