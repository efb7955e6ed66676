"""What Spark's commands refuse, in one sentence with the exit code of docs/exit-codes.md."""

import pathlib
import subprocess
import sys

import pytest

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"


def refused(package, *words):
    """Without Spark: none of these gets so far."""
    done = subprocess.run([sys.executable, "-m", "aml_miner.spark", *map(str, words)], env={"PYTHONPATH": str(package), "PATH": "/usr/bin:/bin"},
                          capture_output=True, text=True)
    return done.returncode, done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("words, code, says", [
    (["process", "--output", "{t}"], 2, "say --sot, --network and --processing-date, or --input-dir"),
    (["process", "--output", "s3a://bucket/output", "--input-dir", "{t}"], 2, "say --work-dir, a folder that driver and executors share"),
    (["process", "--output", "gs://bucket/output", "--input-dir", "{t}"], 2, "name a folder on a file system that all share"),
    (["process", "--output", "{t}", "--sot", "file://{t}", "--network", "bitcoin", "--processing-date", "October"], 2, "is no date YYYY-MM-DD"),
    (["process", "--output", "{t}/day[1]", "--input-dir", "{t}"], 2, "for a pattern: use a folder without them"),
    (["process", "--output", "/proc/none", "--input-dir", "{t}"], 4, "/proc/none: No such file or directory"),
    (["process", "--output", "{t}", "--input-dir", "{t}"], 5, "pyspark is not installed: pip install 'aml-miner[spark]'"),
    (["backfill", "--output", "{t}", "--sot", "file://{t}", "--network", "bitcoin", "--from", "2025-10-02", "--to", "2025-10-01"], 2, "is before"),
])
def test_words_that_cannot_be_done(package, tmp_path, words, code, says):
    returned, said = refused(package, *[word.replace("{t}", str(tmp_path)) for word in words])
    assert (returned, says in said) == (code, True), said
