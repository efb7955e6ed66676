"""Spark's session, with the settings under which its SQL gives DuckDB's bits."""

import os
import tempfile
from collections.abc import Iterable
from typing import Any

UNAVAILABLE, BAD_INPUT, USAGE = 5, 3, 2
TRACEBACK = "Traceback (most recent call last):"  # of Python, in the words of Java's exceptions

# An overflow is an error, as in DuckDB; days and times are UTC; ClickHouse may write text as plain bytes.
SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.binaryAsString": "true",
    "spark.sql.caseSensitive": "false",
    "spark.sql.decimalOperations.allowPrecisionLoss": "true",
    "spark.sql.legacy.exponentLiteralAsDecimal.enabled": "false",
    # Tables pass through files: days before 1582 are the same days, and what Parquet would leave out by -0.0 or NaN is looked at.
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.filterPushdown": "false",
}


class SparkError(RuntimeError):
    """What Spark refused, in one sentence, with the exit code that the program has for it."""

    def __init__(self, message: str, exit_code: int = BAD_INPUT) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def names_of(given: Iterable[str], what: str) -> list[str]:
    """The names as a list. Raises SparkError for one name alone, whose letters would be taken for names."""
    if isinstance(given, str):
        raise SparkError(f"{what} is the text {given}: give a list, as [{given!r}]", USAGE)
    return list(given)


def quoted(names: Iterable[str]) -> list[str]:
    """Each as Spark SQL has a name that may be a word of it."""
    return ["`" + name.replace("`", "``") + "`" for name in names]


def _texts_of(error: BaseException) -> list[str]:
    """What an exception says, and after it each cause of Java's, the innermost last."""
    texts, cause = [str(error)], getattr(error, "java_exception", None)
    while cause is not None:
        texts.append(str(cause.getMessage() or cause.toString()))
        cause = cause.getCause()
    return [text for text in texts if text.strip()] or [type(error).__name__]


def first_line(error: BaseException) -> str:
    """One line of what an exception says, which in Spark has pages: what Python raised on an executor, otherwise the innermost cause."""
    texts = _texts_of(error)
    for text in reversed(texts):
        if TRACEBACK in text:
            raised = [line for line in text.split(TRACEBACK)[-1].splitlines() if line[:1].strip()]
            if raised:
                return raised[0].removeprefix("aml_miner._program.ProgramError: ")[:500]
    return texts[-1].strip().splitlines()[0][:500]


def refuse_connect(spark: Any) -> None:
    """Raises SparkError for a session of Spark Connect."""
    if type(spark).__module__.startswith("pyspark.sql.connect"):
        raise SparkError("this session is of Spark Connect, whose client has no SparkContext to give tasks to executors: use a session of the driver itself, "
                         "and set no SPARK_REMOTE", USAGE)


def context_of(spark: Any) -> Any:
    """The SparkContext of a session. Raises SparkError for a session of Spark Connect, which has none."""
    refuse_connect(spark)
    return spark.sparkContext


def task_threads(context: Any) -> str:
    """For the program's --threads: the processors that a task has."""
    return str(context.getConf().get("spark.task.cpus", "1"))


def own_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder for a task, among Spark's own, which Spark removes when a killed executor has left it there."""
    places = [place for place in os.environ.get("SPARK_LOCAL_DIRS", "").split(",") if os.path.isdir(place)]
    return tempfile.TemporaryDirectory(dir=places[0] if places else None)


def session(master: str | None = None) -> Any:
    """The running session, or a new one, with its own settings: own_session(). Raises SparkError where there is no Spark or no Java."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise SparkError("pyspark is not installed: pip install 'aml-miner[spark]'", UNAVAILABLE) from None
    builder = SparkSession.builder.appName("aml-miner")
    if master:
        builder = builder.master(master)
        if master.startswith("local"):  # to try a day: parting a small table among processes that are one costs more than it saves
            builder = builder.config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "1")
    try:
        spark = builder.getOrCreate()
    except Exception as error:  # noqa: BLE001 -- Py4J's and Spark's own have no common base
        raise SparkError(f"Spark did not start (it needs Java 17; JAVA_HOME names it): {first_line(error)}", UNAVAILABLE) from None
    return spark


def own_session(spark: Any) -> Any:
    """Another session of the same Spark, with the settings; views and settings of the one given stay as they are."""
    refuse_connect(spark)
    own = spark.newSession()
    partitions = spark.conf.get("spark.sql.shuffle.partitions")
    for name, value in {**SETTINGS, "spark.sql.shuffle.partitions": partitions}.items():
        own.conf.set(name, value)
    return own


def versions(spark: Any) -> dict[str, str]:
    """What metadata.json says of the engine."""
    import platform

    java = spark.sparkContext._jvm.java.lang.System.getProperty("java.version")
    return {"name": "spark", "spark": spark.version, "java": java, "python": platform.python_version()}
