"""What is global in the flow graph, as joins over whole numbers on the executors."""

import pathlib
from typing import Any

from ._features import file_uri, file_views, table_of, write_rows, written_rows


def join_graph(spark: Any, plan: dict[str, Any], files: pathlib.Path, folder: pathlib.Path) -> dict[str, int]:
    """Has the tables of the plan's joins written into `folder`, which driver and executors share; the rows of its families.

    plan: what the program prints. files: the folder with the snapshot's files. Each table is read from the disk by those after it: numbers of
    addresses are given to rows as they come, and a lost executor must not give others. Raises SparkError naming the table.
    """
    file_views(spark, [*plan["load"], *plan["joins"]], files)
    for step in plan["load"]:  # computed where a join reads them: of all, subjects
        table_of(spark, step["sql"], f"the load step's {step['table']}").createOrReplaceTempView(step["table"])
    rows: dict[str, int] = {}
    for step in plan["joins"]:
        frame = table_of(spark, step["sql"], step["table"])
        path = f"{file_uri(folder)}/{step['table']}.parquet"
        found = write_rows(frame, path, step["table"])
        written_rows(spark, frame, path).createOrReplaceTempView(step["table"])
        if step["is_family"]:
            rows[step["table"]] = found
    return rows
