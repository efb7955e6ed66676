"""A real cluster of Spark on loopback: a master and two workers as processes of their own, of which one is killed in mid-job.

The source of truth is S3: SeaweedFS, to which each executor has the keys. Some 3 GB of memory.
"""

import pathlib
import subprocess
import sys

import duckdb
import pytest

from spark_cluster import LONGEST, Cluster, kill_group, wait_until
from spark_here import SHORT_LIVED
from tables import difference, rows_of

MODELS = pathlib.Path(__file__).resolve().parents[2] / "trained_models"
DAYS = [f"2025-10-{day}" for day in range(22, 27)]
FILES = ["alerts_scored", "alerts_ranked", "clusters_scored"]
pytestmark = pytest.mark.slow


def run(aml_miner, *words, environment=None):
    done = subprocess.run([str(aml_miner), "--log-format", "json", *map(str, words)], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def bucket(seaweedfs):
    return seaweedfs.bucket()


@pytest.fixture
def environment(spark, seaweedfs, bucket):
    """Of master, workers, and with them executors, and of the driver."""
    return {**spark.environment, **{name: value for name, value in seaweedfs.environment(bucket).items() if name.startswith("S3_")},
            "SPARK_DAEMON_JAVA_OPTS": SHORT_LIVED}


@pytest.fixture
def cluster(spark, environment, tmp_path):
    started = Cluster(tmp_path, environment)
    try:
        started.start()
        yield started
    finally:
        started.stop()


def test_a_lost_worker_loses_no_day(aml_miner, cluster, environment, seaweedfs, bucket, tmp_path):
    """Days are published to the SOT, and backfilled; the rest of a killed worker's days is done by the other."""
    for day in DAYS:
        run(aml_miner, "simulate", "--network", "bitcoin", "--scale", "0.01", "--processing-date", day, "--output-dir", tmp_path / "days" / day)
        run(aml_miner, "publish", "--input-dir", tmp_path / "days" / day, "--sot", f"s3://{bucket}/snapshots", environment=environment)
    words = ["-m", "aml_miner.spark", "backfill", "--master", cluster.url, "--sot", f"s3a://{bucket}/snapshots", "--network", "bitcoin",
             "--from", DAYS[0], "--to", DAYS[-1], "--output", tmp_path / "output", "--models-dir", MODELS]
    log = tmp_path / "driver.log"
    # No task begins before both workers have an executor; otherwise one might do all.
    options = (f"--conf spark.executor.extraJavaOptions='{SHORT_LIVED}' --conf spark.cores.max=2 --conf spark.scheduler.minRegisteredResourcesRatio=1 "
               "--conf spark.scheduler.maxRegisteredResourcesWaitingTime=600s ")
    of_both = {**environment, "PYSPARK_SUBMIT_ARGS": options + environment["PYSPARK_SUBMIT_ARGS"]}
    with log.open("w") as stream:
        driver = subprocess.Popen([sys.executable, *map(str, words)], env=of_both, stdout=stream, stderr=stream, start_new_session=True)
    try:
        wait_until(lambda: cluster.has_run_a_task(0) and list((tmp_path / "output").glob("bitcoin/*/metadata.json")), driver, log)
        cluster.kill(0)
        assert driver.wait(LONGEST) == 0, log.read_text()[-6000:]
        assert "Lost executor" in log.read_text()
    finally:
        kill_group(driver)
    # To the object store, where nothing is shared.
    words[words.index("--output") + 1], words[words.index("--to") + 1] = f"s3a://{bucket}/output", DAYS[0]
    done = subprocess.run([sys.executable, *map(str, words)], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-6000:]
    first = tmp_path / "output" / "bitcoin" / DAYS[0]
    keys = {entry["Key"] for entry in seaweedfs.client().list_objects_v2(Bucket=bucket, Prefix="output/")["Contents"]}
    assert keys == {f"output/bitcoin/{DAYS[0]}/{file.name}" for file in first.iterdir()}
    connection = duckdb.connect()
    for day in DAYS:
        run(aml_miner, "process", "--input-dir", tmp_path / "days" / day, "--output-dir", tmp_path / "embedded" / day, "--models-dir", MODELS)
        for file in FILES:
            ours, theirs = (f"FROM read_parquet('{tmp_path}/{folder}/{day}/{file}.parquet')" for folder in ("embedded", "output/bitcoin"))
            assert difference(rows_of(connection, ours, ["latency_ms"]), rows_of(connection, theirs, ["latency_ms"])) is None, (day, file)
