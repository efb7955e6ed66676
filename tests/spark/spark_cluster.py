"""A cluster of Spark on loopback: a master and workers as processes of their own, each of one core."""

import os
import re
import signal
import subprocess
import time

LONGEST = 900  # seconds that anything here may take: it is to end on the slowest machine


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

    def __init__(self, folder, environment, workers=2, memory="1g"):
        self.folder, self.environment, self.workers, self.memory, self.processes = folder, environment, workers, memory, []

    def start(self):
        """Gives the master's address."""
        self.url = self.launch("master", "deploy.master.Master", ["--host", "127.0.0.1", "--port", "0", "--webui-port", "0"],
                               r"Starting Spark master at (spark://\S+)")
        for place in range(self.workers):
            self.launch(f"worker{place}", "deploy.worker.Worker", ["--host", "127.0.0.1", "--cores", "1", "--memory", self.memory, "--webui-port", "0",
                                                                   "--work-dir", self.folder / f"work{place}", self.url],
                        r"(Successfully registered with master)")
        return self.url

    def launch(self, name, main, words, pattern):
        """Starts a process in a group of its own, executors included, and waits for what it says when it is ready."""
        log = self.folder / f"{name}.log"
        command = [f"{self.environment['SPARK_HOME']}/bin/spark-class", f"org.apache.spark.{main}", *map(str, words)]
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
