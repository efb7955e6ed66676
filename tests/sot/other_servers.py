"""S3 servers that people run: each started on loopback, with one key pair and one bucket.

Where they come from: scripts/s3-servers; versitygw from the PATH.
"""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import time

import boto3
import botocore.config
import botocore.exceptions

PREFIX = pathlib.Path(os.environ.get("AML_DEPS", pathlib.Path(__file__).resolve().parents[2] / ".deps")) / "servers"
ACCESS_KEY, SECRET_KEY = "matrix-key", "matrix-secret-key"
START_SECONDS = 60


def find(name):
    installed = PREFIX / "bin" / name
    return installed if installed.exists() else shutil.which(name)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class OtherServer:
    """`command` with {folder} and {port}; `listening` finds the port in its log where the kernel picked it."""

    def __init__(self, name, command, listening=None, checks_signatures=True, environment=None):
        self.name, self.command, self.listening = name, command, listening
        self.checks_signatures, self.extra = checks_signatures, environment or {}
        self.bucket = "sot"

    @property
    def program(self):
        return find(self.command[0])

    def start(self, folder):
        (folder / "data").mkdir()
        self.log = folder / "log"
        port = 0 if self.listening else free_port()
        words = [word.format(folder=folder / "data", port=port) for word in self.command[1:]]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([self.program, *words], stdout=log, stderr=log, cwd=folder,
                                            env={**os.environ, **self.extra})
        self.endpoint = f"http://127.0.0.1:{port}" if port else f"http://127.0.0.1:{self.said_port()}"
        self.make_bucket()

    def said_port(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            found = re.search(self.listening, self.log.read_text(errors="replace"))
            if found:
                return found[1]
            time.sleep(0.05)
        raise RuntimeError(f"{self.name} does not listen:\n{self.log.read_text(errors='replace')[-2000:]}")

    def make_bucket(self):
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.client().create_bucket(Bucket=self.bucket)
                return
            except botocore.exceptions.BotoCoreError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.1)

    def client(self):
        return boto3.client("s3", endpoint_url=self.endpoint, region_name="us-east-1", aws_access_key_id=ACCESS_KEY,
                            aws_secret_access_key=SECRET_KEY,
                            config=botocore.config.Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}))

    def environment(self, **changes):
        return {**os.environ, "S3_ENDPOINT": self.endpoint, "S3_BUCKET": self.bucket, "S3_ACCESS_KEY": ACCESS_KEY,
                "S3_SECRET_KEY": SECRET_KEY, **changes}

    def stop(self):
        self.process.kill()
        self.process.wait()


SERVERS = [
    OtherServer("rclone", ["rclone", "serve", "s3", "--addr", "127.0.0.1:0", "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", "--config",
                           "/dev/null", "{folder}"], r"http://127\.0\.0\.1:(\d+)"),
    OtherServer("moto", ["moto_server", "-H", "127.0.0.1", "-p", "0"], r"http://127\.0\.0\.1:(\d+)", checks_signatures=False),
    OtherServer("versitygw", ["versitygw", "--port", "127.0.0.1:{port}", "--access", ACCESS_KEY, "--secret", SECRET_KEY, "--region",
                              "us-east-1", "--quiet", "posix", "{folder}"]),
]
