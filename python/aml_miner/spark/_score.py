"""Alerts scored and explained on the executors, by the program of the wheel, where Spark has joined their features."""

import json
import pathlib
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

from .._program import run
from ._session import SparkError, first_line

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


def _on_executor(shared: Any, families: str, threads: str) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """What an executor does with its rows, some thousands at a time."""

    def score(batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow
        import pyarrow.parquet

        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for file, content in shared.value.items():
                (folder / file).write_bytes(content)
            (folder / "families").write_text(families)
            for batch in batches:
                if batch.num_rows == 0:
                    continue
                pyarrow.parquet.write_table(pyarrow.Table.from_batches([batch]), folder / "rows.parquet")
                for model in sorted(folder.glob("*.txt")):
                    run("predict", "--model", str(model), "--input", f"{folder}/rows.parquet", "--output", f"{folder}/scored.parquet",
                        "--published", f"{folder}/families", "--threads", threads)
                    yield from pyarrow.parquet.read_table(folder / "scored.parquet").to_batches()

    return score


def score_rows(spark: Any, plan: dict[str, Any], read_group: Callable[[str], Any], target: str) -> int:
    """Writes what the plan's scorers say of each alert, as `process --groups-dir` takes it; returns how many rows.

    read_group: gives a group's DataFrame by its table. None are written, and the program scores, where the models see more than
    groups, or features have no names of their own, which the program refuses. Raises SparkError.
    """
    steps = [step for step in plan["steps"] if step["is_group"] and step["table"].startswith("alert__")]
    rows, families = spark.table("alerts").select("alert_id"), {}
    for step in steps:
        group = read_group(step["table"])
        for feature in group.columns[1:]:
            if feature.lower() in (name.lower() for name in families):
                return 0
            families[feature] = step["families"].get(feature, step["family"])
        rows = rows.join(group, "alert_id", "left")
    if not plan["scorers"] or not families:
        return 0
    context = spark.sparkContext
    shared = context.broadcast(_files_of(plan["scorers"]))
    threads = str(context.getConf().get("spark.task.cpus", "1"))
    try:
        rows.mapInArrow(_on_executor(shared, json.dumps(families), threads), SCHEMA).write.mode("overwrite").parquet(target)
        return int(spark.read.parquet(target).count())
    except Exception as error:  # noqa: BLE001 -- Spark's errors have no common base over versions
        raise SparkError(f"the alerts were not scored: {first_line(error)}") from None
