"""A running `aml-miner serve`, and how the tests talk to it."""

import shutil
import socket

from listening import Listening


class Server(Listening):
    def __init__(self, aml_miner, output_root, *arguments):
        super().__init__()
        self.start(aml_miner, "serve", "--output-root", output_root, *arguments)

    def request(self, method, target, **headers):
        """Header names are written with _ for -."""
        return self.send(method, target, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def get(self, target, **headers):
        return self.request("GET", target, **headers)

    def socket(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def requests(self):
        return [line for line in self.log() if line["message"] == "request"]


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
