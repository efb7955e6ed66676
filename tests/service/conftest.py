import json
import pathlib
import shutil
import subprocess
import time

import pytest

from running_service import RunningService

DAYS = 7


class Run(RunningService):
    """`aml-miner run` on a bucket, with its own folders."""

    def __init__(self, aml_miner, environment, folder):
        super().__init__(folder)
        self.aml_miner, self.environment = aml_miner, environment
        self.configure()

    def configure(self, *lines, serve=(), more=()):
        """Settings above all tables, of the server, and further tables."""
        self.config.write_text("\n".join([
            'network = "bitcoin"', f'input-root = "{self.folder}/input"', f'output-root = "{self.folder}/output"', *lines,
            "[schedule]", "poll-seconds = 0.2", "[process]", "threads = 1", "[serve]", "port = 0",
            f'port-file = "{self.port_file}"', *serve, "[check]", "enabled = false", *more]) + "\n")

    def command(self, *arguments):
        return [str(self.aml_miner), "--log-format", "json", *map(str, arguments)]

    def publish(self, day):
        subprocess.run(self.command("publish", "--input-dir", day), env=self.environment, check=True, capture_output=True)

    def once(self):
        done = subprocess.run(self.command("run", "--config", self.config, "--once"), env=self.environment,
                              capture_output=True, text=True, timeout=1800)
        self.log_file.write_text(done.stderr)
        return done.returncode

    def start(self):
        self.port_file.unlink(missing_ok=True)
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(self.command("run", "--config", self.config), env=self.environment, stderr=log)

    def log(self):
        return [json.loads(line) for line in self.log_file.read_text().splitlines() if line.startswith("{") and line.endswith("}")]

    def count(self, beginning):
        return sum(line["message"].startswith(beginning) for line in self.log())

    def batches(self):
        output = self.folder / "output"
        return sorted(path.name for path in output.iterdir() if not path.name.startswith(".")) if output.exists() else []

    def wait_for(self, question, seconds=900):
        """The answer, once it is one."""
        deadline = time.monotonic() + seconds
        while not (answer := question()):
            assert self.process.poll() is None and time.monotonic() < deadline, self.log_file.read_text()[-6000:]
            time.sleep(0.05)
        return answer


@pytest.fixture(scope="session")
def simulate(aml_miner):
    def made(date, folder):
        subprocess.run([aml_miner, "simulate", "--network", "bitcoin", "--processing-date", date, "--days", str(DAYS), "--scale",
                        "0.002", "--output-dir", folder / date], check=True, capture_output=True)
        return folder / date

    return made


@pytest.fixture(scope="session")
def made(simulate, tmp_path_factory):
    """Two small days."""
    folder = tmp_path_factory.mktemp("days")
    return [simulate(date, folder) for date in ("2025-10-25", "2025-10-26")]


@pytest.fixture
def days(made, tmp_path):
    """Copies that a test may change."""
    return [pathlib.Path(shutil.copytree(day, tmp_path / "made" / day.name)) for day in made]


@pytest.fixture
def run(aml_miner, seaweedfs, tmp_path):
    running = Run(aml_miner, seaweedfs.environment(seaweedfs.bucket()), tmp_path)
    yield running
    running.stop()
