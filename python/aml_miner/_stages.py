"""Stages of the program on tables of pyarrow. Files pass between the two, in a folder that is removed."""

import json
import os
import pathlib
import tempfile
from typing import Any

from ._program import run


def _as_file(data: Any, path: pathlib.Path) -> str:
    """The path of a Parquet file: data's own, or that of what it holds, written to `path`."""
    if isinstance(data, str | os.PathLike):
        return os.fspath(data)
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table(data), path)
    return str(path)


def flows(table: Any, threads: int = 0) -> Any:
    """Features of every address of a table of transfers, as a pyarrow.Table: what `aml-miner flows` writes.

    table: a path of money_flows.parquet, or a table with its columns (docs: SOT.md's money_flows).
    Raises ProgramError.
    """
    import pyarrow.parquet

    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "flows.parquet"
        source = _as_file(table, pathlib.Path(folder) / "money_flows.parquet")
        run("flows", "--input-dir", source, "--output", str(output), "--threads", str(threads))
        return pyarrow.parquet.read_table(output)


def features(input_dir: str | os.PathLike[str], *options: str) -> dict[str, Any]:
    """The matrices that the models see of a day's snapshot, by name (alert_matrix, cluster_matrix), as pyarrow.Tables.

    options: more of `aml-miner process`, such as "--features-dir", "./my-features". Raises ProgramError.
    """
    import pyarrow.parquet

    with tempfile.TemporaryDirectory() as folder:
        matrices = pathlib.Path(folder) / "matrices"
        run("process", "--input-dir", os.fspath(input_dir), "--output-dir", f"{folder}/output", "--write-matrix", str(matrices),
            *options)
        return {path.stem: pyarrow.parquet.read_table(path) for path in sorted(matrices.glob("*.parquet"))}


def evaluate(scores: Any, truth: Any, resamples: int = 1000, seed: int = 42) -> dict[str, Any]:
    """Metrics of scores (alert_id, score) by a ground truth (alert_id, is_sar_filed), with intervals: `aml-miner evaluate`.

    Each is a path of a Parquet file, or a table. Raises ProgramError.
    """
    with tempfile.TemporaryDirectory() as folder:
        paths = [_as_file(data, pathlib.Path(folder) / f"{name}.parquet") for name, data in (("scores", scores), ("truth", truth))]
        result: dict[str, Any] = json.loads(run("evaluate", "--scores", paths[0], "--ground-truth", paths[1], "--resamples",
                                                str(resamples), "--seed", str(seed), "--json"))
        return result
