"""Runs the statements that `aml-miner sql --engine spark` prints."""

import json
import pathlib
import time
from typing import Any

from ._score import score_rows
from ._session import USAGE, SparkError, first_line, versions

FILES = ("alerts", "features", "clusters", "money_flows")
GLOB = frozenset("*?[]{}\\")


def file_uri(path: str | pathlib.Path) -> str:
    """For Spark, to which a path alone is of the cluster's file system, and some characters are patterns. Raises SparkError for those."""
    if GLOB & set(str(path)):
        raise SparkError(f"{path}: Spark takes one of *?[]{{}}\\ in a path for a pattern: use a folder without them", USAGE)
    return f"file://{pathlib.Path(path).absolute()}"


def table_of(spark: Any, sql: str, what: str) -> Any:
    """The rows of a SELECT, not made yet. Raises SparkError that begins with `what`."""
    try:
        return spark.sql(sql)
    except Exception as error:  # noqa: BLE001 -- Spark's errors have no common base over versions
        raise SparkError(f"{what}: Spark refuses the SQL: {first_line(error)}") from None


def count_rows(frame: Any, what: str) -> int:
    """How many there are. Raises SparkError that begins with `what`."""
    try:
        return int(frame.count())
    except Exception as error:  # noqa: BLE001
        raise SparkError(f"{what}: Spark did not make its rows: {first_line(error)}") from None


def write_rows(frame: Any, path: str, what: str) -> None:
    """Has the rows written there as Parquet. Raises SparkError that begins with `what`."""
    try:
        frame.write.mode("overwrite").parquet(path)
    except Exception as error:  # noqa: BLE001
        raise SparkError(f"{what}: Spark did not make its rows: {first_line(error)}") from None


def _view(frame: Any, name: str, kept: list[Any]) -> None:
    """A table for the statements after it, computed once."""
    frame.persist()
    kept.append(frame)
    frame.createOrReplaceTempView(name)


def _read(spark: Any, path: pathlib.Path) -> Any:
    try:
        return spark.read.option("mergeSchema", "true").parquet(file_uri(path))
    except SparkError:
        raise
    except Exception as error:  # noqa: BLE001
        raise SparkError(f"{path}: Spark cannot read it: {first_line(error)}") from None


def file_views(spark: Any, steps: list[dict[str, Any]], files: pathlib.Path) -> None:
    """The snapshot's files as the views that these steps read. Raises SparkError naming the file."""
    for name in FILES:
        if any(f"{name}_file r" in step["sql"] for step in steps):
            _read(spark, files / f"{name}.parquet").createOrReplaceTempView(f"{name}_file")


def run_steps(spark: Any, plan: dict[str, Any], files: pathlib.Path, tables: pathlib.Path, groups: pathlib.Path, seconds: dict[str, float]) -> None:
    """Makes the groups of features of a day, a Parquet folder each in `groups`, with the scored alerts and engine.json beside them.

    plan: what the program prints. files: the folder with the snapshot's files. tables: what
    `--tables-dir` wrote. seconds: of the stages before; engine.json has them with these. Raises SparkError naming the file, or the file of SQL.
    """
    target = file_uri(groups)
    rows = {}
    kept: list[Any] = []
    started = time.monotonic()
    try:
        file_views(spark, plan["load"], files)
        for name in plan["graph"]:
            _read(spark, tables / f"{name}.parquet").createOrReplaceTempView(name)
        for step in plan["load"]:
            _view(table_of(spark, step["sql"], f"the load step's {step['table']}"), step["table"], kept)
        for name in ("alerts", "clusters"):
            found = count_rows(spark.table(name), f"the load step's {name}")
            if found != plan["made_of"][name]:
                raise SparkError(f"Spark finds {found} {name} where the program finds {plan['made_of'][name]}: use `aml-miner process` for this snapshot")
        for step in plan["steps"]:
            frame = table_of(spark, step["sql"], step["file"])
            if not step["is_group"]:
                _view(frame, step["table"], kept)
                continue
            write_rows(frame, f"{target}/{step['table']}.parquet", step["file"])
            rows[step["table"]] = count_rows(_read(spark, groups / f"{step['table']}.parquet"), step["file"])
        seconds["sql"] = time.monotonic() - started
        score_rows(spark, plan, lambda table: _read(spark, groups / f"{table}.parquet"), f"{target}/scored_rows.parquet")
    finally:
        for frame in kept:
            frame.unpersist()
    seconds["score"] = time.monotonic() - started - seconds["sql"]
    said = {**versions(spark), "flow_counts": plan["flow_counts"], "flow_slices": len(plan["slices"]), "seconds": seconds, "made_of": plan["made_of"], "rows": rows}
    (groups / "engine.json").write_text(json.dumps(said))
