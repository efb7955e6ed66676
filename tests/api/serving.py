"""A running `aml-miner serve`, and how the tests talk to it."""

import http.client
import json
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)

    @property
    def detail(self):
        assert self.headers["Content-Type"] == "application/json"
        return self.json()["detail"]


class Server:
    """Starts the program on a port that the kernel picks, and waits until it listens."""

    def __init__(self, aml_miner, output_root, *arguments):
        self.folder = tempfile.TemporaryDirectory(prefix="aml-serve-")
        port_file = pathlib.Path(self.folder.name) / "port"
        self.log_path = pathlib.Path(self.folder.name) / "log"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [str(aml_miner), "--log-format", "json", "serve", "--output-root", str(output_root),
                 "--port", "0", "--port-file", str(port_file), *map(str, arguments)],
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        deadline = time.monotonic() + 30
        while not port_file.exists():
            assert self.process.poll() is None and time.monotonic() < deadline, self.log_path.read_text()
            time.sleep(0.005)
        self.port = int(port_file.read_text())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def request(self, method, target, **headers):
        """Header names are written with _ for -."""
        connection = self.connection()
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, target, headers=names)
        answer = Answer(connection.getresponse())
        connection.close()
        return answer

    def get(self, target, **headers):
        return self.request("GET", target, **headers)

    def socket(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def log(self):
        return [json.loads(line) for line in self.log_path.read_text().splitlines()]

    def requests(self):
        return [line for line in self.log() if line["message"] == "request"]

    def stop(self):
        """Ends the server as a service manager would; its exit code must be 0."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(timeout=30) == 0, self.log_path.read_text()
        self.folder.cleanup()


def read_all(connection):
    """All bytes until the server closes."""
    parts = []
    while part := connection.recv(1 << 20):
        parts.append(part)
    return b"".join(parts)


def copy_batch(batch, target):
    """A copy that the test may change."""
    shutil.copytree(batch, target)
    return target
