"""One snapshot, written by other programs in other types, gives the same features to the last bit."""

import decimal

import duckdb
import pandas
import pyarrow
import pyarrow.parquet
import pytest

from batches import copy_snapshot, rewrite, run, scratch, SNAPSHOTS, trained

FILES = ["alerts", "features", "clusters", "money_flows"]


@pytest.fixture(scope="module")
def snapshot():
    """A small part of the ClickHouse snapshot."""
    path = copy_snapshot(SNAPSHOTS["clickhouse"][0], scratch() / "writers" / "2025-10-25")
    rewrite(path / "alerts.parquet", "FROM old ORDER BY alert_id LIMIT 40")
    rewrite(path / "clusters.parquet", "FROM old ORDER BY cluster_id LIMIT 10")
    rewrite(path / "features.parquet", "FROM old ORDER BY address LIMIT 2000")
    rewrite(path / "money_flows.parquet", "FROM old ORDER BY tx_hash LIMIT 10000")
    return path


def matrices(aml_miner, snapshot, folder):
    run(aml_miner, "process", "--input-dir", snapshot, "--output-dir", folder / "out",
        "--models-dir", trained(aml_miner, "clickhouse"), "--write-matrix", folder / "matrix")
    return [duckdb.sql(f"FROM '{path}' ORDER BY 1").fetchall()
            for path in sorted((folder / "matrix").glob("*.parquet"))]


@pytest.fixture(scope="module")
def expected(aml_miner, snapshot):
    found = matrices(aml_miner, snapshot, scratch() / "writers-expected")
    assert [len(rows) for rows in found] == [40, 10]
    return found


def by_duckdb(table, path):
    duckdb.from_arrow(table).write_parquet(str(path), compression="zstd")


def by_pandas(table, path):
    frame = table.to_pandas()
    for name in frame.columns:
        if pandas.api.types.is_integer_dtype(frame[name]):
            # What becomes of whole numbers once a frame has held a missing one.
            frame[name] = frame[name].astype("float64")
    for name in {"severity", "typology_type", "asset"} & set(frame.columns):
        frame[name] = frame[name].astype("category")
    if "processing_date" in frame:
        frame["processing_date"] = pandas.to_datetime(frame["processing_date"])
    frame.to_parquet(path, index=True)


def by_pyarrow(table, path):
    """Everything that a schema can do differently at once."""
    for i, field in enumerate(table.schema):
        column, kind = table.column(i), field.type
        if pyarrow.types.is_decimal(kind):
            column = column.cast(pyarrow.decimal256(76, 18))
        elif field.name in ("address", "alert_id", "source_address"):
            column = column.cast(pyarrow.binary())  # as ClickHouse writes text unless told otherwise
        elif pyarrow.types.is_string(kind):
            column = column.cast(pyarrow.large_string())
        elif pyarrow.types.is_date(kind):
            column = column.cast(pyarrow.string())
        elif pyarrow.types.is_list(kind) and field.name.endswith("_activity"):
            column = pyarrow.chunked_array([[str(values) for values in column.to_pylist()]])
        elif pyarrow.types.is_boolean(kind):
            column = column.cast(pyarrow.uint8())
        elif pyarrow.types.is_integer(kind):
            column = column.cast(pyarrow.int64() if field.name != "window_days" else pyarrow.int8())
        table = table.set_column(i, field.name, column)
    table = table.append_column("details", pyarrow.array([{"mood": "fine"}] * len(table)))
    table = table.append_column("nothing", pyarrow.nulls(len(table)))
    pyarrow.parquet.write_table(table, path, data_page_version="2.0", compression="gzip",
                                row_group_size=700, use_dictionary=False)


@pytest.mark.parametrize("write", [by_duckdb, by_pandas, by_pyarrow])
def test_features_do_not_depend_on_the_writer(write, aml_miner, snapshot, expected, tmp_path):
    copy = tmp_path / "2025-10-25"
    copy.mkdir()
    for name in FILES:
        write(pyarrow.parquet.read_table(snapshot / f"{name}.parquet"), copy / f"{name}.parquet")
    assert repr(matrices(aml_miner, copy, tmp_path)) == repr(expected)


def test_a_decimal_of_76_digits_is_a_bound_not_a_failure(aml_miner, snapshot, tmp_path):
    copy = copy_snapshot(snapshot, tmp_path / "2025-10-25")
    table = pyarrow.parquet.read_table(copy / "alerts.parquet")
    with decimal.localcontext() as context:
        context.prec = 76
        huge = pyarrow.array([decimal.Decimal("9" * 60)] * len(table), pyarrow.decimal256(76, 8))
    index = table.schema.get_field_index("volume_usd")
    pyarrow.parquet.write_table(table.set_column(index, "volume_usd", huge), copy / "alerts.parquet")
    alerts, _ = matrices(aml_miner, copy, tmp_path)
    assert 1e15 in alerts[0]
