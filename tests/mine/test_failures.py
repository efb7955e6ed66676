"""An API that is down, slow, or breaks off; a miner that lies, floods or dies: never a wrong answer."""

import gzip
import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

from between import Between
from local_server import LocalServer
from mining import BOB, SCORES, create_hotkey, encoded, sha256
from serving import Server

# --- the API fails ---------------------------------------------------------------------------------------------------


def cut(after):
    def spoil(path, times, head, body):
        return head.encode() + b"\r\n" + body[:after] if path.startswith("/scores") else None

    return spoil


@pytest.mark.parametrize("after", [0, 1, 100_000, -1])
@pytest.mark.parametrize("coding", [None, "zstd", "gzip"])
def test_an_api_that_breaks_off_is_a_503(mine, api, sdk11, after, coding):
    with Between(api.port, cut(after)) as between:
        answer = mine(between.server_port).ask(sdk11, accept_encoding=coding)
    assert (answer.status, "X-Aml-Signature" in answer.headers) == (503, False)
    assert answer.headers["Retry-After"]


def without_length(path, times, head, body):
    """As an HTTP/1.0 server that dies: nothing in the framing tells that bytes are missing."""
    if not path.startswith("/scores"):
        return None
    head = "".join(line + "\r\n" for line in head.split("\r\n") if line and not line.startswith("Content-Length"))
    return head.encode() + b"Connection: close\r\n\r\n" + body[:-10]


@pytest.mark.parametrize("coding", ["zstd", "gzip"])
def test_a_compressed_body_that_ends_early_is_a_503(mine, api, sdk11, coding):
    with Between(api.port, without_length) as between:
        assert mine(between.server_port).ask(sdk11, accept_encoding=coding).status == 503


def test_a_plain_body_that_ends_early_is_a_503_too(mine, api, sdk11):
    with Between(api.port, without_length) as between:
        assert mine(between.server_port).ask(sdk11).status == 503


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", b"nonsense\r\n\r\n",
                                  b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"])
def test_an_api_that_answers_nonsense_is_a_503(mine, api, sdk11, sent):
    with Between(api.port, lambda *_: sent) as between:
        assert mine(between.server_port).ask(sdk11).status == 503


def test_metadata_of_an_api_is_bounded(mine, api, sdk11):
    def lengthen(path, times, head, body):
        if not path.startswith("/metadata") or not body:
            return None
        body += b" " * (4 << 20)
        return f'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: {len(body)}\r\n\r\n'.encode() + body

    with Between(api.port, lengthen) as between:
        assert mine(between.server_port).ask(sdk11).status == 503


def test_a_slow_api_is_a_503_and_does_not_hold_up_what_is_known(mine, api, sdk11):
    def stall(path, times, head, body):
        if path.startswith("/scores/clusters"):
            time.sleep(3)
        return None

    with Between(api.port, stall) as between:
        miner = mine(between.server_port, "--api-timeout", 1, "--workers", 1)
        began = time.monotonic()
        answer = miner.ask(sdk11, b'{"processing_date":"latest","kind":"cluster_scores"}')
        assert (answer.status, time.monotonic() - began < 2.5) == (503, True)
        assert miner.ask(sdk11).status == 200


def test_the_api_is_asked_by_so_many_workers_at_once(mine, api, sdk11):
    """Six lists are wanted at once; the API answers none until as many are asked for as workers may ask."""
    changed = threading.Condition()
    asked = {"now": 0, "most": 0}

    def hold(path, times, head, body):
        if not path.startswith("/metadata/2001-"):
            return None
        with changed:
            asked["now"] += 1
            asked["most"] = max(asked["most"], asked["now"])
            changed.notify_all()
            changed.wait_for(lambda: asked["most"] >= 2, timeout=60)
        time.sleep(0.3)  # for one too many
        with changed:
            asked["now"] -= 1
        return None

    with Between(api.port, hold) as between:
        miner = mine(between.server_port, "--workers", 2, "--max-at-once", 10)
        bodies = [b'{"processing_date":"2001-01-0%d","kind":"alert_scores"}' % day for day in range(1, 7)]
        headers = [sdk11.sign_request(uri="//Alice", method="POST", path=SCORES, body=encoded(body), receiver=BOB) for body in bodies]
        statuses = []
        clients = [threading.Thread(target=lambda body=body, fields=fields: statuses.append(miner.send("POST", SCORES, body, fields).status))
                   for body, fields in zip(bodies, headers)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        assert (asked["most"], statuses) == (2, [404] * 6)


def test_strangers_who_ask_for_information_keep_nobody_from_a_slow_api(mine, api, sdk11):
    """They are answered at once with what was known; the validator's request has the miner's only worker."""
    slow, released = threading.Event(), threading.Event()

    def stall(path, times, head, body):
        if slow.is_set() and path.startswith("/dates/available"):
            released.wait()
        return None

    with Between(api.port, stall) as between:
        miner = mine(between.server_port, "--workers", 1, "--queue", 1)
        known = miner.info()
        assert known["dates"] == api.get("/dates/available").json()["dates"]
        slow.set()
        time.sleep(5.1)  # what is known is old then
        try:
            assert all(miner.info()["dates"] == known["dates"] for _ in range(50))
            assert miner.ask(sdk11).status == 200
        finally:
            released.set()
        miner.stop()


def test_sighup_ends_no_miner(mine, api, sdk11):
    miner = mine(api.port)
    miner.process.send_signal(signal.SIGHUP)
    miner.wait_for_log("SIGHUP: tokens and certificates were read anew, where there are any")
    assert miner.ask(sdk11).status == 200


def test_a_client_that_waits_to_send_its_body_is_told_to(mine, api):
    miner = mine(api.port)
    with socket.create_connection(("127.0.0.1", miner.port), timeout=60) as client:
        client.sendall(b"POST /v1/scores HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"{}")
        assert client.recv(100).startswith(b"HTTP/1.1 401 ")


def test_a_batch_replaced_while_it_is_read_is_read_again(mine, api, sdk11):
    def replaced(times_changed):
        def spoil(path, times, head, body):
            if not path.startswith("/metadata") or times > times_changed:
                return None
            head = "".join(line + "\r\n" for line in head.split("\r\n")
                           if line and not line.lower().startswith(("etag", "content-length", "http")))
            changed = body.replace(b'"total_latency_ms": ', b'"total_latency_ms": %d' % times) if body else b"{}"
            return f"HTTP/1.1 200 OK\r\n{head}ETag: \"{times}\"\r\nContent-Length: {len(changed)}\r\n\r\n".encode() + changed
        return spoil

    with Between(api.port, replaced(2)) as between:
        assert mine(between.server_port).ask(sdk11).status == 200
    with Between(api.port, replaced(1_000)) as between:
        answer = mine(between.server_port).ask(sdk11)
        assert (answer.status, "replaced" in answer.detail) == (503, True)


def test_an_api_may_come_late_and_go(mine, aml_miner, day, sdk11):
    nobody = 1
    with Between(nobody, lambda *_: None) as between:
        miner = mine(between.server_port)
        answer = miner.ask(sdk11)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        assert "dates_unavailable" in miner.info()
        with Server(aml_miner, day.parent) as server:
            between.api_port = server.port
            answer = miner.ask(sdk11)
            assert (answer.status, answer.body) == (200, server.get("/scores/alerts/latest").body)
        between.api_port = nobody
        time.sleep(1.1)  # what the API confirmed counts for a second
        assert miner.ask(sdk11).status == 503


def test_a_new_batch_is_served_within_a_second(mine, aml_miner, day, sdk11, tmp_path):
    shutil.copytree(day, tmp_path / "output" / day.name)
    with Server(aml_miner, tmp_path / "output") as server:
        miner = mine(server.port)
        first = miner.ask(sdk11)
        newer = "2030-01-01"
        shutil.copytree(day, tmp_path / newer)
        metadata = json.loads((tmp_path / newer / "metadata.json").read_text()) | {"processing_date": newer}
        (tmp_path / newer / "metadata.json").write_text(json.dumps(metadata))
        (tmp_path / newer).rename(tmp_path / "output" / newer)
        time.sleep(1.1)
        second = miner.ask(sdk11)
        assert first.headers["X-Aml-Processing-Date"] == day.name
        assert second.headers["X-Aml-Processing-Date"] == newer
        assert second.headers["X-Aml-Body-Sha256"] == sha256(second.body)


# --- the miner fails, or means ill ---------------------------------------------------------------------------------


class Liar(LocalServer):
    """A miner that may sign as //Bob: `answer(handler, head, request)` sends whatever it likes."""

    def __init__(self, answer):
        self.answer = answer
        super().__init__(LiarHandler)


class LiarHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        payload = "\n".join(["btauth/1", "sr25519", "POST", self.path, sha256(body), self.headers["X-Bittensor-Nonce"],
                             self.headers["X-Bittensor-Hotkey"], BOB])
        self.close_connection = True
        try:
            self.server.answer(self, payload)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def log_message(self, *_):
        pass


BODY = b'{"scores":[]}\n'


def envelope(sdk11, payload, body=BODY, signer="//Bob", **changes):
    """Header lines of an envelope, signed."""
    values = {"Hotkey": BOB, "Request-Sha256": sha256(payload.encode()), "Network": "bitcoin",
              "Processing-Date": "2025-10-26", "Kind": "alert_scores", "Snapshot-Sha256": "a" * 64,
              "Body-Sha256": sha256(body), "Model-Version": "1.0.0", "Time": str(time.time_ns())}
    values |= {name.replace("_", "-"): value for name, value in changes.items()}
    lines = "\n".join(["aml-envelope/1", "sr25519", *values.values()])
    values["Signature"] = sdk11.sign_as(uri=signer, message=lines)
    return "X-Aml-Envelope: 1\r\n" + "".join(f"X-Aml-{name}: {value}\r\n" for name, value in values.items())


def reply(lines, body, length=None, more=""):
    length = len(body) if length is None else length
    return f"HTTP/1.1 200 OK\r\n{lines}{more}Content-Length: {length}\r\n\r\n".encode() + body


@pytest.fixture
def ask(aml_miner, tmp_path):
    create_hotkey(aml_miner, tmp_path, "validator", "//Alice")

    def run(answer, *arguments):
        with Liar(answer) as liar:
            done = subprocess.run([aml_miner, "--log-format", "json", "ask", "--miner", f"127.0.0.1:{liar.server_port}",
                                   "--hotkey", BOB, "--wallet-path", tmp_path, "--wallet", "validator", "--output",
                                   tmp_path / "scores.json", *map(str, arguments)],
                                  capture_output=True, text=True, timeout=60)
        assert (tmp_path / "scores.json").exists() == (done.returncode == 0), "what was not proved is not kept"
        assert not (tmp_path / "scores.json.part").exists()
        return done.returncode, json.loads(done.stderr)["message"] if done.stderr else ""

    return run


def test_the_liar_may_tell_the_truth(ask, sdk11):
    assert ask(lambda liar, payload: liar.wfile.write(reply(envelope(sdk11, payload), BODY))) == (0, "")


@pytest.mark.parametrize("changes, words", [
    ({"signer": "//Eve"}, "signature is not the miner's"),
    ({"Request_Sha256": "0" * 64}, "answers another request"),
    ({"Kind": "cluster_scores"}, "another kind"),
    ({"Processing_Date": "2025-10-25"}, "another day"),
    ({"body": b"another"}, "body is another"),
    ({"Network": "bit coin"}, "X-Aml-Network"),
    ({"Network": "b" * 257}, "X-Aml-Network"),
    ({"Time": "0"}, "time"),
])
def test_a_lie_is_unproven(ask, sdk11, changes, words):
    code, message = ask(lambda liar, payload: liar.wfile.write(reply(envelope(sdk11, payload, **changes), BODY)),
                        "--date", "2025-10-26")
    assert (code, message.startswith("unproven: "), words in message) == (3, True, True), message


def test_no_envelope_is_unproven_however_long_the_body(ask):
    def endless(liar, payload):
        liar.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n")
        while True:
            liar.wfile.write(bytes(1 << 20))

    began = time.monotonic()
    code, message = ask(endless, "--max-mb", 100_000)
    assert (code, "missing" in message, time.monotonic() - began < 10) == (3, True, True)


def test_a_body_over_the_limit_is_cut_off(ask, sdk11):
    def endless(liar, payload):
        liar.wfile.write(f"HTTP/1.1 200 OK\r\n{envelope(sdk11, payload)}\r\n".encode())
        while True:
            liar.wfile.write(bytes(1 << 20))

    code, message = ask(endless, "--max-mb", 8)
    assert (code, message.startswith("too_large")) == (3, True)


def test_a_bomb_is_cut_off(ask, sdk11):
    bomb = gzip.compress(bytes(1 << 28))
    code, message = ask(lambda liar, payload: liar.wfile.write(
        reply(envelope(sdk11, payload, body=bytes(1 << 28)), bomb, more="Content-Encoding: gzip\r\n")), "--max-mb", 8)
    assert (code, message.startswith("too_large")) == (3, True)


def test_a_miner_that_dies_or_dawdles_is_told_apart(ask, sdk11):
    code, message = ask(lambda liar, payload: liar.wfile.write(reply(envelope(sdk11, payload), BODY[:-1], len(BODY))))
    assert (code, message.startswith("unreachable")) == (5, True)

    def drip(liar, payload):
        liar.wfile.write(f"HTTP/1.1 200 OK\r\n{envelope(sdk11, payload)}Content-Length: 100\r\n\r\n".encode())
        for _ in range(100):
            liar.wfile.write(b" ")
            time.sleep(0.1)

    code, message = ask(drip, "--deadline", 1)
    assert (code, message.startswith("too_late")) == (5, True)
    assert ask(lambda liar, payload: None)[0] == 5


@pytest.mark.parametrize("head", ["HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n",
                                  "HTTP/1.1 429 Slow Down\r\nRetry-After: 1\r\n", "HTTP/1.1 204 None\r\n"])
def test_other_statuses_are_refusals(ask, head):
    code, message = ask(lambda liar, payload: liar.wfile.write(f"{head}Content-Length: 0\r\n\r\n".encode()))
    assert (code, message.startswith("refused with status") or "refused" in message) == (5, True)


def asking_for_a_file(aml_miner, miner, tmp_path, output):
    if not (tmp_path / "validator").exists():
        create_hotkey(aml_miner, tmp_path, "validator", "//Alice")
    done = subprocess.run([aml_miner, "ask", "--miner", f"127.0.0.1:{miner.port}", "--hotkey", BOB, "--wallet-path", tmp_path,
                           "--wallet", "validator", "--output", output], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


def test_a_folder_that_is_not_there_is_no_full_disk(aml_miner, miner, tmp_path):
    code, words = asking_for_a_file(aml_miner, miner, tmp_path, tmp_path / "nowhere" / "scores.json")
    assert (code, "nowhere" in words) == (4, True), words
    code, words = asking_for_a_file(aml_miner, miner, tmp_path, tmp_path / "scores.json")
    assert code == 0 and (tmp_path / "scores.json").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_full_disk_is_one(aml_miner, miner, tmp_path):
    full = tmp_path / "full"
    full.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", full]).returncode != 0:
        pytest.skip("mounts are not allowed here")
    try:
        code, words = asking_for_a_file(aml_miner, miner, tmp_path, full / "scores.json")
        assert (code, "No space left on device" in words) == (7, True), words
        assert list(full.iterdir()) == []
    finally:
        subprocess.run(["umount", full], check=True)


def test_a_killed_miner_leaves_no_answer(aml_miner, mine, api, sdk11, tmp_path):
    miner = mine(api.port)
    create_hotkey(aml_miner, tmp_path, "validator", "//Alice")
    miner.process.kill()
    miner.process.wait()
    done = subprocess.run([aml_miner, "ask", "--miner", f"127.0.0.1:{miner.port}", "--hotkey", BOB, "--wallet-path",
                           tmp_path, "--wallet", "validator"], capture_output=True, timeout=60)
    assert done.returncode == 5
