"""What needs an address's own transfers alone, cut by address: the program on an executor computes each part."""

import json
import os
import pathlib
import re
from collections import Counter
from typing import Any

from ._session import SparkError
from ._slices import run_tasks

MOST_BYTES = 64 << 10  # of part.json, which has some twenty numbers


def _counts(said: Any, member: str, path: pathlib.Path) -> Counter[str]:
    """A member that is an object of whole numbers. Raises SparkError."""
    found = said.get(member) if isinstance(said, dict) else None
    if not isinstance(found, dict) or not all(isinstance(number, int) and not isinstance(number, bool) for number in found.values()):
        raise SparkError(f"{path} has no object {member} of whole numbers: make the part again")
    return Counter(found)


def read_part(folder: pathlib.Path) -> tuple[Counter[str], Counter[str]]:
    """Rows of each table of a part, and its flow_counts, as `aml-miner sql --part-dir` wrote them. Raises SparkError, and OSError where there are none."""
    path = folder / "part.json"
    with path.open("rb") as stream:
        text = stream.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        raise SparkError(f"{path} has more than {MOST_BYTES} bytes: make the part again")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise SparkError(f"{path} is no JSON: make the part again") from None
    rows = _counts(said, "rows", path)
    if wrong := next((name for name, count in rows.items() if count < 0 or not re.fullmatch("[a-z0-9_]+", name)), None):
        raise SparkError(f"{path} has rows of {wrong[:100]!r}, {rows[wrong]}, which is no table of a part: make the part again")
    return rows, _counts(said, "flow_counts", path)


def make_parts(spark: Any, day: str, count: int, words: list[str], work: pathlib.Path, graph: pathlib.Path) -> tuple[dict[str, int], dict[str, int]]:
    """Has the parts made in `work`, which driver and executors share, and puts their tables together in `graph`, {table}.parquet/part-N.parquet.

    count: of parts. words: the options of `sql` that say which SQL reads it. Returns the rows of each table, and flow_counts, both of
    all parts. Raises as run_tasks(), SparkError where a part is damaged or has other tables than the first, and OSError.
    """
    tasks = [["sql", "--input-dir", day, "--address-parts", str(count), "--address-part", str(part), "--part-dir", f"{work}/{part}", *words]
             for part in range(count)]
    run_tasks(spark, tasks, "the parts of the flow graph")
    parts = [read_part(work / str(part)) for part in range(count)]
    tables = set(parts[0][0])
    for part, (rows, _) in enumerate(parts):
        if set(rows) != tables:
            raise SparkError(f"{work / str(part)} has other tables than the first part: executors have another program or other SQL than the driver")
    for table in tables:
        (graph / f"{table}.parquet").mkdir(exist_ok=True)
        for part in range(count):
            os.rename(work / str(part) / f"{table}.parquet", graph / f"{table}.parquet" / f"part-{part}.parquet")
    rows, counts = Counter[str](), Counter[str]()
    for rows_of_part, counts_of_part in parts:
        rows.update(rows_of_part)
        counts.update(counts_of_part)
    return dict(rows), dict(counts)
