"""What the tests of process and train share: the snapshots in tests/data, and running the program."""

import atexit
import functools
import json
import pathlib
import shutil
import subprocess
import tempfile

import duckdb

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"

# folder of the snapshot, folder of its ground truth
SNAPSHOTS = {
    "clickhouse": (DATA / "clickhouse" / "2025-10-25", DATA / "clickhouse"),
    "pandas": (DATA / "pandas" / "2025-10-26", DATA / "pandas"),
    "torus": (DATA / "torus" / "2025-11-20", DATA / "torus"),
}


def run(aml_miner, *arguments, exit_code=0):
    """Runs the program and returns its log as a list of objects."""
    done = subprocess.run(
        [str(aml_miner), "--log-format", "json", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == exit_code, done.stderr
    lines = done.stderr.splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")] if lines else []


def error_of(aml_miner, *arguments, exit_code):
    """The sentence with which the program refuses."""
    return run(aml_miner, *arguments, exit_code=exit_code)[-1]["message"]


def copy_snapshot(source, target):
    shutil.copytree(source, target)
    target.chmod(0o755)
    for file in target.iterdir():
        file.chmod(0o644)
    # The copy is about to be changed, so checksums no longer hold.
    (target / "META.json").unlink(missing_ok=True)
    return target


def rewrite(parquet, query):
    """Replaces a Parquet file by a query over its rows, which it knows as `old`."""
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE old AS FROM read_parquet('{parquet}')")
    connection.execute(f"COPY ({query}) TO '{parquet}' (FORMAT parquet)")


def rows(parquet, columns="*", order="1"):
    return duckdb.sql(f"SELECT {columns} FROM read_parquet('{parquet}') ORDER BY {order}").fetchall()


def folder_bytes(folder):
    """Everything in a folder, to see whether it was touched."""
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


@functools.cache
def scratch():
    directory = pathlib.Path(tempfile.mkdtemp(prefix="aml-batches-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


@functools.cache
def trained(aml_miner, name):
    """The folder of the models trained on a snapshot; trained once for all tests."""
    snapshot, truth = SNAPSHOTS[name]
    models = scratch() / f"models-{name}"
    run(aml_miner, "train", "--input-dir", snapshot, "--ground-truth", truth, "--models-dir", models)
    return models


@functools.cache
def processed(aml_miner, name):
    """A snapshot processed with the models trained on it, once for all tests: batch and matrices."""
    snapshot, _ = SNAPSHOTS[name]
    output = scratch() / f"output-{name}" / snapshot.name
    matrices = scratch() / f"matrices-{name}"
    run(aml_miner, "process", "--input-dir", snapshot, "--output-dir", output,
        "--models-dir", trained(aml_miner, name), "--write-matrix", matrices)
    return output, matrices


@functools.cache
def tiny_snapshot():
    """Thirty alerts without flows, to be quick."""
    snapshot = copy_snapshot(SNAPSHOTS["clickhouse"][0], scratch() / "tiny")
    rewrite(snapshot / "alerts.parquet", "FROM old ORDER BY alert_id LIMIT 30")
    (snapshot / "money_flows.parquet").unlink()
    return snapshot
