"""The flow graph in slices of time, as `sql --slice` computes them and `--tables-dir` adds them up: the bits of the whole. Without Spark."""

import json
import shutil

import duckdb
import pytest

from tables import difference, rows_of
from test_sql_statements import DATA, DAYS, run


def cut(aml_miner, day, folder, days):
    """First days of the slices, which are in that folder then."""
    words = ["--input-dir", day, "--slice-days", days]
    slices = json.loads(run(aml_miner, "sql", *words, "--json"))["slices"]
    for first in slices:
        assert run(aml_miner, "sql", *words, "--slice", first, "--slices-dir", folder) == ""
    return slices


@pytest.mark.parametrize("name, days, count", [("pandas", 7, 5), ("torus", 60, 6)])
def test_slices_add_up_to_the_whole(aml_miner, tmp_path, name, days, count):
    """Windows of 30 and of 300 days, and their own day."""
    day = DATA / DAYS[name]
    assert len(cut(aml_miner, day, tmp_path / "slices", days)) == count
    whole = json.loads(run(aml_miner, "sql", "--input-dir", day, "--tables-dir", tmp_path / "whole", "--json"))
    sliced = json.loads(run(aml_miner, "sql", "--input-dir", day, "--tables-dir", tmp_path / "sliced", "--slices-dir", tmp_path / "slices", "--json"))
    assert sliced["flow_counts"] == whole["flow_counts"]
    assert "address_flows" in whole["graph"]
    for table in whole["graph"]:
        ours, theirs = (rows_of(duckdb.connect(), f"FROM read_parquet('{tmp_path}/{folder}/{table}.parquet')") for folder in ("whole", "sliced"))
        assert difference(ours, theirs) is None, table


def test_what_is_no_slice_is_refused(aml_miner, tmp_path):
    day = ["--input-dir", DATA / DAYS["pandas"]]
    tables = [*day, "--tables-dir", tmp_path / "t", "--slices-dir", tmp_path / "slices"]
    assert str(tmp_path / "slices") in run(aml_miner, "sql", *tables, exit_code=4)
    cut(aml_miner, DATA / DAYS["pandas"], tmp_path / "slices", 10)
    assert "needs --slice" in run(aml_miner, "sql", *day, "--slices-dir", tmp_path / "slices", exit_code=2)
    assert "--slice needs" in run(aml_miner, "sql", *day, "--slice", "2025-10-20", exit_code=2)
    assert "--slice" in run(aml_miner, "sql", *day, "--slice", "monday", "--slice-days", "1", "--slices-dir", tmp_path / "slices", exit_code=2)
    shutil.rmtree(tmp_path / "slices" / "2025-10-06")
    assert "the slice of 2025-10-16 does not follow on the one before it" in run(aml_miner, "sql", *tables, exit_code=3)


def test_a_folder_of_something_else_is_not_lost(aml_miner, tmp_path):
    shutil.copytree(DATA / DAYS["pandas"], tmp_path / "2025-10-26")
    said = run(aml_miner, "sql", "--input-dir", tmp_path / "2025-10-26", "--slice", "2025-10-26", "--slice-days", "1", "--slices-dir", tmp_path,
               exit_code=2)
    assert "would be lost" in said and (tmp_path / "2025-10-26" / "alerts.parquet").exists()
