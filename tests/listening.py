"""A program of ours that listens on a port the kernel picks, and the answers it gives."""

import http.client
import json
import os
import pathlib
import signal
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
        """Why it was refused: refusals are JSON."""
        assert self.headers["Content-Type"] == "application/json"
        return self.json()["detail"]


class Listening:
    """Has a folder of its own. start() returns once the program listens."""

    answer_type = Answer

    def __init__(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="aml-listening-")
        self.folder = pathlib.Path(self.scratch.name)
        self.log_path = self.folder / "log"

    def start(self, aml_miner, command, *arguments, environment=None):
        port_file = self.folder / "port"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [str(aml_miner), "--log-format", "json", command, *map(str, arguments), "--port", "0", "--port-file",
                 str(port_file)],
                stderr=log, stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
        deadline = time.monotonic() + 30
        while not (port_file.exists() and port_file.read_text()):
            assert self.process.poll() is None and time.monotonic() < deadline, self.log_path.read_text()
            time.sleep(0.005)
        self.port = int(port_file.read_text())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def send(self, method, target, body=b"", headers=None):
        connection = self.connection()
        connection.request(method, target, body=body, headers=headers or {})
        answer = self.answer_type(connection.getresponse())
        connection.close()
        return answer

    def log(self):
        return [json.loads(line) for line in self.log_path.read_text().splitlines()]

    def stop(self):
        """Ends the program as a service manager would; its exit code must be 0."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(timeout=30) == 0, self.log_path.read_text()
        self.scratch.cleanup()
