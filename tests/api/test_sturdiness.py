"""Clients that mean harm, or too many of them; the server goes on for everyone else."""

import os
import pathlib
import resource
import select
import socket
import subprocess
import sys
import time

import pytest

from serving import read_all

HERE = pathlib.Path(__file__).resolve().parent
TOKEN = "0123456789abcdef0123456789abcdef"


def resident_mb(running):
    status = pathlib.Path(f"/proc/{running.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def sockets_of(running):
    targets = []
    for entry in pathlib.Path(f"/proc/{running.process.pid}/fd").iterdir():
        try:
            targets.append(os.readlink(entry))
        except FileNotFoundError:
            pass  # closed meanwhile
    return sum(target.startswith("socket:") for target in targets)


def test_malformed_requests_harm_nobody(serve, day):
    """A shortened run; TEST_MALFORMED_REQUESTS=1000000 is the whole one."""
    count = int(os.environ.get("TEST_MALFORMED_REQUESTS", "20000"))
    running = serve(day.parent)

    def send(number, seed):
        done = subprocess.run([sys.executable, HERE / "malformed.py", "127.0.0.1", str(running.port), str(number), str(seed)],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    send(count // 10, 1)  # buffers and caches have grown after these
    before = resident_mb(running)
    seen = send(count, 2)
    after = resident_mb(running)
    print(f"resident before {before:.1f} MB, after {after:.1f} MB; answers {seen}")
    assert after < before + 32
    assert running.get(f"/scores/alerts/{day.name}").status == 200


def test_many_idle_connections_are_held(serve, day):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 10_000
    if hard != resource.RLIM_INFINITY and hard < wanted + 500:
        wanted = hard - 500
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted + 400), hard))
    running = serve(day.parent, "--max-connections", wanted + 100, "--request-timeout", 600)
    before = resident_mb(running)
    idle = []

    def connections():
        return next(line for line in running.get("/metrics").body.decode().splitlines()
                    if line.startswith("aml_http_connections "))

    try:
        for _ in range(wanted):
            idle.append(running.socket())
            idle[-1].sendall(b"GET /hea")
        assert running.get("/health").status == 200
        # Another worker may not have seen yet that the one before was closed.
        deadline = time.monotonic() + 60
        while (counted := connections()) != f"aml_http_connections {wanted + 1}" and time.monotonic() < deadline:
            time.sleep(0.05)
        assert counted == f"aml_http_connections {wanted + 1}"
        assert resident_mb(running) - before < wanted * 0.02  # 20 kB each
        for client in idle[:: wanted // 50]:
            client.sendall(b"lth HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert read_all(client).startswith(b"HTTP/1.1 200 OK")
    finally:
        for client in idle:
            client.close()


def test_connections_beyond_the_limit_are_refused(serve, day):
    running = serve(day.parent, "--max-connections", 3)
    held = [running.socket() for _ in range(3)]
    for client in held:
        client.sendall(b"GET /version HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
    answer = running.get("/health")
    assert answer.status == 503 and "connections" in answer.detail
    for client in held:
        client.close()
    deadline = time.monotonic() + 10
    while running.get("/health").status != 200:
        assert time.monotonic() < deadline


def test_slow_senders_are_given_up(serve, day):
    """Slow-loris: a byte now and then does not keep a request alive."""
    running = serve(day.parent, "--request-timeout", 0.5)
    clients = [running.socket() for _ in range(50)]
    open_ones = set(clients)
    deadline = time.monotonic() + 20
    while open_ones:
        assert time.monotonic() < deadline
        for client in list(open_ones):
            try:
                client.send(b"X: y\r\n")
            except OSError:
                open_ones.discard(client)
        gone, _, _ = select.select(list(open_ones), [], [], 0.05) if open_ones else ([], [], [])
        open_ones.difference_update(gone)
        assert running.get("/health").status == 200
    for client in clients:
        client.close()


def test_silent_and_half_closed_clients_are_given_up(serve, day, tmp_path):
    """With and without TLS: who says nothing, or will say nothing more, does not keep a connection."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                    tmp_path / "key.pem", "-out", tmp_path / "cert.pem", "-subj", "/CN=x"], check=True, capture_output=True)
    for tls in ([], ["--tls-cert", tmp_path / "cert.pem", "--tls-key", tmp_path / "key.pem"]):
        running = serve(day.parent, "--idle-timeout", 0.5, "--request-timeout", 0.5, *tls)
        silent = [running.socket() for _ in range(50)]
        half_closed = [running.socket() for _ in range(150)]
        for i, client in enumerate(half_closed):
            client.sendall((b"", b"GET /hea", b"POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")[i % 3])
            client.shutdown(socket.SHUT_WR)
        for client in silent + half_closed:
            try:
                assert b"200 OK" not in read_all(client)
            except ConnectionResetError:
                pass  # it closed before it had read all
            client.close()
        deadline = time.monotonic() + 20
        while sockets_of(running) > 10:
            assert time.monotonic() < deadline


def test_slow_readers_are_given_up(serve, day):
    running = serve(day.parent, "--stall-timeout", 0.5)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", running.port))
    request = f"GET /scores/alerts/{day.name} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    client.sendall(request * 200)  # reads nothing of what it asks for
    deadline = time.monotonic() + 20
    while not any(line["message"] == "request cut off" for line in running.log()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    client.close()
    assert running.get("/health").status == 200


def test_readers_slower_than_they_may_be_are_given_up(serve, day):
    """They take bytes all the time, so that no answer stalls."""
    running = serve(day.parent, "--stall-timeout", 1, "--min-bytes-per-second", 1_000_000_000)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", running.port))
    client.sendall(f"GET /scores/alerts/{day.name} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 200)
    deadline = time.monotonic() + 20
    while not any(line["message"] == "request cut off" for line in running.log()):
        assert time.monotonic() < deadline
        try:
            client.recv(1000)
        except ConnectionResetError:
            pass
        time.sleep(0.02)
    client.close()


@pytest.mark.parametrize("target", [
    "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/web/../../etc/passwd", "/web/%2e%2e/%2e%2e/etc/passwd",
    "/vendor/..%2f..%2fetc%2fpasswd", "/web/.%2e/x", "//etc/passwd", "/scores/alerts/..%5c..", "/web/docs/%00",
    "/alerts/latest/" + "a" * 5_000, "/" + "a/" * 3_000, "/" + "%41" * 2_000, "/?" + "a=b&" * 1_500])
def test_absurd_paths_lead_nowhere(server, target):
    answer = server.get(target)
    assert answer.status in (400, 404), answer.status
    assert b"root:" not in answer.body


def test_a_path_of_100_kilobytes_is_refused(server):
    with server.socket() as client:
        client.sendall(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert read_all(client).startswith(b"HTTP/1.1 414 ")


def test_tokens_guard_what_is_not_open(serve, day, tmp_path):
    (tmp_path / "tokens").write_text(f"# ours\n{TOKEN}\n")
    running = serve(day.parent, "--token-file", tmp_path / "tokens")
    path = f"/scores/alerts/{day.name}?limit=1"
    for fields in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
        refused = running.get(path, **fields)
        assert refused.status == 401 and refused.headers["WWW-Authenticate"] == "Bearer"
    for _ in range(3):  # also where the answer is at hand
        assert running.get(path, Authorization=f"Bearer {TOKEN}").status == 200
        assert running.get(path).status == 401
    assert running.get("/health").status == 200
    assert running.get("/metrics").status == 401
    assert "bearer" in running.get("/openapi.json").json()["components"]["securitySchemes"]
    assert TOKEN not in running.log_path.read_text()


def test_tls_is_spoken_where_asked_for(aml_miner, serve, day, tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    running = serve(day.parent, "--tls-cert", tmp_path / "cert.pem", "--tls-key", tmp_path / "key.pem")
    url = f"https://127.0.0.1:{running.port}/scores/alerts/{day.name}"
    for version in ("--tlsv1.2", "--tlsv1.3"):
        done = subprocess.run(["curl", "-s", "--cacert", tmp_path / "cert.pem", version, url, url], capture_output=True)
        assert done.returncode == 0 and done.stdout.count(b'"total_alerts"') == 4
    with running.socket() as client:  # who speaks plainly is hung up on
        client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"HTTP/1.1 200" not in read_all(client)


def test_tls_files_that_cannot_be_used_are_named(aml_miner, day, tmp_path):
    for name in ("one", "other"):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                        tmp_path / f"{name}.key", "-out", tmp_path / f"{name}.pem", "-subj", "/CN=x"], check=True, capture_output=True)
    subprocess.run(["openssl", "pkey", "-in", tmp_path / "one.key", "-aes256", "-passout", "pass:secret", "-out", tmp_path / "locked.key"],
                   check=True, capture_output=True)
    (tmp_path / "noise").write_text("noise")
    for certificate, key, code, words in (
        ("one.pem", None, 2, "belong together"), (None, "one.key", 2, "belong together"),
        ("nowhere", "one.key", 4, "nowhere"), ("one.pem", "nowhere", 4, "nowhere"),
        ("noise", "one.key", 3, "holds no certificate"), ("one.pem", "noise", 3, "holds no private key"),
        ("one.pem", "other.key", 3, "fits the certificate"), ("one.pem", "locked.key", 3, "without a passphrase"),
    ):
        arguments = ["--tls-cert", tmp_path / certificate] if certificate else []
        arguments += ["--tls-key", tmp_path / key] if key else []
        done = subprocess.run([aml_miner, "serve", "--output-root", day.parent, "--port", "0", *arguments],
                              capture_output=True, text=True, timeout=30, start_new_session=True)
        assert (done.returncode, words in done.stderr) == (code, True), done.stderr


def test_other_origins_read_only_where_named(serve, server, day):
    assert "Access-Control-Allow-Origin" not in server.get("/version", Origin="https://a.example").headers
    running = serve(day.parent, "--cors-origin", "https://a.example")
    for _ in range(2):  # also where the answer is at hand
        assert running.get("/version", Origin="https://a.example").headers["Access-Control-Allow-Origin"] == "https://a.example"
        assert "Access-Control-Allow-Origin" not in running.get("/version", Origin="https://b.example").headers
    assert running.request("OPTIONS", "/version", Origin="https://a.example").status == 204


def test_a_public_address_without_a_token_is_warned_about(serve, day):
    running = serve(day.parent, "--host", "0.0.0.0")
    assert any(line["level"] == "warning" and "token" in line["message"] for line in running.log())


def test_metrics_count_by_route(server):
    server.get("/version")
    server.get("/nothing")
    text = server.get("/metrics").body.decode()
    assert 'aml_http_requests_total{route="/version",status="200"}' in text
    assert 'aml_http_requests_total{route="none",status="404"}' in text
    assert 'aml_http_request_duration_seconds_bucket{route="/version",le="0.0001"}' in text


def test_the_documentation_is_served_from_disk(server):
    page = server.get("/docs")
    assert page.status == 200 and page.headers["Content-Type"].startswith("text/html")
    text = page.body.decode()
    assert "//" not in text.replace("<!doctype", "")  # nothing is loaded from elsewhere
    for path in ("/web/docs/docs.js", "/vendor/swagger-ui-dist/swagger-ui-bundle.js", "/vendor/swagger-ui-dist/swagger-ui.css"):
        assert path in text and server.get(path).status == 200
