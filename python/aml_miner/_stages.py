"""Stages of the program on tables of pyarrow. Files pass between the two, in a folder that is removed."""

import json
import os
import pathlib
import tempfile
from typing import Any

from ._frames import as_arrow
from ._program import ProgramError, run


def _as_file(data: Any, path: pathlib.Path, name: str) -> str:
    """The path of a Parquet file: data's own, or that of what it holds, written to `path`."""
    if isinstance(data, str | os.PathLike):
        return os.fspath(data)
    import pyarrow.parquet

    table = as_arrow(data, name, "a path of a Parquet file or ")
    try:
        pyarrow.parquet.write_table(table, path)
    except pyarrow.ArrowException as error:
        raise TypeError(f"{name} cannot be written as Parquet: {error}") from None
    return str(path)


def _run(called: dict[str, str], *arguments: str) -> str:
    """What the program prints. Errors speak of what the caller gave (`called`), not of options and files between the two."""
    try:
        return run(*arguments)
    except ProgramError as error:
        message = str(error)
        for ours, theirs in called.items():
            message = message.replace(ours, theirs)
        raise ProgramError(message, error.exit_code) from None


def flows(table: Any, threads: int = 0) -> Any:
    """Features of every address of a table of transfers, as a pyarrow.Table: what `aml-miner flows` writes.

    table: a path of money_flows.parquet, or a table with its columns (docs: SOT.md's money_flows).
    Raises ProgramError, and TypeError of what is neither.
    """
    import pyarrow.parquet

    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "flows.parquet"
        made = pathlib.Path(folder) / "money_flows.parquet"
        source = _as_file(table, made, "table")
        _run({str(made): "table", "--input-dir": "table", "--threads": "threads"}, "flows", "--input-dir", source, "--output",
             str(output), "--threads", str(threads))
        return pyarrow.parquet.read_table(output)


def features(input_dir: str | os.PathLike[str], *options: str) -> dict[str, Any]:
    """The matrices that the models see of a day's snapshot, by name (alert_matrix, cluster_matrix), as pyarrow.Tables.

    options: more of `aml-miner process`, such as "--features-dir", "./my-features". Raises ProgramError.
    """
    import pyarrow.parquet

    with tempfile.TemporaryDirectory() as folder:
        matrices = pathlib.Path(folder) / "matrices"
        _run({"--input-dir": "input_dir"}, "process", "--input-dir", os.fspath(input_dir), "--output-dir", f"{folder}/output",
             "--write-matrix", str(matrices), *options)
        return {path.stem: pyarrow.parquet.read_table(path) for path in sorted(matrices.glob("*.parquet"))}


def evaluate(scores: Any, truth: Any, resamples: int = 1000, seed: int = 42) -> dict[str, Any]:
    """Metrics of scores (alert_id, score) by a ground truth (alert_id, is_sar_filed), with intervals: `aml-miner evaluate`.

    Each is a path of a Parquet file, or a table. Raises ProgramError, and TypeError of what is neither.
    """
    with tempfile.TemporaryDirectory() as folder:
        made = {name: pathlib.Path(folder) / f"{name}.parquet" for name in ("scores", "truth")}
        paths = [_as_file(data, made[name], name) for name, data in (("scores", scores), ("truth", truth))]
        called = {str(path): name for name, path in made.items()}
        called |= {"--scores": "scores", "--ground-truth": "truth", "--resamples": "resamples", "--seed": "seed"}
        result: dict[str, Any] = json.loads(_run(called, "evaluate", "--scores", paths[0], "--ground-truth", paths[1], "--resamples",
                                                 str(resamples), "--seed", str(seed), "--json"))
        return result
