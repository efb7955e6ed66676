"""Snapshots for the tests of publish and download, and running the program against a bucket."""

import hashlib
import json
import random
import subprocess

NETWORK, DATE, DAYS = "bitcoin", "2025-10-26", 7
FOLDER = f"snapshots/{NETWORK}/{DATE}/{DAYS}"
FILES = ["alerts.parquet", "clusters.parquet", "features.parquet", "money_flows.parquet"]


def make_snapshot(folder, sizes=(40_000, 10_000, 300_000, 500_000), seed=1, checksums=("md5", "sha256")):
    """A folder with four files of random bytes, which is all that publish and download look at."""
    folder.mkdir(parents=True)
    generator = random.Random(seed)
    described = {}
    for name, size in zip(FILES, sizes):
        content = generator.randbytes(size)
        (folder / name).write_bytes(content)
        described[name] = {"size": size, **{kind: hashlib.new(kind, content).hexdigest() for kind in checksums}}
    meta = {"network": NETWORK, "processing_date": DATE, "window_days": DAYS, "files": described}
    (folder / "META.json").write_text(json.dumps(meta))
    return folder


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.name != ".download.json"}


class Program:
    """aml-miner with the settings of one bucket."""

    def __init__(self, path, environment):
        self.path = path
        self.environment = environment

    def command(self, subcommand, *arguments):
        return [str(self.path), "--log-format", "json", "--log-level", "debug", subcommand, *map(str, arguments)]

    def run(self, subcommand, *arguments, exit_code=0, **changes):
        """The last line of the log. No secret may stand in any line."""
        environment = {**self.environment, **changes}
        done = subprocess.run(self.command(subcommand, *arguments), env=environment, capture_output=True,
                              text=True, timeout=120)
        assert done.returncode == exit_code, done.stderr
        for name in ("S3_SECRET_KEY", "S3_SESSION_TOKEN", "AWS_SECRET_ACCESS_KEY"):
            assert not environment.get(name) or environment[name] not in done.stderr + done.stdout
        assert "Signature=" not in done.stderr
        self.log = [json.loads(line) for line in done.stderr.splitlines()]
        return self.log[-1]

    def download(self, output_dir, *arguments, date=DATE, exit_code=0, **changes):
        return self.run("download", "--network", NETWORK, "--processing-date", date, "--days", DAYS,
                        "--output-dir", output_dir, "--stall-timeout", 1, *arguments,
                        exit_code=exit_code, **changes)

    def publish(self, folder, *arguments, exit_code=0, **changes):
        return self.run("publish", "--input-dir", folder, *arguments, exit_code=exit_code, **changes)
