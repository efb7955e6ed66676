"""The validator's server: its port comes before a round, SIGHUP ends nothing, a stop waits for no round."""

import datetime
import json
import signal
import socket
import subprocess
import time

import pytest

from listening import Listening

DAY = "2025-11-10"


def run(aml_miner, *arguments):
    subprocess.run([aml_miner, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)


@pytest.fixture(scope="module")
def sot(aml_miner, tmp_path_factory):
    """The URL of a source of truth with one small day."""
    folder = tmp_path_factory.mktemp("sot")
    run(aml_miner, "simulate", "--network", "bitcoin", "--processing-date", DAY, "--days", 7, "--scale", 0.002, "--seed", 1,
        "--output-dir", folder / "simulated" / DAY)
    url = f"file://{folder}/sot"
    run(aml_miner, "publish", "--input-dir", folder / "simulated" / DAY, "--sot", url)
    return url


@pytest.fixture
def arguments(aml_miner, sot, tmp_path):
    """What `validate` is called with; its one miner listens, and answers nothing."""
    run(aml_miner, "wallet", "create", "--wallet-path", tmp_path / "wallets", "--wallet", "validator", "--dev", "//Alice")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        chain = tmp_path / "chain.json"
        chain.write_text(json.dumps({"netuid": 7, "block": 100, "neurons": [
            {"uid": 0, "hotkey": "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY", "stake": 1000, "validator_permit": True},
            {"uid": 1, "hotkey": "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty", "stake": 0, "validator_permit": False,
             "host": "127.0.0.1", "port": silent.getsockname()[1]}]}))
        yield ["--network", "bitcoin", "--days", "7", "--sot", sot, "--data-dir", tmp_path / "data", "--wallet-path",
               tmp_path / "wallets", "--wallet", "validator", "--chain", f"fixture:{chain}", "--netuid", "7", "--no-weights",
               "--deadline", "600"]


def test_a_port_that_is_taken_ends_it_before_a_round(aml_miner, arguments, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = subprocess.run([aml_miner, "validate", *map(str, arguments), "--port", str(taken.getsockname()[1])],
                              capture_output=True, text=True, timeout=300)
    assert done.returncode == 5 and "is taken" in done.stderr, done.stderr
    assert not (tmp_path / "data" / "snapshots" / DAY).exists()


def test_it_answers_while_a_round_is_under_way_and_ends_in_the_middle(aml_miner, arguments, tmp_path):
    running = Listening()
    running.start(aml_miner, "validate", *arguments)
    deadline = time.monotonic() + 300
    while not (tmp_path / "data" / "snapshots" / DAY).exists():
        assert running.process.poll() is None and time.monotonic() < deadline, running.log_path.read_text()
        time.sleep(0.05)
    running.process.send_signal(signal.SIGHUP)
    while not any(line["message"].startswith("SIGHUP") for line in running.log()):
        assert running.process.poll() is None and time.monotonic() < deadline, running.log_path.read_text()
        time.sleep(0.05)
    assert running.send("GET", "/health").status == 503  # no round has been judged yet
    assert running.send("GET", "/metrics").status == 200
    assert running.send("GET", "/ensemble/scores/latest").status == 401  # nobody is named
    assert running.send("GET", "/ensemble/scores/latest", headers={"Authorization": "Bearer "}).status == 401
    running.stop()


def test_the_ensemble_is_for_its_readers_and_sighup_reads_who_they_are(aml_miner, arguments, tmp_path):
    tokens = tmp_path / "readers"
    tokens.write_text("first-reader-0123456\n")
    tokens.chmod(0o600)
    running = Listening()
    running.start(aml_miner, "validate", *arguments, "--ensemble-tokens", tokens)

    def ask(path, token=None):
        return running.send("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {}).status

    for path in ("/ensemble/scores/latest", "/ensemble/rankings/latest", "/ensemble/scores/2025-11-10?limit=1"):
        assert ask(path) == ask(path, "first-reader-012345") == 401
    assert ask("/ensemble/scores/latest", "first-reader-0123456") == 503  # there is none yet
    assert ask("/validation/latest") == 503 and ask("/metrics") == ask("/openapi.json") == 200
    tokens.write_text("other-reader-0123456\n")
    running.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 300
    while ask("/ensemble/scores/latest", "other-reader-0123456") == 401:
        assert running.process.poll() is None and time.monotonic() < deadline, running.log_path.read_text()
        time.sleep(0.05)
    assert ask("/ensemble/scores/latest", "first-reader-0123456") == 401
    assert "reader-0123456" not in running.log_path.read_text()
    running.stop()


@pytest.mark.parametrize("content, code", [(None, 4), ("", 3), ("short\n", 3)])
def test_a_file_of_readers_that_names_none_ends_it_at_once(aml_miner, arguments, tmp_path, content, code):
    if content is not None:
        (tmp_path / "readers").write_text(content)
    done = subprocess.run([aml_miner, "validate", *map(str, arguments), "--ensemble-tokens", tmp_path / "readers"],
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == code and str(tmp_path / "readers") in done.stderr, done.stderr
    assert not (tmp_path / "data" / "snapshots" / DAY).exists()


def test_whoever_takes_no_answer_is_cut_off(aml_miner, arguments):
    running = Listening()
    running.start(aml_miner, "validate", *arguments, "--answer-stall-timeout", 0.5)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", running.port))
        client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 400)  # and reads nothing
        deadline = time.monotonic() + 300
        while not any(line["message"] == "request cut off" for line in running.log()):
            assert running.process.poll() is None and time.monotonic() < deadline, running.log_path.read_text()
            time.sleep(0.05)
    assert running.send("GET", "/metrics").status == 200
    running.stop()


@pytest.mark.parametrize("pause", (1, 3600))
def test_it_looks_at_the_sot_once_a_pause(aml_miner, arguments, tmp_path, pause):
    """An SOT in which nothing is: each look leaves a line."""
    (tmp_path / "empty").mkdir()
    arguments[arguments.index("--sot") + 1] = f"file://{tmp_path}/empty"
    running = Listening()
    running.start(aml_miner, "validate", *arguments, "--poll", pause)

    def looks():
        return [line["time"] for line in running.log() if line["message"] == "a new day has to wait"]

    deadline = time.monotonic() + 300
    while len(looks()) < (3 if pause == 1 else 1):
        assert running.process.poll() is None and time.monotonic() < deadline, running.log_path.read_text()
        time.sleep(0.05)
    if pause == 1:
        seconds = [datetime.datetime.fromisoformat(time) for time in looks()]
        assert all(later - earlier > datetime.timedelta(seconds=0.9) for earlier, later in zip(seconds, seconds[1:]))
    else:
        time.sleep(2.5)
        assert len(looks()) == 1
    running.stop()
