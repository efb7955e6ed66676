"""The flow graph cut into slices of time, each computed by the program on an executor."""

from typing import Any

from .._program import ProgramError
from ._patience import run_when_free
from ._session import UNAVAILABLE, SparkError, first_line, task_threads


def run_tasks(spark: Any, commands: list[list[str]], what: str) -> None:
    """Has executors run the program, a task for each of the commands, with the threads that a task has.

    Raises ProgramError with what the program says of the first that it cannot do, and SparkError that begins with `what`.
    """
    context = spark.sparkContext
    threads = task_threads(context)

    def one(words: list[str]) -> tuple[str, int]:
        try:
            run_when_free(*words, "--threads", threads)
        except ProgramError as error:
            return str(error), error.exit_code
        return "", 0

    try:
        results = context.parallelize(commands, len(commands)).map(one).collect()
    except Exception as error:  # noqa: BLE001 -- Py4J's and Spark's own have no common base
        raise SparkError(f"{what} were not made by Spark: {first_line(error)}", UNAVAILABLE) from None
    for problem, exit_code in results:
        if problem:
            raise ProgramError(problem, exit_code)


def make_slices(spark: Any, day: str, slices: list[str], words: list[str], folder: str) -> None:
    """Has each slice written into {folder}/{its first day}, which driver and executors share.

    slices: first days, as `aml-miner sql --slice-days` names them. words: the options of `sql` that say how long a slice is, and
    which SQL reads it. Raises as run_tasks().
    """
    run_tasks(spark, [["sql", "--input-dir", day, "--slice", first, "--slices-dir", folder, *words] for first in slices], "slices of the flow graph")
