"""Alerts scored and explained on the executors, by the program of the wheel, where Spark has joined their features."""

import json
import logging
import os
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

from .._program import run
from ._session import first_line, own_folder, quoted, task_threads

LOG = logging.getLogger(__name__)
SCHEMA = ("alert_id string, score double, probability double, model_version string, latency_ms double, explain_json string, "
          "model_sha256 string, top_features bigint")


def _files_of(scorers: list[str]) -> dict[str, bytes]:
    """Models and their cards by name: what executors need, who may have no file system with the driver."""
    files = {}
    for scorer in map(pathlib.Path, scorers):
        for path in (scorer, scorer.with_suffix(".json")):
            if path.exists():
                files[path.name] = path.read_bytes()
    return files


def _as_one_column(group: Any, table: str) -> Any:
    """The group's rows as alert_id and one column of records.

    A join copies each column of the rows before it, one by one: of sixteen joins, with all the features of a day, that took most of
    what scoring took. A record is copied as the bytes that it is.
    """
    fields = ", ".join(quoted(group.columns[1:]))
    return group.selectExpr("alert_id", f"struct({fields}) AS {table}")


def _features_of(batch: Any) -> Any:
    """A table of pyarrow with alert_id and the fields of the records, each a column."""
    import pyarrow

    columns, names = [batch.column(0)], ["alert_id"]
    for column in batch.columns[1:]:
        columns += column.flatten()  # NULL in each, where there is no record
        names += [field.name for field in column.type]
    return pyarrow.Table.from_arrays(columns, names=names)


def _on_executor(shared: Any, families: str, threads: str) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """What an executor does with its rows, some thousands at a time."""

    def score(batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow.parquet

        with own_folder() as name:
            folder = pathlib.Path(name)
            for file, content in shared.value.items():
                (folder / file).write_bytes(content)
            (folder / "families").write_text(families)
            for batch in batches:
                if batch.num_rows == 0:
                    continue
                pyarrow.parquet.write_table(_features_of(batch), folder / "rows.parquet")
                for model in sorted(folder.glob("*.txt")):
                    run("predict", "--model", str(model), "--input", f"{folder}/rows.parquet", "--output", f"{folder}/scored.parquet",
                        "--published", f"{folder}/families", "--threads", threads)
                    yield from pyarrow.parquet.read_table(folder / "scored.parquet").to_batches()

    return score


def score_rows(spark: Any, plan: dict[str, Any], read_group: Callable[[str], Any], target: str) -> int:
    """Writes what the plan's scorers say of each alert, as `process --groups-dir` takes it; returns how many rows.

    read_group: gives a group's DataFrame by its table. None are written, and the program scores, where the models see more than
    groups, or features have no names of their own, which the program refuses; nor, with a warning, where executors cannot: what
    they lack or refuse the program on the driver has, or says with its own exit code.
    """
    steps = [step for step in plan["steps"] if step["is_group"] and step["table"].startswith("alert__")]
    rows, families = spark.table("alerts").select("alert_id"), dict[str, str]()
    for step in steps:
        group = read_group(step["table"])
        for feature in group.columns[1:]:
            if feature.lower() in (name.lower() for name in families):
                return 0
            families[feature] = step["families"].get(feature, step["family"])
        if group.columns[1:]:
            rows = rows.join(_as_one_column(group, step["table"]), "alert_id", "left")
    if not plan["scorers"] or not families:
        return 0
    context = spark.sparkContext
    shared = context.broadcast(_files_of(plan["scorers"]))
    threads = task_threads(context)
    some = f"{target}.some"  # until all are there: what a task leaves behind is not taken for them
    try:
        rows.mapInArrow(_on_executor(shared, json.dumps(families), threads), SCHEMA).write.mode("overwrite").parquet(some)
        count = int(spark.read.parquet(some).count())
        os.rename(some.removeprefix("file://"), target.removeprefix("file://"))
        return count
    except Exception as error:  # noqa: BLE001 -- Spark's errors have no common base over versions
        LOG.warning("executors did not score the alerts, the program on the driver does: %s", first_line(error))
        return 0
    finally:
        shared.destroy()
