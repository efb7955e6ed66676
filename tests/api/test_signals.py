"""SIGHUP, a log that nobody reads, TLS as it should be."""

import http.client
import json
import os
import resource
import signal
import ssl
import subprocess
import time

import pytest

from serving import Server

OLD = "0123456789abcdef0123456789abcdef"
NEW = "fedcba9876543210fedcba9876543210"


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def make_certificate(folder, name, *options, key=("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")):
    openssl("req", "-x509", "-newkey", *key, "-nodes", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem",
            "-days", "30", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", *options)
    os.chmod(folder / f"{name}.key", 0o600)
    return folder / f"{name}.pem", folder / f"{name}.key"


def wait_for_line(running, start, count=1):
    deadline = time.monotonic() + 60
    while sum(line["message"].startswith(start) for line in running.log()) < count:
        assert running.process.poll() is None and time.monotonic() < deadline, running.log_path.read_text()
        time.sleep(0.01)


def name_served(running):
    """The common name of the certificate that the server shows."""
    certificate = ssl.get_server_certificate(("127.0.0.1", running.port))
    text = subprocess.run(["openssl", "x509", "-noout", "-subject"], input=certificate, text=True, capture_output=True, check=True)
    return text.stdout.strip().rpartition("=")[2].strip()


def test_sighup_reads_tokens_and_certificates_anew(serve, day, tmp_path):
    certificate, key = make_certificate(tmp_path, "first")
    tokens = tmp_path / "tokens"
    tokens.write_text(OLD + "\n")
    running = serve(day.parent, "--token-file", tokens, "--tls-cert", certificate, "--tls-key", key)
    context = ssl._create_unverified_context()
    kept = http.client.HTTPSConnection("127.0.0.1", running.port, context=context, timeout=60)

    def status(token):
        kept.request("GET", "/version", headers={"Authorization": f"Bearer {token}"})
        response = kept.getresponse()
        response.read()
        return response.status

    assert (status(OLD), status(NEW), name_served(running)) == (200, 401, "first")
    second, second_key = make_certificate(tmp_path, "second")
    second.rename(certificate)
    second_key.rename(key)
    tokens.write_text(NEW + "\n")
    running.process.send_signal(signal.SIGHUP)
    wait_for_line(running, "SIGHUP: tokens and certificates were read anew")
    # On the connection that was open before, too.
    assert (status(OLD), status(NEW), name_served(running)) == (401, 200, "second")
    # Refused whole: the token would be all right.
    tokens.write_text(OLD + "\n")
    certificate.write_text("noise")
    running.process.send_signal(signal.SIGHUP)
    wait_for_line(running, "SIGHUP: nothing changes")
    assert (status(OLD), status(NEW), name_served(running)) == (401, 200, "second")
    tokens.write_text("")
    running.process.send_signal(signal.SIGHUP)
    wait_for_line(running, "SIGHUP: nothing changes", 2)
    assert status(NEW) == 200
    assert OLD not in running.log_path.read_text() and NEW not in running.log_path.read_text()


def test_sighup_ends_nothing(serve, day):
    running = serve(day.parent)
    for number in range(3):
        running.process.send_signal(signal.SIGHUP)
        wait_for_line(running, "SIGHUP", number + 1)
        assert running.get("/health").status == 200


@pytest.mark.parametrize("reader", ["stands still", "is gone"])
def test_a_log_that_nobody_reads_stops_nobody(aml_miner, day, tmp_path, reader):
    """The pipe holds some 64 kB; lines beyond are dropped and counted, and told once someone reads again."""
    read, write = os.pipe()
    port_file = tmp_path / "port"
    process = subprocess.Popen([aml_miner, "--log-format", "json", "serve", "--output-root", day.parent, "--port", "0",
                                "--port-file", port_file], stderr=write, stdin=subprocess.DEVNULL)
    os.close(write)
    while not (port_file.exists() and port_file.read_text()):
        time.sleep(0.005)
    if reader == "is gone":
        os.close(read)
    connection = http.client.HTTPConnection("127.0.0.1", int(port_file.read_text()), timeout=60)

    def get(target):
        connection.request("GET", target)
        response = connection.getresponse()
        return response.status, response.read().decode()

    for _ in range(6000):
        assert get("/version?" + "x" * 700)[0] == 400

    def dropped():
        return next(float(line.split()[1]) for line in get("/metrics")[1].splitlines()
                    if line.startswith("aml_log_lines_dropped_total "))

    deadline = time.monotonic() + 60
    while dropped() == 0:
        get("/version?" + "x" * 700)
        assert time.monotonic() < deadline
    process.send_signal(signal.SIGTERM)
    if reader == "is gone":
        assert process.wait(timeout=60) == 0
        return
    # Nobody reads to the end either.
    assert process.wait(timeout=60) == 0
    os.set_blocking(read, False)
    data = b""
    while part := os.read(read, 1 << 16):
        data += part
    os.close(read)
    lines = data.splitlines()
    assert all(json.loads(line) for line in lines[:-1])


def test_dropped_lines_are_told_once_someone_reads_again(aml_miner, day, tmp_path):
    read, write = os.pipe()
    port_file = tmp_path / "port"
    process = subprocess.Popen([aml_miner, "--log-format", "json", "serve", "--output-root", day.parent, "--port", "0",
                                "--port-file", port_file], stderr=write, stdin=subprocess.DEVNULL)
    os.close(write)
    while not (port_file.exists() and port_file.read_text()):
        time.sleep(0.005)
    connection = http.client.HTTPConnection("127.0.0.1", int(port_file.read_text()), timeout=60)
    for _ in range(6000):
        connection.request("GET", "/version?" + "x" * 700)
        connection.getresponse().read()
    data = b""
    while b"log lines were dropped" not in data or not data.endswith(b"\n"):
        data += os.read(read, 1 << 16)
    told = next(json.loads(line) for line in data.splitlines() if b"log lines were dropped" in line)
    assert told["level"] == "warning" and told["lines"] > 0
    process.send_signal(signal.SIGTERM)
    while part := os.read(read, 1 << 16):
        data += part
    assert process.wait(timeout=60) == 0
    os.close(read)
    requests = sum(b'"message":"request"' in line for line in data.splitlines())
    # Every request has its line, or is counted.
    counted = sum(json.loads(line)["lines"] for line in data.splitlines() if b"log lines were dropped" in line)
    assert requests + counted == 6000


def connect(running, **settings):
    context = ssl._create_unverified_context()
    for name, value in settings.items():
        if name == "ciphers":
            context.set_ciphers(value)
        else:
            setattr(context, name, value)
    import socket
    with socket.create_connection(("127.0.0.1", running.port), timeout=60) as raw, context.wrap_socket(raw) as secure:
        return secure.version(), secure.cipher()[0], secure.session


@pytest.mark.parametrize("key", [("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"), ("rsa:2048",), ("ed25519",)])
def test_tls_has_forward_secrecy_and_authenticated_encryption_alone(serve, day, tmp_path, key):
    certificate, private = make_certificate(tmp_path, "own", key=key)
    running = serve(day.parent, "--tls-cert", certificate, "--tls-key", private)
    tls12 = {"maximum_version": ssl.TLSVersion.TLSv1_2}
    for suites in ("ECDHE+AESGCM", "ECDHE+CHACHA20"):
        version, suite, session = connect(running, ciphers=suites, **tls12)
        assert version == "TLSv1.2" and suite.startswith("ECDHE")
        assert not session.has_ticket
    assert connect(running)[0] == "TLSv1.3"
    for weak in ("AES128-GCM-SHA256", "AES256-SHA", "ECDHE-RSA-AES128-SHA256", "ECDHE-ECDSA-AES128-SHA256",
                 "ECDHE-RSA-AES256-SHA", "ECDHE-ECDSA-AES256-SHA", "DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES256-SHA"):
        with pytest.raises(ssl.SSLError):
            connect(running, ciphers=weak + ":@SECLEVEL=0", **tls12)
    for old in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            connect(running, minimum_version=old, maximum_version=old, ciphers="ALL:@SECLEVEL=0")


def test_certificates_are_checked_at_the_start(aml_miner, day, tmp_path):
    def start(certificate, key):
        done = subprocess.run([aml_miner, "serve", "--output-root", day.parent, "--port", "0", "--tls-cert", certificate,
                               "--tls-key", key], capture_output=True, text=True, timeout=60, start_new_session=True)
        return done.returncode, done.stderr

    expired = make_certificate(tmp_path, "expired")
    openssl("x509", "-in", expired[0], "-signkey", expired[1], "-days", "-1", "-out", tmp_path / "past.pem")
    code, words = start(tmp_path / "past.pem", expired[1])
    assert code == 3 and "expired on" in words, words
    short_key = make_certificate(tmp_path, "short", key=("rsa:1024",))
    code, words = start(*short_key)
    assert code == 3 and "short.pem" in words, words
    client = make_certificate(tmp_path, "client", "-addext", "extendedKeyUsage=clientAuth")
    code, words = start(*client)
    assert code == 3 and "not meant for a server" in words, words
    first, second = make_certificate(tmp_path, "one"), make_certificate(tmp_path, "two")
    (tmp_path / "both.pem").write_text(first[0].read_text() + second[0].read_text())
    code, words = start(tmp_path / "both.pem", first[1])
    assert code == 3 and "number 2 does not vouch" in words, words


def test_certificates_that_end_soon_and_keys_for_all_are_warned_about(serve, day, tmp_path):
    certificate, key = make_certificate(tmp_path, "own")
    openssl("x509", "-in", certificate, "-signkey", key, "-days", "3", "-out", tmp_path / "soon.pem")
    os.chmod(key, 0o644)
    running = serve(day.parent, "--tls-cert", tmp_path / "soon.pem", "--tls-key", key)
    warnings = [line["message"] for line in running.log() if line["level"] == "warning"]
    assert any("expires soon" in words for words in warnings) and any("private key" in words for words in warnings)


def test_threads_that_cannot_be_made_end_the_start_with_a_sentence(aml_miner, day):
    def little_room():
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))

    done = subprocess.run([aml_miner, "serve", "--output-root", day.parent, "--port", "0", "--threads", "1024"],
                          capture_output=True, text=True, timeout=120, preexec_fn=little_room, start_new_session=True)
    assert done.returncode == 5 and "--threads" in done.stderr, done.stderr


def test_a_server_that_is_stopped_twice_ends_at_once(aml_miner, day, tmp_path):
    with Server(aml_miner, day.parent) as running:
        client = running.socket()
        client.sendall(b"GET /scores/alerts/latest HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
        time.sleep(0.1)
        running.process.send_signal(signal.SIGTERM)
        wait_for_line(running, "stopping")
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(timeout=60) == 0
        client.close()
