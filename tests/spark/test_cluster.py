"""A real cluster of Spark on loopback: a master and two workers as processes of their own, of which one is killed in mid-job."""

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
DAYS = ["2025-10-25", "2025-10-26", "2025-10-27"]
FILES = ["alerts_scored", "alerts_ranked", "clusters_scored"]


def run(aml_miner, *words):
    done = subprocess.run([str(aml_miner), "--log-format", "json", *map(str, words)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


class Cluster:
    def __init__(self, spark, folder):
        self.spark, self.folder, self.processes = spark, folder, []
        self.url = self.start("master", "deploy.master.Master", ["--host", "127.0.0.1", "--port", "0", "--webui-port", "0"],
                              r"Starting Spark master at (spark://\S+)")
        for place in (0, 1):
            self.start(f"worker{place}", "deploy.worker.Worker", ["--host", "127.0.0.1", "--cores", "1", "--memory", "1g", "--webui-port", "0",
                                                                  "--work-dir", folder / f"work{place}", self.url],
                       r"(Successfully registered with master)")

    def start(self, name, main, words, pattern):
        """Starts a process in a group of its own, and waits for what it says when it is ready."""
        log = self.folder / f"{name}.log"
        command = [f"{self.spark.environment['SPARK_HOME']}/bin/spark-class", f"org.apache.spark.{main}", *map(str, words)]
        with log.open("w") as stream:
            process = subprocess.Popen(command, env=self.spark.environment, stdout=stream, stderr=stream, start_new_session=True)
        self.processes.append(process)
        while not (found := re.search(pattern, log.read_text())):
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        return found[1]

    def kill(self, place):
        """The worker and its executors, without a word."""
        process = self.processes[1 + place]
        # The executors are in its group.
        subprocess.run(["kill", "-KILL", "--", f"-{process.pid}"], check=True)
        process.wait()

    def stop(self):
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait()


@pytest.fixture
def cluster(spark, tmp_path):
    started = Cluster(spark, tmp_path)
    yield started
    started.stop()


@pytest.mark.slow
def test_a_lost_worker_loses_no_day(aml_miner, cluster, spark, tmp_path):
    """Days are published to a directory as the SOT, and backfilled; the rest of a killed worker's days is done by the other."""
    for day in DAYS:
        run(aml_miner, "simulate", "--network", "bitcoin", "--scale", "0.01", "--processing-date", day, "--output-dir", tmp_path / "days" / day)
        run(aml_miner, "publish", "--input-dir", tmp_path / "days" / day, "--sot", f"file://{tmp_path}/sot")
    words = ["-m", "aml_miner.spark", "backfill", "--master", cluster.url, "--sot", f"file://{tmp_path}/sot", "--network", "bitcoin", "--from", DAYS[0],
             "--to", DAYS[-1], "--output", tmp_path / "output", "--models-dir", MODELS]
    with (tmp_path / "driver.log").open("w") as log:
        driver = subprocess.Popen([sys.executable, *map(str, words)], env=spark.environment, stdout=log, stderr=log)
        while not list((tmp_path / "output").glob("bitcoin/*/metadata.json")):
            assert driver.poll() is None, (tmp_path / "driver.log").read_text()
            time.sleep(0.1)
        cluster.kill(0)
        assert driver.wait() == 0, (tmp_path / "driver.log").read_text()
    connection = duckdb.connect()
    for day in DAYS:
        run(aml_miner, "process", "--input-dir", tmp_path / "days" / day, "--output-dir", tmp_path / "embedded" / day, "--models-dir", MODELS)
        for file in FILES:
            ours, theirs = (f"FROM read_parquet('{tmp_path}/{folder}/{day}/{file}.parquet')" for folder in ("embedded", "output/bitcoin"))
            assert difference(rows_of(connection, ours, ["latency_ms"]), rows_of(connection, theirs, ["latency_ms"])) is None, (day, file)
