"""SeaweedFS as the S3 server of a test run."""

import json
import os
import pathlib
import random
import secrets
import shutil
import socket
import subprocess
import sys
import time

import boto3
import botocore.config
import botocore.exceptions

# SeaweedFS puts gRPC at every port + 10000; all of it stays below the range the kernel gives to
# outgoing connections.
GRPC_OFFSET = 10000
PORTS = range(11000, 22000)


def is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_ports(count):
    candidates = random.sample(PORTS, len(PORTS))
    free = (port for port in candidates if is_free(port) and is_free(port + GRPC_OFFSET))
    return [next(free) for _ in range(count)]


class SeaweedFS:
    """One server with one key pair, on loopback; one that `is_open` takes any, and signatures of any time."""

    def __init__(self, folder, is_open=False):
        self.folder, self.is_open = pathlib.Path(folder), is_open
        self.access_key = "test" + secrets.token_hex(8)
        self.secret_key = secrets.token_hex(20)
        self.process = None

    def start(self):
        names = ("master", "volume", "filer", "s3")
        self.ports = dict(zip(names, free_ports(len(names))))
        self.endpoint = f"http://127.0.0.1:{self.ports['s3']}"
        identity = {
            "name": "tests",
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
            "credentials": [{"accessKey": self.access_key, "secretKey": self.secret_key}],
        }
        config = self.folder / "identities.json"
        config.write_text(json.dumps({"identities": [identity]}))
        (self.folder / "data").mkdir(exist_ok=True)
        command = [
            pathlib.Path(sys.executable).parent / "weed", f"-logdir={self.folder}", "server",
            f"-dir={self.folder}/data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
            f"-master.port={self.ports['master']}", f"-volume.port={self.ports['volume']}",
            "-volume.max=200", f"-filer.port={self.ports['filer']}",
            f"-filer.localSocket={self.folder}/filer.sock", "-s3",
            f"-s3.port={self.ports['s3']}", *([] if self.is_open else [f"-s3.config={config}"]),
            f"-s3.localSocket={self.folder}/s3.sock", "-s3.port.iceberg=0", "-s3.port.lance=0",
        ]
        # Every bucket would take seven volumes at once, and the server would soon have none left.
        environment = {**os.environ, "WEED_MASTER_VOLUME_GROWTH_COPY_1": "1"}
        with open(self.folder / "server.log", "wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        self.wait_until_ready()

    def wait_until_ready(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                self.client().create_bucket(Bucket="ready")
                return
            except botocore.exceptions.BotoCoreError:
                time.sleep(0.2)
            except botocore.exceptions.ClientError:
                time.sleep(0.2)
        raise RuntimeError("SeaweedFS did not start:\n" + (self.folder / "server.log").read_text()[-2000:])

    def stop(self):
        # A polite end takes it 15 seconds, and nobody needs its data.
        if self.process:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        for port in getattr(self, "ports", {}).items():
            name, number = port
            pathlib.Path(f"/tmp/seaweedfs-{name}-grpc-{number + GRPC_OFFSET}.sock").unlink(missing_ok=True)

    def client(self):
        """boto3's S3 client: a second opinion on what is in the bucket."""
        return boto3.client(
            "s3", endpoint_url=self.endpoint, region_name="us-east-1",
            aws_access_key_id=self.access_key, aws_secret_access_key=self.secret_key,
            config=botocore.config.Config(
                s3={"addressing_style": "path"}, retries={"max_attempts": 2}, connect_timeout=2),
        )

    def bucket(self):
        """A new, empty bucket."""
        name = "sot-" + secrets.token_hex(4)
        self.client().create_bucket(Bucket=name)
        return name

    def environment(self, bucket, **changes):
        """The variables with which aml-miner reaches a bucket."""
        settings = {
            "S3_ENDPOINT": self.endpoint, "S3_BUCKET": bucket, "S3_REGION": "us-east-1",
            "S3_ACCESS_KEY": self.access_key, "S3_SECRET_KEY": self.secret_key,
        }
        return {**os.environ, **settings, **changes}
