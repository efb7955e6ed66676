"""What a table's columns may hold: the same in each library, and refused by name where it is no number."""

import datetime
import decimal

import lightgbm
import numpy
import pandas
import polars
import pyarrow
import pytest

NAN = float("nan")
TEXT = ["1", "2"]
DAYS = [datetime.datetime(2025, 1, 1), None]


@pytest.fixture(scope="module")
def model(aml_miner):
    """Tells 1 from 2 and from what is missing, in the second column."""
    values = numpy.column_stack([numpy.zeros(300), numpy.tile([1.0, 2.0, NAN], 100)])
    labels = numpy.tile([1.0, 2.0, 3.0], 100)
    data = lightgbm.Dataset(values, labels, feature_name=["a", "b"])
    return aml_miner.Model(lightgbm.train({"objective": "regression", "verbose": -1, "num_threads": 1}, data, 10))


def with_b(table, b):
    """A table of the columns a and b, the latter of the library's own type."""
    if table is pandas:
        return pandas.DataFrame({"a": [0.0] * len(b), "b": b})
    if table is polars:
        return polars.DataFrame({"a": [0.0] * len(b), "b": b})
    return pyarrow.table({"a": [0.0] * len(b), "b": b})


def arrow_dtype(values):
    return pandas.array(values, dtype=pandas.ArrowDtype(values.type))


@pytest.mark.parametrize("table, b", [
    (pyarrow, pyarrow.array([2.0, None]).dictionary_encode()),
    (pandas, arrow_dtype(pyarrow.array([2.0, None]).dictionary_encode())),
    (pandas, arrow_dtype(pyarrow.array([decimal.Decimal(2), None]))),
    (pandas, pandas.Series([decimal.Decimal(2), None], dtype=object)),
    (pandas, pandas.array([2, None], dtype="Int64")),
    (polars, polars.Series([decimal.Decimal(2), None])),
])
def test_null_is_missing(model, table, b):
    numpy.testing.assert_array_equal(model.predict(with_b(table, b)), model.predict([[0, 2], [0, NAN]]))


@pytest.mark.parametrize("dtype", ["f4", "f8", "i8", "O"])
def test_what_is_masked_is_missing(model, dtype):
    masked = numpy.ma.masked_array(numpy.array([[0, 2], [0, 2]], dtype), mask=[[0, 0], [0, 1]])
    numpy.testing.assert_array_equal(model.predict(masked), model.predict([[0, 2], [0, NAN]]))


def test_what_a_row_masks_is_missing(model):
    rows = [numpy.ma.masked_array([0.0, 2.0], [0, 1]), numpy.ma.masked_array([0, 2], [0, 0]), [0, 1]]
    numpy.testing.assert_array_equal(model.predict(rows), model.predict([[0, NAN], [0, 2], [0, 1]]))
    numpy.testing.assert_array_equal(model.predict(tuple(rows)), model.predict(rows))
    with pytest.raises(TypeError, match="^X holds"):
        model.predict([numpy.ma.masked_array(TEXT)])


@pytest.mark.parametrize("fields", [
    [("id", "i4"), ("x", "f8", (2,))],  # steps of 20 bytes
    [("id", "i1"), ("x", "f4", (2,))],  # and of 9
    {"names": ["x"], "formats": [("f8", (2,))], "offsets": [4], "itemsize": 24},  # whole steps, odd addresses
])
def test_fields_of_records_are_read(model, fields):
    records = numpy.zeros(10, fields)
    records["x"][:, 1] = numpy.resize([1, 2, NAN], 10)
    plain = numpy.array(records["x"], "f8")
    numpy.testing.assert_array_equal(model.predict(records["x"]), model.predict(plain))
    numpy.testing.assert_array_equal(model.explain(records["x"]), model.explain(plain))
    table = pandas.DataFrame({"a": pandas.Series(records["x"][:, 0], copy=False), "b": pandas.Series(records["x"][:, 1], copy=False)}, copy=False)
    numpy.testing.assert_array_equal(model.predict(table), model.predict(plain))


@pytest.mark.parametrize("table, b", [
    *((pandas, b) for b in (TEXT, pandas.Series(TEXT, dtype=object), ["x", "y"], pandas.to_datetime(DAYS), [1j, 2j],
                            pandas.to_timedelta(["1D", None]), pandas.period_range("2025-01", periods=2, freq="M"),
                            pandas.Series([numpy.timedelta64(1, "D"), 2], dtype=object),
                            pandas.Series([decimal.Decimal("sNaN"), decimal.Decimal(1)], dtype=object), pandas.Categorical(TEXT),
                            arrow_dtype(pyarrow.array(TEXT)))),
    *((polars, polars.Series(b)) for b in (TEXT, ["x", "y"], DAYS, [b"1", b"2"], [[1.0], [2.0]])),
    (polars, polars.Series(TEXT, dtype=polars.Categorical)),
    *((pyarrow, pyarrow.array(b)) for b in (TEXT, DAYS, [b"1", b"2"], [[1.0], [2.0]], [{"x": 1}, {"x": 2}])),
    (pyarrow, pyarrow.array(TEXT).dictionary_encode()),
])
def test_what_is_no_number_is_refused_with_its_column(model, table, b):
    with pytest.raises(TypeError, match="^column b holds "):
        model.predict(with_b(table, b))


@pytest.mark.parametrize("dtype", ["O", "U1", "S1"])
def test_a_matrix_of_text_is_refused(model, dtype):
    with pytest.raises(TypeError, match="^X holds .*, not numbers"):
        model.predict(numpy.array([TEXT], dtype))


def test_columns_may_be_named_by_numbers(aml_miner):
    table = pandas.DataFrame(numpy.arange(200.0).reshape(100, 2))
    fitted = lightgbm.LGBMRegressor(n_estimators=2, verbose=-1).fit(table, table[1])
    trained = lightgbm.train({"verbose": -1}, lightgbm.Dataset(table, table[1]), 2)
    named = aml_miner.Model(trained.model_to_string().replace("feature_names=Column_0 Column_1", "feature_names=0 1"))
    numpy.testing.assert_array_equal(named.predict(table), trained.predict(table))
    numpy.testing.assert_array_equal(aml_miner.Model(fitted).predict(table.to_numpy()), fitted.predict(table))


@pytest.mark.parametrize("twice", [
    pandas.DataFrame([[0.0, 1.0, 2.0]], columns=["b", "a", "b"]),
    pyarrow.Table.from_arrays([pyarrow.array([1.0])] * 3, names=["b", "a", "b"]),
])
def test_a_column_that_stands_twice_is_refused(model, twice):
    with pytest.raises(ValueError, match="X has column b 2 times"):
        model.predict(twice)


class Array:
    """What gives one record batch, and no stream."""

    def __init__(self, batch):
        self.batch = batch

    def __arrow_c_array__(self, requested_schema=None):
        return self.batch.__arrow_c_array__(requested_schema)


def test_one_batch_by_arrows_interface_is_a_table(model):
    batch = with_b(pyarrow, [1.0, 2.0]).to_batches()[0]
    numpy.testing.assert_array_equal(model.predict(Array(batch)), model.predict([[0, 1], [0, 2]]))


@pytest.mark.parametrize("X, reason", [
    ({"a": [1.0], "b": [2.0]}, "X is of type dict; a model takes a NumPy array of two dimensions, a table of pandas"),
    (None, "X is None; a model takes"),
    ("x", "X is of type str; a model takes"),
    (pandas.Series([1.0]), "X is of type pandas.*Series, not a table"),
    (polars.DataFrame({"a": [0.0], "b": [1.0]}).lazy(), r"call \.collect\(\) first"),
])
def test_what_is_no_table_is_told_what_is(model, X, reason):
    with pytest.raises(TypeError, match=reason):
        model.predict(X)


def test_the_module_tells_what_it_has(aml_miner):
    assert [name for name in dir(aml_miner) if not name.startswith("_")] == aml_miner.__all__
    assert aml_miner.__version__[0].isdigit()


@pytest.mark.parametrize("call, kind, reason", [
    (lambda module: module.flows(pyarrow.table({"a": [1]})), "ProgramError", "^table has no column"),
    (lambda module: module.features("/nope"), "ProgramError", "^/nope is no directory: name one that holds a snapshot by input_dir"),
    (lambda module: module.evaluate([0.9, 0.2], [1, 0]), TypeError, "^scores is of type list, not a path of a Parquet file or a table"),
    (lambda module: module.evaluate(pandas.DataFrame({"alert_id": ["a"], "score": [1j]}), "t"), TypeError, "^scores cannot be read: "),
    (lambda module: module.evaluate(pandas.DataFrame({"score": pandas.arrays.SparseArray([0.0, 1.0])}), "t"), TypeError,
     "^scores cannot be read: .*column score"),
    (lambda module: module.evaluate(pyarrow.table({"score": pyarrow.array([(1, 2, 3)], pyarrow.month_day_nano_interval())}), "t"), TypeError,
     "^scores cannot be written as Parquet: "),
    (lambda module: module.flows(polars.LazyFrame({"a": [1]})), TypeError, "table is a LazyFrame.*collect"),
])
def test_errors_of_stages_speak_of_what_the_caller_gave(aml_miner, call, kind, reason):
    with pytest.raises(getattr(aml_miner, kind) if isinstance(kind, str) else kind, match=reason):
        call(aml_miner)
