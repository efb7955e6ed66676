"""One day: Spark runs the feature SQL and has alerts scored, the program makes the flow graph and the batch."""

import datetime
import errno
import json
import os
import pathlib
import tempfile
import time
from typing import Any

from .._program import run
from ._features import file_uri, run_steps
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


def refused_by_system(error: OSError) -> SparkError:
    """One sentence for what the system refused, with the program's exit code for it."""
    codes = {errno.ENOENT: 4, errno.EACCES: 6, errno.EPERM: 6, errno.EROFS: 6, errno.ENOSPC: 7, errno.EDQUOT: 7}
    return SparkError(f"{error.filename or 'a file'}: {error.strerror or error}", codes.get(error.errno or 0, 3))


def process(output: str, sot: str | None = None, network: str | None = None, processing_date: datetime.date | None = None,
            days: int = 7, input_dir: str | None = None, models_dir: str | None = None, features_dir: str | None = None,
            master: str | None = None, work_dir: str | None = None, spark: Any = None) -> str:
    """Processes a day of the SOT, or the snapshot in input_dir, into {output}/{date}; returns that folder.

    work_dir: a folder that driver and executors share, for the snapshot's copy and what passes between the two engines;
    a folder in it is made and removed. Executors need the wheel to score alerts; where they cannot, the driver does.
    spark: a session, whose settings and views are not changed.
    Raises ProgramError and SparkError, one sentence each.
    """
    if not input_dir and not (sot and network and processing_date):
        raise SparkError("say --sot, --network and --processing-date, or --input-dir", USAGE)
    root = local_path(output)
    shared = local_path(work_dir) if work_dir else root
    file_uri(shared)  # before Spark starts, which takes long
    models, sql = options(models_dir, features_dir)
    try:
        for folder in (root, shared):
            folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".spark-", dir=shared) as name:
            work = pathlib.Path(name)
            day = os.path.abspath(input_dir) if input_dir else f"{work}/input"
            file_uri(day)
            spark = spark or session(master)
            if not input_dir:
                assert sot and network and processing_date
                download(sot, network, processing_date, days, day)
            return _process(own_session(spark), day, work, root, models, sql)
    except OSError as error:
        raise refused_by_system(error) from None


def _process(spark: Any, day: str, work: pathlib.Path, root: pathlib.Path, models: list[str], sql: list[str]) -> str:
    """From the day's folder to the batch, whose folder it returns."""
    started = time.monotonic()
    plan = json.loads(run("sql", "--engine", "spark", "--input-dir", day, "--tables-dir", f"{work}/tables", "--json", *sql, *models))
    (work / "groups").mkdir()
    run_steps(spark, plan, pathlib.Path(day), work / "tables", work / "groups", {"graph": time.monotonic() - started})
    batch = root / plan["processing_date"]
    run("process", "--input-dir", day, "--output-dir", str(batch), "--groups-dir", f"{work}/groups", *sql, *models)
    return str(batch)
