"""What needs an address's own transfers alone, cut by address: the program on an executor computes each part."""

import json
import os
import pathlib
from collections import Counter
from typing import Any

from ._slices import run_tasks


def make_parts(spark: Any, day: str, count: int, words: list[str], work: pathlib.Path, graph: pathlib.Path) -> tuple[dict[str, int], dict[str, int]]:
    """Has the parts made in `work`, which driver and executors share, and puts their tables together in `graph`, {table}.parquet/part-N.parquet.

    count: of parts. words: the options of `sql` that say which SQL reads it. Returns the rows of each table, and flow_counts, both of
    all parts. Raises as run_tasks().
    """
    tasks = [["sql", "--input-dir", day, "--address-parts", str(count), "--address-part", str(part), "--part-dir", f"{work}/{part}", *words]
             for part in range(count)]
    run_tasks(spark, tasks, "the parts of the flow graph")
    rows, counts = Counter[str](), Counter[str]()
    for part in range(count):
        said = json.loads((work / str(part) / "part.json").read_text())
        rows.update(said["rows"])
        counts.update(said["flow_counts"])
        for table in said["rows"]:
            (graph / f"{table}.parquet").mkdir(exist_ok=True)
            os.rename(work / str(part) / f"{table}.parquet", graph / f"{table}.parquet" / f"part-{part}.parquet")
    return dict(rows), dict(counts)
