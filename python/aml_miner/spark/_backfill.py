"""Many days at once: days do not depend on one another, so an executor processes each as a whole."""

import dataclasses
import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from .._program import ProgramError
from ._patience import run_when_free
from ._process import download, known_files, local_path, options, refused_by_system, sot_address, store_address, upload
from ._session import UNAVAILABLE, USAGE, SparkError, context_of, first_line, names_of, own_folder, session, task_threads


@dataclasses.dataclass
class DayResult:
    """What became of a day: no problem, or one sentence with its exit code."""

    network: str
    date: str
    problem: str = ""
    exit_code: int = 0


def backfill(networks: Iterable[str], first: datetime.date, last: datetime.date, sot: str | None, output: str, days: int = 7,
             models_dir: str | None = None, features_dir: str | None = None, master: str | None = None,
             labels: Sequence[str] = (), history: str | None = None, spark: Any = None) -> list[DayResult]:
    """Processes every day from first to last of each network into {output}/{network}/{date}.

    Each is a task of Spark: the program downloads and processes it on the executor that has the task, with its own DuckDB. A
    lost executor's days are done again elsewhere. What became of each day is returned, sorted by network and day.
    Executors need the wheel, the SOT's keys in their environment, and `output` on a file system that all share, or as
    s3://BUCKET/PREFIX, to which each uploads its batches with the same keys when they are whole. They read models, SQL, labels and history by the same paths.
    """
    if not sot or last < first:
        raise SparkError("say --sot" if not sot else f"--to {last} is before --from {first}", USAGE)
    names = sorted(set(names_of(networks, "networks")))
    if not names:
        raise SparkError("networks is empty: name at least one", USAGE)
    store, source = store_address(output), sot_address(sot)
    root = "" if store else str(local_path(output))
    models, sql = options(models_dir, features_dir)
    known = known_files(labels, history)
    dates = [first + datetime.timedelta(days=i) for i in range((last - first).days + 1)]
    wanted = [(network, date) for network in names for date in dates]
    spark = spark or session(master)
    context = context_of(spark)
    threads = task_threads(context)

    def one(day: tuple[str, datetime.date]) -> DayResult:
        network, date = day
        try:
            with own_folder() as folder:
                download(source, network, date, days, f"{folder}/input")
                batch = f"{root or folder + '/output'}/{network}/{date}"
                run_when_free("process", "--input-dir", f"{folder}/input", "--output-dir", batch, "--retention-days", "0", "--threads", threads,
                              *sql, *models, *known)
                if store:
                    upload(batch, f"{store.rstrip('/')}/{network}")
        except (ProgramError, SparkError) as error:
            return DayResult(network, str(date), str(error), error.exit_code)
        except OSError as error:
            return DayResult(network, str(date), str(refused_by_system(error)), refused_by_system(error).exit_code)
        return DayResult(network, str(date))

    try:
        return list(context.parallelize(wanted, len(wanted)).map(one).collect())
    except Exception as error:  # noqa: BLE001 -- Py4J's and Spark's own have no common base
        raise SparkError(f"Spark did not finish the days; those that are there are whole: {first_line(error)}", UNAVAILABLE) from None
