"""Runs the statements that `aml-miner sql --engine spark` prints."""

import json
import pathlib
import re
import time
from collections.abc import Iterable
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


def write_rows(frame: Any, path: str, what: str) -> int:
    """Has the rows written there as Parquet, and counts them on the way. Raises SparkError that begins with `what`."""
    from pyspark.sql import Observation
    from pyspark.sql.functions import count, lit

    written = Observation()
    try:
        frame.observe(written, count(lit(1)).alias("rows")).write.mode("overwrite").parquet(path)
        return int(written.get["rows"])
    except Exception as error:  # noqa: BLE001 -- Spark's errors have no common base over versions
        raise SparkError(f"{what}: Spark did not make its rows: {first_line(error)}") from None


def written_rows(spark: Any, frame: Any, path: str) -> Any:
    """What write_rows() wrote of that frame, by the schema that it has: nothing is looked at for it."""
    return spark.read.schema(frame.schema).parquet(path)


def times_read(table: str, statements: Iterable[str]) -> int:
    """How often these statements name the table. A column of its name counts too, which costs a file and changes nothing."""
    return sum(len(re.findall(rf"\b{re.escape(table)}\b", statement, re.IGNORECASE)) for statement in statements)


def _has_no_type(frame: Any) -> bool:
    """Whether a column is of NULL alone, for which Parquet has no type."""
    return re.search(r'"(type|elementType|keyType|valueType)":"void"', frame.schema.json()) is not None


class Tables:
    """The tables that statements read, in a folder that driver and executors share.

    What is read more than once is written there first: a plan ends at a file. Kept in Spark's cache, each table's plan holds
    those of all tables below it, and Spark writes them out for each statement, which took more time than the rows.
    """

    def __init__(self, spark: Any, folder: pathlib.Path, steps: list[dict[str, Any]]) -> None:
        self.spark, self.folder = spark, file_uri(folder)
        self.statements = [step["sql"] for step in steps]

    def make(self, frame: Any, table: str, what: str, is_counted: bool = False) -> int:
        """Makes the table for the statements after it. The number of its rows, 0 where they were not to be counted."""
        rows = 0
        if is_counted or (times_read(table, self.statements) > 1 and not _has_no_type(frame)):
            path = f"{self.folder}/{table}.parquet"
            rows = write_rows(frame, path, what)
            frame = written_rows(self.spark, frame, path)
        frame.createOrReplaceTempView(table)
        return rows


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


def _load(spark: Any, plan: dict[str, Any], tables: Tables) -> None:
    """The load step. Raises SparkError where Spark finds other alerts or clusters than the program."""
    for step in plan["load"]:
        name, what = step["table"], f"the load step's {step['table']}"
        said = plan["made_of"].get(name)
        found = tables.make(table_of(spark, step["sql"], what), name, what, said is not None)
        if said is not None and found != said:
            raise SparkError(f"Spark finds {found} {name} where the program finds {said}: use `aml-miner process` for this snapshot")


def run_steps(spark: Any, plan: dict[str, Any], files: pathlib.Path, tables: pathlib.Path, groups: pathlib.Path, seconds: dict[str, float]) -> None:
    """Makes the groups of features of a day, a Parquet folder each in `groups`, with the scored alerts and engine.json beside them.

    plan: what the program prints. files: the folder with the snapshot's files. tables: what
    `--tables-dir` wrote; what statements share is written beside it. seconds: of the stages before; engine.json has them with
    these. Raises SparkError naming the file, or the file of SQL.
    """
    target = file_uri(groups)
    rows: dict[str, int] = {}
    made: dict[str, Any] = {}
    started = time.monotonic()
    file_views(spark, plan["load"], files)
    for name in plan["graph"]:
        _read(spark, tables / f"{name}.parquet").createOrReplaceTempView(name)
    shared = Tables(spark, tables.with_name("shared"), [*plan["load"], *plan["steps"]])
    _load(spark, plan, shared)
    for step in plan["steps"]:
        table, frame = step["table"], table_of(spark, step["sql"], step["file"])
        if not step["is_group"]:
            shared.make(frame, table, step["file"])
            continue
        path = f"{target}/{table}.parquet"
        rows[table] = write_rows(frame, path, step["file"])
        made[table] = written_rows(spark, frame, path)
    seconds["sql"] = time.monotonic() - started
    score_rows(spark, plan, made.__getitem__, f"{target}/scored_rows.parquet")
    seconds["score"] = time.monotonic() - started - seconds["sql"]
    said = {**versions(spark), "flow_counts": plan["flow_counts"], "flow_slices": len(plan["slices"]), "seconds": seconds, "made_of": plan["made_of"], "rows": rows}
    (groups / "engine.json").write_text(json.dumps(said))
