"""One day: Spark runs the feature SQL and has alerts scored, the program makes the flow graph and the batch."""

import datetime
import errno
import json
import os
import pathlib
import tempfile
import time
from collections.abc import Sequence
from typing import Any

from .._program import run
from ._features import file_uri, run_steps
from ._joins import join_graph
from ._parts import make_parts
from ._session import USAGE, SparkError, names_of, own_session, session
from ._slices import make_slices


def local_path(address: str) -> pathlib.Path:
    """The path of file:/DIR, file:///DIR or DIR. Raises SparkError for an address of another kind."""
    path = address.removeprefix("file:")
    if "://" in path:
        raise SparkError(f"{address}: name a folder on a file system that all share (file:///DIR), or s3://BUCKET/PREFIX", USAGE)
    return pathlib.Path(path).absolute()


def store_address(address: str) -> str:
    """As `aml-miner publish --to` has it, s3://BUCKET/PREFIX; empty for what is no object store."""
    if address.startswith("s3a://"):
        return "s3://" + address.removeprefix("s3a://")
    return address if address.startswith("s3://") else ""


def sot_address(address: str) -> str:
    """As `aml-miner download` has it: file:///DIR or s3://BUCKET/PREFIX."""
    return store_address(address) or f"file://{local_path(address)}"


def download(sot: str, network: str, date: datetime.date, days: int, folder: str) -> None:
    """Fetches and verifies a day. Raises ProgramError."""
    run("download", "--sot", sot_address(sot), "--network", network, "--processing-date", str(date), "--days", str(days), "--output-dir", folder)


def upload(batch: str, store: str) -> str:
    """Puts a batch's files below {store}/{date}, metadata.json last; returns that address. Raises ProgramError."""
    run("publish", "--batch", batch, "--to", store)
    return f"{store.rstrip('/')}/{pathlib.Path(batch).name}"


def options(models_dir: str | None, features_dir: str | None) -> tuple[list[str], list[str]]:
    """Options of the program that say which models and which SQL."""
    models = ["--models-dir", os.path.abspath(models_dir)] if models_dir else []
    return models, ["--features-dir", os.path.abspath(features_dir)] if features_dir else []


def known_files(labels: Sequence[str], history: str | None) -> list[str]:
    """Options of the program that say who is known."""
    words = ["--labels", *map(os.path.abspath, names_of(labels, "labels"))] if labels else []
    return words + (["--history", os.path.abspath(history)] if history else [])


def refused_by_system(error: OSError) -> SparkError:
    """One sentence for what the system refused, with the program's exit code for it."""
    codes = {errno.ENOENT: 4, errno.EACCES: 6, errno.EPERM: 6, errno.EROFS: 6, errno.ENOSPC: 7, errno.EDQUOT: 7}
    return SparkError(f"{error.filename or 'a file'}: {error.strerror or error}", codes.get(error.errno or 0, 3))


def process(output: str, sot: str | None = None, network: str | None = None, processing_date: datetime.date | None = None,
            days: int = 7, input_dir: str | None = None, models_dir: str | None = None, features_dir: str | None = None,
            master: str | None = None, work_dir: str | None = None, slice_days: int = 0, graph_joins: bool = False,
            address_parts: int = 0, labels: Sequence[str] = (), history: str | None = None, spark: Any = None) -> str:
    """Processes a day of the SOT, or the snapshot in input_dir, into {output}/{date}; returns that folder, or its address.

    output: a folder, or s3://BUCKET/PREFIX (s3a://, too), to which the program uploads the batch when it is whole; then work_dir is needed.
    work_dir: a folder that driver and executors share, for the snapshot's copy and what passes between the two engines;
    a folder in it is made and removed. Executors need the wheel to score alerts; where they cannot, the driver does.
    slice_days: cuts what has a horizon of the flow graph into slices of so many days, which
    executors compute; 0: the driver does. graph_joins: has executors compute what is global in it by joins, as far as
    there are such. address_parts: has them compute what needs an address's own transfers alone, cut into so many parts of the
    addresses (0: the driver does); with all three, and no labels or history, the driver reads no transfers. labels, history: as `aml-miner process` has them, read on the driver.
    spark: a session, whose settings and views are not changed; not one of Spark Connect.
    Raises ProgramError and SparkError, one sentence each.
    """
    if not input_dir and not (sot and network and processing_date):
        raise SparkError("say --sot, --network and --processing-date, or --input-dir", USAGE)
    store = store_address(output)
    if store and not work_dir:
        raise SparkError(f"{output}: say --work-dir, a folder that driver and executors share, where the batch is made before it is uploaded", USAGE)
    shared = local_path(work_dir or output)
    root = shared if store else local_path(output)
    file_uri(shared)  # before Spark starts, which takes long
    models, sql = options(models_dir, features_dir)
    try:
        for folder in (root, shared):
            folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".spark-", dir=shared) as name:
            work = pathlib.Path(name)
            day = os.path.abspath(input_dir) if input_dir else f"{work}/input"
            file_uri(day)
            own = own_session(spark or session(master))
            if not input_dir:
                assert sot and network and processing_date
                download(sot, network, processing_date, days, day)
            batch = _process(own, day, work, work / "output" if store else root, models, sql, slice_days, graph_joins,
                             address_parts, known_files(labels, history))
            return upload(batch, store) if store else batch
    except OSError as error:
        raise refused_by_system(error) from None


def _process(spark: Any, day: str, work: pathlib.Path, root: pathlib.Path, models: list[str], sql: list[str], slice_days: int, graph_joins: bool,
             address_parts: int, known: list[str]) -> str:
    """From the day's folder to the batch, whose folder it returns."""
    seconds: dict[str, float] = {}
    started = time.monotonic()
    words = ["sql", "--engine", "spark", "--input-dir", day, "--json", *sql, *models, *known]
    length = ["--slice-days", str(slice_days)] if slice_days else []
    words += length
    pieces = ["--address-parts", str(address_parts)] if address_parts else []
    parts: dict[str, Any] = {"slices": [], "joins": [], "address_parts": 0}
    if slice_days or graph_joins or address_parts:
        parts = json.loads(run(*words, *pieces))
    if parts["slices"]:
        make_slices(spark, day, parts["slices"], [*length, *sql], f"{work}/slices")
        words += ["--slices-dir", f"{work}/slices"]
    if slice_days:
        seconds["slices"] = time.monotonic() - started
        started = time.monotonic()
    graph = work / "graph"
    said: dict[str, Any] = {"snapshot_sha256": parts.get("made_of", {}).get("snapshot_sha256"), "rows": {}}
    if graph_joins and parts["joins"]:
        graph.mkdir()
        said["rows"] = join_graph(spark, parts, pathlib.Path(day), graph)
        seconds["joins"] = time.monotonic() - started
        started = time.monotonic()
    if parts["address_parts"]:
        graph.mkdir(exist_ok=True)
        rows, said["flow_counts"] = make_parts(spark, day, address_parts, [*sql, *known], work / "parts", graph)
        said["rows"].update(rows)
        seconds["parts"] = time.monotonic() - started
        started = time.monotonic()
    if graph.exists():
        (graph / "graph.json").write_text(json.dumps(said))
        words += ["--graph-dir", f"{graph}"]
    plan = json.loads(run(*words, "--tables-dir", f"{work}/tables"))
    seconds["graph"] = time.monotonic() - started
    (work / "groups").mkdir()
    run_steps(spark, plan, pathlib.Path(day), work / "tables", work / "groups", seconds)
    batch = root / plan["processing_date"]
    run("process", "--input-dir", day, "--output-dir", str(batch), "--groups-dir", f"{work}/groups", *sql, *models, *known)
    return str(batch)
