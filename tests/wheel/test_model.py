"""aml_miner.Model beside LightGBM: the same scores, the same explanations, whatever holds the numbers."""

import concurrent.futures
import json
import pickle

import lightgbm
import numpy
import pandas
import pyarrow
import pytest

NAMES = [f"feature_{i}" for i in range(12)]


@pytest.fixture(scope="module")
def booster():
    random = numpy.random.default_rng(7)
    values = random.normal(size=(3000, len(NAMES)))
    values[random.random(values.shape) < 0.1] = numpy.nan
    labels = (numpy.nan_to_num(values[:, 0]) + numpy.nan_to_num(values[:, 1]) ** 2 > 1).astype(float)
    data = lightgbm.Dataset(values, labels, feature_name=NAMES)
    return lightgbm.train({"objective": "binary", "num_leaves": 15, "verbose": -1, "num_threads": 2}, data, 40)


@pytest.fixture(scope="module")
def model(aml_miner, booster):
    return aml_miner.Model(booster)


@pytest.fixture(scope="module")
def rows():
    random = numpy.random.default_rng(8)
    values = random.normal(size=(2500, len(NAMES)))
    values[random.random(values.shape) < 0.1] = numpy.nan
    return values


def assert_same_bits(left, right):
    numpy.testing.assert_array_equal(numpy.asarray(left).view(numpy.uint64), numpy.asarray(right).view(numpy.uint64))


def test_scores_are_lightgbms_bit_for_bit(model, booster, rows):
    assert_same_bits(model.predict(rows), booster.predict(rows))
    assert_same_bits(model.predict(rows, raw_score=True), booster.predict(rows, raw_score=True))


def test_explanations_are_lightgbms_and_sum_to_the_raw_score(model, booster, rows):
    contributions = model.explain(rows)
    assert contributions.shape == (len(rows), len(NAMES) + 1)
    numpy.testing.assert_allclose(contributions, booster.predict(rows, pred_contrib=True), rtol=0, atol=1e-9)
    numpy.testing.assert_allclose(contributions.sum(axis=1), model.predict(rows, raw_score=True), rtol=0, atol=1e-9)


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_threads_change_no_bit(model, rows, threads):
    assert_same_bits(model.predict(rows, threads=threads), model.predict(rows))
    assert_same_bits(model.explain(rows, threads=threads), model.explain(rows))


def layouts(rows):
    wide = numpy.empty((len(rows) * 2, rows.shape[1] * 3))
    wide[::2, ::3] = rows
    backwards = rows[::-1, ::-1].copy()
    return {"fortran": numpy.asfortranarray(rows), "every other one": wide[::2, ::3], "negative strides": backwards[::-1, ::-1]}


@pytest.mark.parametrize("layout", ["fortran", "every other one", "negative strides"])
def test_strides_change_no_bit(model, rows, layout):
    view = layouts(rows)[layout]
    assert_same_bits(model.predict(view), model.predict(rows))
    assert_same_bits(model.explain(view), model.explain(rows))


def test_floats_of_32_bits_are_read_as_they_are(model, booster, rows):
    narrow = rows.astype(numpy.float32)
    assert_same_bits(model.predict(narrow), booster.predict(narrow))
    assert_same_bits(model.explain(narrow), model.explain(narrow.astype(numpy.float64)))


def test_integers_and_swapped_bytes_are_converted(model, booster):
    whole = numpy.arange(36).reshape(3, 12)
    assert_same_bits(model.predict(whole), booster.predict(whole))
    assert_same_bits(model.predict(whole.astype(">f8")), booster.predict(whole))


def as_table(kind, rows):
    # In another order, with a column too many: what counts is the name.
    columns = {"unused": numpy.zeros(len(rows)), **{name: rows[:, i] for i, name in reversed(list(enumerate(NAMES)))}}
    if kind == "pandas":
        return pandas.DataFrame(columns)
    if kind == "pandas with nulls":
        return pandas.DataFrame({name: pandas.array(values, dtype="Float64") for name, values in columns.items()})
    if kind == "pyarrow":
        return pyarrow.table({name: pyarrow.array(values, from_pandas=True) for name, values in columns.items()})
    import polars
    return polars.DataFrame(columns).with_columns(polars.all().fill_nan(None))


@pytest.mark.parametrize("kind", ["pandas", "pandas with nulls", "pyarrow", "polars"])
def test_tables_are_matched_by_name(model, rows, kind):
    table = as_table(kind, rows)
    assert_same_bits(model.predict(table), model.predict(rows))
    assert_same_bits(model.explain(table), model.explain(rows))


class Capsule:
    """A table of which only the Arrow C data interface is known."""

    def __init__(self, table):
        self.table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


def test_whatever_has_arrows_interface_is_a_table(model, rows):
    assert_same_bits(model.predict(Capsule(as_table("pyarrow", rows))), model.predict(rows))


def test_names_with_spaces_are_found_as_lightgbm_stores_them(aml_miner, rows):
    table = pandas.DataFrame({"mean amount": rows[:, 0], "count": rows[:, 1]}).fillna(0)
    fitted = lightgbm.LGBMRegressor(n_estimators=5, verbose=-1).fit(table, table["count"])
    assert_same_bits(aml_miner.Model(fitted).predict(table), fitted.predict(table))


def test_missing_columns_are_named(model, rows):
    table = as_table("pandas", rows).drop(columns=["feature_3", "feature_5"])
    with pytest.raises(ValueError, match="no column feature_3, feature_5, which"):
        model.predict(table)


@pytest.mark.parametrize("X, reason", [
    (numpy.zeros((4, 11)), "the model has 12 features, X has 11 columns"),
    (numpy.zeros(12), "one row is X.reshape"),
])
def test_matrices_of_another_shape_are_refused(model, X, reason):
    with pytest.raises(ValueError, match=reason):
        model.predict(X)


@pytest.mark.parametrize("values", [["a"] * 12, [1j] * 12])
def test_what_is_no_number_is_refused(model, values):
    with pytest.raises(TypeError):
        model.predict(numpy.array([values]))


def test_categories_of_pandas_are_refused_by_name(model, rows):
    table = as_table("pandas", rows)
    table["feature_2"] = table["feature_2"].round().astype("category")
    with pytest.raises(TypeError, match="feature_2 holds categories"):
        model.predict(table)


def test_no_rows_have_no_scores(model):
    assert model.predict(numpy.empty((0, 12))).shape == (0,)
    assert model.explain(numpy.empty((0, 12))).shape == (0, 13)


def test_a_model_is_read_from_path_text_and_booster(aml_miner, booster, rows, tmp_path):
    booster.save_model(tmp_path / "model.txt")
    for source in (tmp_path / "model.txt", str(tmp_path / "model.txt"), booster.model_to_string()):
        assert_same_bits(aml_miner.Model(source).predict(rows), booster.predict(rows))


def test_a_damaged_model_says_what_is_wrong(aml_miner, booster):
    with pytest.raises(ValueError, match="the model's text"):
        aml_miner.Model(booster.model_to_string().replace("leaf_value=", "leaf_value=x", 1))
    with pytest.raises(FileNotFoundError):
        aml_miner.Model("no-such-model.txt")
    with pytest.raises(TypeError, match="not int"):
        aml_miner.Model(3)


def test_a_model_pickles(model, rows):
    again = pickle.loads(pickle.dumps(model))
    assert_same_bits(again.predict(rows), model.predict(rows))


def test_calls_run_at_once(model, rows):
    expected = model.explain(rows)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for contributions in pool.map(lambda _: model.explain(rows, threads=1), range(8)):
            assert_same_bits(contributions, expected)


def test_inspect_and_json_tell_what_the_model_is_made_of(model, booster):
    summary = model.inspect()
    assert summary["objective"] == "binary sigmoid:1"
    assert summary["trees"] == booster.num_trees()
    assert [one["splits"] for one in summary["features"]] == list(booster.feature_importance("split"))
    trees = json.loads(model.to_json())["trees"]
    dumped = booster.dump_model()["tree_info"]
    assert [len(tree["leaves"]) for tree in trees] == [tree["num_leaves"] for tree in dumped]
    assert trees[0]["nodes"][0]["threshold"] == dumped[0]["tree_structure"]["threshold"]
