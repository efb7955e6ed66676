"""What validators that take their answers as slowly as may be cost a miner."""

import http.server
import json
import socket

import pytest
from local_server import LocalServer
from mining import BOB, SCORES, encoded

MB = 1 << 20
LIST_BYTES = 4 * MB
READERS = 40
BESIDE_ANSWERS_MB = 24  # threads, sockets, what is fetched at the moment


def large_days(metadata):
    """An API that has every day, each with a large list."""

    class Days(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            date = self.path.rsplit("/", 1)[1]
            body = b" " * LIST_BYTES
            if self.path.startswith("/metadata/"):
                body = json.dumps({**metadata, "processing_date": date}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Days


@pytest.fixture
def api_port(day):
    with LocalServer(large_days(json.loads((day / "metadata.json").read_text()))) as server:
        yield server.server_address[1]


def asks_slowly(miner, sdk11, date):
    """A connection that has asked for a day, and reads nothing yet."""
    body = json.dumps({"processing_date": date, "kind": "alert_scores"}).encode()
    headers = sdk11.sign_request(uri="//Alice", method="POST", path=SCORES, body=encoded(body), receiver=BOB)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
    client.settimeout(60)
    client.connect(("127.0.0.1", miner.port))
    fields = {**headers, "Host": "x", "Content-Length": len(body), "Accept-Encoding": "identity"}
    client.sendall("\r\n".join([f"POST {SCORES} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]).encode() + body)
    return client


def peak_mb(process):
    with open(f"/proc/{process.pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024


def test_slow_validators_stay_within_the_budget(mine, api_port, sdk11):
    miner = mine(api_port, "--cache-mb", 16, "--rate-limit", 100_000, "--max-at-once", 1000)
    before = peak_mb(miner.process)
    readers = [asks_slowly(miner, sdk11, f"2025-{1 + i // 28:02}-{1 + i % 28:02}") for i in range(READERS)]
    statuses = [int(reader.recv(12, socket.MSG_WAITALL).split()[1]) for reader in readers]
    assert set(statuses) == {200, 503}, statuses
    peak = peak_mb(miner.process) - before
    assert peak < 16 + BESIDE_ANSWERS_MB, f"{peak:.0f} MB for {statuses.count(200)} answers"
    for reader in readers:
        reader.close()
    # Whoever comes later is given what there is.
    assert miner.ask(sdk11, json.dumps({"processing_date": "2025-12-01", "kind": "alert_scores"}).encode()).status == 200
