"""What predict takes and writes."""

import decimal

import duckdb
import lightgbm
import numpy
import pandas
import pyarrow
import pyarrow.parquet
import pytest

from lightgbm_models import NAMES, labels, matrix, rows, train


@pytest.fixture
def booster():
    return train("binary")


def test_takes_numbers_of_any_type_and_null_as_missing(predict, booster, columns):
    values = matrix(50, 3)
    values[:, 0] = numpy.where(values[:, 0] > 0, 1.0, 0.0)
    values[:, 3] = numpy.round(values[:, 3], 3)
    values[:, 4] = numpy.float32(values[:, 4])
    volume = [bool(v) for v in values[:, 0]]
    kind = [None if numpy.isnan(v) else int(v) for v in values[:, 1]]
    exact = [None if numpy.isnan(v) else decimal.Decimal(f"{v:.3f}") for v in values[:, 3]]
    table = pyarrow.table({
        "volume": pyarrow.array(volume, pyarrow.bool_()),
        "kind": pyarrow.array(kind, pyarrow.int8()),
        "degree": pyarrow.array([None] * 50, pyarrow.null()),
        "größe=m": pyarrow.array(exact, pyarrow.decimal128(38, 18)),
        "entropy": pyarrow.array(values[:, 4], pyarrow.float32()),
    })
    values[:, 2] = numpy.nan
    found = predict.write(booster, table).scores()["raw_score"]
    numpy.testing.assert_array_equal(found, booster.predict(values, raw_score=True))


def test_copies_the_columns_that_the_model_does_not_use(predict, booster, columns):
    table = {"alert_id": [f"a{i}" for i in range(42)], **columns(rows()), "tags": [["x"]] * 42, "label": [1] * 42}
    scores = predict.write(booster, table).scores()
    assert list(scores) == ["alert_id", "tags", "label", "raw_score", "score"]
    assert list(scores["alert_id"]) == table["alert_id"]

    scores = predict.scores("--keep", "label", "--keep", "volume", "--contributions")
    contributions = [f"contribution_{name}" for name in NAMES]
    assert list(scores) == ["volume", "label", "raw_score", "score", "base_value", *contributions]


def test_keeps_the_order_of_rows_whatever_the_threads(predict, booster, columns):
    values = matrix(20000, 11)
    table = {"row": numpy.arange(20000), **columns(values)}
    predict.write(booster, table, row_group_size=900)
    outputs = set()
    for threads in (1, 2, 4):
        scores = predict.scores("--threads", threads, "--contributions")
        assert (scores["row"] == numpy.arange(20000)).all()
        outputs.add(b"".join(scores[name].tobytes() for name in scores))
    assert len(outputs) == 1
    numpy.testing.assert_array_equal(scores["raw_score"], booster.predict(values, raw_score=True))


def test_tells_columns_apart_that_differ_in_case(predict, booster, columns):
    table = {"VOLUME": [5.0] * 42, **columns(rows()), "Entropy": ["x"] * 42}
    scores = predict.write(booster, table).scores()
    numpy.testing.assert_array_equal(scores["raw_score"], booster.predict(rows(), raw_score=True))
    assert list(scores)[:2] == ["VOLUME", "Entropy"]


def test_scores_no_rows_at_all(predict, booster, columns):
    scores = predict.write(booster, columns(rows()[:0])).scores("--contributions")
    assert len(scores["raw_score"]) == 0 and "base_value" in scores


def test_writes_nothing_over_its_input(predict, booster, columns):
    predict.write(booster, columns(rows()))
    before, predict.output = predict.input.read_bytes(), predict.input
    assert "name another file" in predict.refusal(exit_code=2)
    assert predict.input.read_bytes() == before
    assert [file.name for file in sorted(predict.input.parent.iterdir())] == ["input.parquet", "model.txt"]


def test_names_all_columns_that_are_missing_at_once(predict, booster, columns):
    table = columns(rows())
    del table["kind"], table["entropy"]
    message = predict.write(booster, table).refusal()
    assert "input.parquet" in message and "kind, entropy" in message and "volume" not in message


def test_names_the_column_that_holds_no_numbers(predict, booster, columns):
    message = predict.write(booster, {**columns(rows()), "kind": ["a"] * 42}).refusal()
    assert "input.parquet" in message and "column kind" in message and "VARCHAR" in message


def test_refuses_two_columns_of_one_name(predict, booster, columns):
    message = predict.write(booster, {**columns(rows()), "Score": [1] * 42}).refusal(exit_code=2)
    assert "score" in message and "--keep" in message
    predict.write(booster, {**columns(rows()), "Score": [1] * 42, "id": [1] * 42}).run("--keep", "id")
    assert "nothing" in predict.refusal("--keep", "nothing", exit_code=2)


def test_leaves_an_earlier_output_where_it_fails(predict, booster, columns):
    predict.write(booster, columns(rows())).run()
    before = predict.output.read_bytes()
    content = bytearray(predict.input.read_bytes())
    content[10:200] = bytes(190)
    predict.input.write_bytes(content)
    assert "input.parquet" in predict.refusal()
    predict.input.unlink()
    assert "input.parquet" in predict.refusal(exit_code=4)
    assert predict.output.read_bytes() == before
    assert not list(predict.output.parent.glob(".*"))


def test_warns_where_categories_must_be_codes(predict):
    frame = pandas.DataFrame({"size": matrix(400, 1)[:, 0], "kind": pandas.Categorical([10, 20] * 200)})
    data = lightgbm.Dataset(frame, [0, 1] * 200)
    model = lightgbm.train({"objective": "binary", "verbosity": -1, "num_threads": 1}, data, 3)
    codes = {"size": frame["size"].to_numpy(), "kind": frame["kind"].cat.codes.to_numpy()}
    log = predict.write(model, codes).run()
    assert "codes" in log[0]["message"]
    score = duckdb.sql(f"FROM '{predict.output}'").fetchnumpy()["score"]
    numpy.testing.assert_array_equal(score, model.predict(frame))


def test_refuses_what_has_no_single_score_by_name(predict, columns):
    values = matrix(400, 1)
    multi = {"objective": "multiclass", "num_class": 3, "verbosity": -1, "num_threads": 1}
    data = lightgbm.Dataset(values, numpy.arange(400) % 3, feature_name=NAMES)
    message = predict.write(lightgbm.train(multi, data, 2), columns(rows())).refusal()
    assert "model.txt is not supported" in message and "multi-class" in message

    linear = {"objective": "regression", "linear_tree": True, "verbosity": -1, "num_threads": 1}
    data = lightgbm.Dataset(values, labels(values), feature_name=NAMES, params={"linear_tree": True})
    message = predict.write(lightgbm.train(linear, data, 2), columns(rows())).refusal()
    assert "model.txt is not supported" in message and "linear trees" in message


def test_names_with_spaces_match_as_lightgbm_stores_them(predict):
    values = numpy.random.default_rng(3).normal(size=(500, 3))
    frame = pandas.DataFrame(values, columns=["total usd", "b", "a b  c"])
    model = lightgbm.train({"objective": "binary", "verbosity": -1, "num_threads": 1},
                           lightgbm.Dataset(frame, (frame["total usd"] > 0).astype(int)), 5)
    assert model.feature_name() == ["total_usd", "b", "a_b__c"]
    columns = {name: frame[name].to_numpy() for name in frame}
    scores = predict.write(model, {**columns, "total usd more": values[:, 1]}).scores()
    numpy.testing.assert_array_equal(scores["score"], model.predict(frame))
    assert list(scores) == ["total usd more", "raw_score", "score"], "used columns are not copied"
    stored = {"total_usd": columns["total usd"], "total usd": -columns["total usd"], "b": columns["b"], "a_b__c": columns["a b  c"]}
    numpy.testing.assert_array_equal(predict.write(model, stored).scores()["score"], model.predict(frame))
    both = {"total_usd": columns["b"], "b": columns["b"], "a_b  c": columns["b"], "a b__c": columns["b"]}
    assert "a_b__c" in predict.write(model, both).refusal(), "two columns that LightGBM stores alike"


def test_refuses_a_model_that_breaks_off(predict, booster, columns):
    text = booster.model_to_string()
    message = predict.write(text[: text.index("Tree=3")], columns(rows())).refusal()
    assert "model.txt" in message and "breaks off" in message


@pytest.mark.parametrize("line, more, words", [
    ("num_leaves=", "num_leaves=1000001\nnum_leaves=", "num_leaves"),
    ("num_cat=", "".join(f"more_{n}=0\n" for n in range(22)) + "num_cat=", "more lines than a tree may have"),
])
def test_trees_are_bounded(predict, booster, columns, line, more, words):
    text = booster.model_to_string()
    begin = text.index("Tree=0")
    edited = text[:begin] + text[begin:].replace(line, more, 1)
    assert words in predict.write(edited, columns(rows())).refusal()


def test_memory_is_bounded(predict, booster, columns):
    assert "--memory-limit" in predict.write(booster, columns(matrix(20000, 11))).refusal("--memory-limit", "1MB", exit_code=8)
    assert not predict.output.exists()
