"""Clients that do not behave like a browser, and the end of the server."""

import json
import random
import signal
import socket
import threading

import duckdb
import pytest

from serving import copy_batch, read_all

ROWS = 20_000


@pytest.fixture(scope="module")
def large_root(day, tmp_path_factory):
    """A batch whose list is larger than what sockets buffer: about 24 MB."""
    root = tmp_path_factory.mktemp("large")
    batch = copy_batch(day, root / day.name)
    duckdb.sql(
        f"COPY (SELECT printf('a%06d', i) AS alert_id, 0.5::DOUBLE AS score, '1.0.0' AS model_version, "
        f"0.1::DOUBLE AS latency_ms, repeat('x', 1100) AS explain_json FROM range({ROWS}) AS t(i) ORDER BY i) "
        f"TO '{batch}/alerts_scored.parquet' (FORMAT parquet)")
    return root


def ask(target, *fields):
    return "\r\n".join([f"GET {target} HTTP/1.1", "Host: x", *fields, "", ""]).encode()


def slow_transfer(server):
    """A socket on which a large answer has begun and cannot go on by itself."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
    client.settimeout(30)
    client.connect(("127.0.0.1", server.port))
    client.sendall(ask("/scores/alerts/latest"))
    return client, client.recv(1000)


def wait_for_message(server, message):
    while not any(line["message"].startswith(message) for line in server.log()):
        assert server.process.poll() is None


def test_pipelined_requests_are_answered_in_order(server, day):
    paths = ["/version", "/nothing", f"/scores/alerts/{day.name}", "/dates/latest"] * 10
    with server.socket() as client:
        client.sendall(b"".join(ask(path) for path in paths) + ask("/health", "Connection: close"))
        data = read_all(client)
    bodies = []
    while data:
        head, _, data = data.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split()[0])
        bodies.append(data[:length])
        data = data[length:]
    assert bodies[: len(paths)] == [server.get(path).body for path in paths]
    assert json.loads(bodies[-1])["status"] == "healthy"


def test_a_half_closed_client_gets_its_answer(server, day):
    with server.socket() as client:
        client.sendall(ask(f"/scores/alerts/{day.name}"))
        client.shutdown(socket.SHUT_WR)
        assert read_all(client).endswith(server.get(f"/scores/alerts/{day.name}").body)


def test_a_request_may_come_byte_by_byte(server):
    with server.socket() as client:
        for byte in ask("/version", "Connection: close"):
            client.send(bytes([byte]))
        assert read_all(client).startswith(b"HTTP/1.1 200 OK\r\n")


def test_too_much_is_refused(server):
    for request, status in (
        (ask("/" + "x" * 9_000, "Connection: close"), 414),
        (ask("/" + "x" * 100_000), 414),
        (ask("/health", "X: " + "x" * 20_000), 431),
        (ask("/health", *(f"X{i}: {i}" for i in range(5_000))), 431),
        (ask("/health", "Content-Length: 10000000") + b"x" * 100_000, 413),
    ):
        with server.socket() as client:
            client.sendall(request)
            answer = read_all(client)
            assert answer.startswith(f"HTTP/1.1 {status} ".encode())
            assert json.loads(answer.partition(b"\r\n\r\n")[2])["detail"]


def test_rubbish_never_gives_a_500(server):
    """Requests with bytes changed, cut or put in; the server answers the next client as before."""
    dice = random.Random(5)
    valid = ask("/scores/alerts/latest?limit=1", "Accept: application/json;q=0.5, */*",
                "Accept-Encoding: gzip;q=0.1", 'If-None-Match: W/"a", *')
    for _ in range(300):
        request = bytearray(valid)
        for _ in range(dice.randint(1, 6)):
            at = dice.randrange(len(request))
            change = dice.randrange(3)
            if change == 0:
                request[at] = dice.randrange(256)
            elif change == 1:
                request[at:at] = dice.choice([b"%", b"%00", b"\x00", b"\r\n", b"..", b"\xff", b";q=", b","])
            else:
                del request[at : at + dice.randint(1, 10)]
        with server.socket() as client:
            client.sendall(bytes(request))
            client.shutdown(socket.SHUT_WR)
            answer = read_all(client)
            assert answer == b"" or answer[9:12] in (b"200", b"304", b"400", b"404", b"405", b"406"), request
    assert server.get("/health").status == 200


def test_many_connections_at_once(server, day):
    """Sixty clients keep theirs open and ask again and again."""
    expected = server.get(f"/scores/alerts/{day.name}").body
    failures = []

    def client():
        connection = server.connection()
        for path in (f"/scores/alerts/{day.name}", "/health", f"/scores/alerts/{day.name}?limit=1"):
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200 or (path.endswith(day.name) and body != expected):
                failures.append((path, answer.status))
        connection.close()

    clients = [threading.Thread(target=client) for _ in range(60)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    assert failures == []


def test_a_client_that_leaves_harms_nobody(serve, large_root):
    running = serve(large_root)
    for _ in range(5):
        slow_transfer(running)[0].close()
    assert running.get("/scores/alerts/latest").json()["total_alerts"] == ROWS


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_a_slow_transfer_finish(serve, large_root, number):
    running = serve(large_root)
    expected = running.get("/scores/alerts/latest").body
    client, begun = slow_transfer(running)
    running.process.send_signal(number)
    wait_for_message(running, "stopping")
    with client:
        answer = begun + read_all(client)
    assert answer.partition(b"\r\n\r\n")[2] == expected
    assert running.process.wait(timeout=30) == 0
    with pytest.raises(ConnectionRefusedError):
        running.socket()


def test_a_request_that_must_be_built_is_finished_too(serve, large_root):
    running = serve(large_root)
    with running.socket() as client:
        client.sendall(ask("/scores/alerts/latest"))
        running.process.send_signal(signal.SIGTERM)
        head, _, body = read_all(client).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert len(json.loads(body)["scores"]) == ROWS
    assert running.process.wait(timeout=30) == 0


def test_a_second_signal_ends_it_at_once(serve, large_root):
    running = serve(large_root)
    client, _ = slow_transfer(running)
    running.process.send_signal(signal.SIGTERM)
    wait_for_message(running, "stopping")
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(timeout=30) == 0
    client.close()
