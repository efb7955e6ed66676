"""A real cluster of Spark on loopback: a master and two workers as processes of their own, of which one is killed in mid-job.

The source of truth is S3: SeaweedFS, to which each executor has the keys. Some 3 GB of memory.
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import duckdb
import pytest

from tables import difference, rows_of

MODELS = pathlib.Path(__file__).resolve().parents[2] / "trained_models"
DAYS = [f"2025-10-{day}" for day in range(22, 27)]
FILES = ["alerts_scored", "alerts_ranked", "clusters_scored"]
LONGEST = 900  # seconds that anything here may take: it is to end on the slowest machine
# A process that lives for seconds is not worth compiling for.
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
pytestmark = pytest.mark.slow


def run(aml_miner, *words, environment=None):
    done = subprocess.run([str(aml_miner), "--log-format", "json", *map(str, words)], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def wait_until(holds, process, log):
    """What holds() gives when it is true, while the process runs."""
    end = time.monotonic() + LONGEST
    while not (found := holds()):
        assert process.poll() is None, log.read_text()[-6000:]
        assert time.monotonic() < end, f"not in {LONGEST} s: {log.read_text()[-6000:]}"
        time.sleep(0.1)
    return found


def kill_group(process):
    """The process and all that it started, without a word."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait(LONGEST)


class Cluster:
    """start() before use, stop() whatever start() came to."""

    def __init__(self, spark, folder, environment):
        self.home, self.folder, self.environment, self.processes = spark.environment["SPARK_HOME"], folder, environment, []

    def start(self):
        self.url = self.launch("master", "deploy.master.Master", ["--host", "127.0.0.1", "--port", "0", "--webui-port", "0"],
                               r"Starting Spark master at (spark://\S+)")
        for place in (0, 1):
            self.launch(f"worker{place}", "deploy.worker.Worker", ["--host", "127.0.0.1", "--cores", "1", "--memory", "1g", "--webui-port", "0",
                                                                   "--work-dir", self.folder / f"work{place}", self.url],
                        r"(Successfully registered with master)")

    def launch(self, name, main, words, pattern):
        """Starts a process in a group of its own, executors included, and waits for what it says when it is ready."""
        log = self.folder / f"{name}.log"
        command = [f"{self.home}/bin/spark-class", f"org.apache.spark.{main}", *map(str, words)]
        with log.open("w") as stream:
            process = subprocess.Popen(command, env=self.environment, stdout=stream, stderr=stream, start_new_session=True)
        self.processes.append(process)
        return wait_until(lambda: re.search(pattern, log.read_text()), process, log)[1]

    def has_run_a_task(self, place):
        """Whether an executor of that worker has begun one."""
        return any("Running task" in log.read_text(errors="replace") for log in self.folder.glob(f"work{place}/*/*/stderr"))

    def kill(self, place):
        kill_group(self.processes[1 + place])

    def stop(self):
        for process in self.processes:
            kill_group(process)


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
    started = Cluster(spark, tmp_path, environment)
    try:
        started.start()
        yield started
    finally:
        started.stop()


def test_a_lost_worker_loses_no_day(aml_miner, cluster, environment, bucket, tmp_path):
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
    environment = {**environment, "PYSPARK_SUBMIT_ARGS": options + environment["PYSPARK_SUBMIT_ARGS"]}
    with log.open("w") as stream:
        driver = subprocess.Popen([sys.executable, *map(str, words)], env=environment, stdout=stream, stderr=stream, start_new_session=True)
    try:
        wait_until(lambda: cluster.has_run_a_task(0) and list((tmp_path / "output").glob("bitcoin/*/metadata.json")), driver, log)
        cluster.kill(0)
        assert driver.wait(LONGEST) == 0, log.read_text()[-6000:]
        assert "Lost executor" in log.read_text()
    finally:
        kill_group(driver)
    connection = duckdb.connect()
    for day in DAYS:
        run(aml_miner, "process", "--input-dir", tmp_path / "days" / day, "--output-dir", tmp_path / "embedded" / day, "--models-dir", MODELS)
        for file in FILES:
            ours, theirs = (f"FROM read_parquet('{tmp_path}/{folder}/{day}/{file}.parquet')" for folder in ("embedded", "output/bitcoin"))
            assert difference(rows_of(connection, ours, ["latency_ms"]), rows_of(connection, theirs, ["latency_ms"])) is None, (day, file)
