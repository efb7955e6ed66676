"""One day: Spark runs the feature SQL, the program makes the flow graph and scores."""

import datetime
import json
import os
import pathlib
import tempfile
from typing import Any

from .._program import run
from ._features import run_steps
from ._session import USAGE, SparkError, own_session, session


def local_path(address: str) -> pathlib.Path:
    """The path of file:/DIR, file:///DIR or DIR. Raises SparkError for an address of another kind."""
    path = address.removeprefix("file:")
    if "://" in path:
        raise SparkError(f"{address}: batches are written to a file system that all share (file:///DIR), not to an object store", USAGE)
    return pathlib.Path(path).absolute()


def sot_address(address: str) -> str:
    """As `aml-miner download` has it: file:///DIR or s3://BUCKET/PREFIX."""
    if address.startswith("s3a://"):
        return "s3://" + address.removeprefix("s3a://")
    return address if address.startswith("s3://") else f"file://{local_path(address)}"


def download(sot: str, network: str, date: datetime.date, days: int, folder: str) -> None:
    """Fetches and verifies a day. Raises ProgramError."""
    run("download", "--sot", sot_address(sot), "--network", network, "--processing-date", str(date), "--days", str(days), "--output-dir", folder)


def options(models_dir: str | None, features_dir: str | None) -> tuple[list[str], list[str]]:
    """Options of the program that say which models and which SQL."""
    models = ["--models-dir", os.path.abspath(models_dir)] if models_dir else []
    return models, ["--features-dir", os.path.abspath(features_dir)] if features_dir else []


def process(output: str, sot: str | None = None, network: str | None = None, processing_date: datetime.date | None = None,
            days: int = 7, input_dir: str | None = None, models_dir: str | None = None, features_dir: str | None = None,
            master: str | None = None, work_dir: str | None = None, spark: Any = None) -> str:
    """Processes a day of the SOT, or the snapshot in input_dir, into {output}/{date}; returns that folder.

    work_dir: a folder that driver and executors share, for the snapshot's copy and what passes between the two engines;
    a folder in it is made and removed. spark: a session, whose settings and views are neither read nor changed. Raises ProgramError and SparkError, one sentence each.
    """
    if not input_dir and not (sot and network and processing_date):
        raise SparkError("say --sot, --network and --processing-date, or --input-dir", USAGE)
    root = local_path(output)
    root.mkdir(parents=True, exist_ok=True)
    models, sql = options(models_dir, features_dir)
    spark = spark or session(master)
    with tempfile.TemporaryDirectory(prefix=".spark-", dir=work_dir or root) as name:
        work = pathlib.Path(name)
        day = os.path.abspath(input_dir) if input_dir else f"{work}/input"
        if not input_dir:
            assert sot and network and processing_date
            download(sot, network, processing_date, days, day)
        plan = json.loads(run("sql", "--engine", "spark", "--input-dir", day, "--tables-dir", f"{work}/tables", "--json", *sql))
        (work / "groups").mkdir()
        run_steps(own_session(spark), plan, f"file://{day}", work / "tables", work / "groups")
        batch = root / plan["processing_date"]
        run("process", "--input-dir", day, "--output-dir", str(batch), "--groups-dir", f"{work}/groups", *sql, *models)
    return str(batch)
