"""Real peers: the official SDK 11 signs and verifies, a dendrite and an axon of SDK 10.5 ask and answer."""

import http.server
import json
import subprocess
import threading
import time

import pytest

from mining import ALICE, BOB, LATEST, SCORES, PeerError, create_hotkey, encoded, sha256

# --- SDK 11 asks us -----------------------------------------------------------------------------------------------


def test_what_sdk_11_signs_is_answered_with_the_apis_body_and_an_envelope(miner, api, sdk11):
    answer = miner.ask(sdk11)
    assert answer.status == 200
    body = api.get("/scores/alerts/latest").body
    assert answer.body == body
    assert answer.headers["X-Aml-Body-Sha256"] == sha256(body)
    assert answer.headers["X-Aml-Hotkey"] == BOB
    assert answer.headers["X-Aml-Snapshot-Sha256"] == api.get("/metadata/latest").json()["snapshot_sha256"]
    assert answer.headers["X-Aml-Processing-Date"] == api.get("/dates/latest").json()["latest_date"]
    assert answer.headers["X-Aml-Model-Version"] == "1.0.0"
    assert abs(int(answer.headers["X-Aml-Time"]) - time.time_ns()) < 60e9
    assert sdk11.verify(ss58=BOB, message=answer.envelope_lines(), signature=answer.headers["X-Aml-Signature"])
    payload = "\n".join(["btauth/1", "sr25519", "POST", SCORES, sha256(LATEST),
                         answer.sent["X-Bittensor-Nonce"], ALICE, BOB])
    assert answer.headers["X-Aml-Request-Sha256"] == sha256(payload.encode())


@pytest.mark.parametrize("kind, path", [("alert_scores", "/scores/alerts/"), ("alert_rankings", "/rankings/alerts/"),
                                        ("cluster_scores", "/scores/clusters/")])
def test_every_kind_of_every_day_is_answered(miner, api, sdk11, kind, path):
    date = api.get("/dates/latest").json()["latest_date"]
    answer = miner.ask(sdk11, json.dumps({"processing_date": date, "kind": kind}).encode())
    assert (answer.status, answer.body) == (200, api.get(path + date).body)
    assert answer.headers["X-Aml-Kind"] == kind


@pytest.mark.parametrize("coding", ["zstd", "gzip"])
def test_a_compressed_answer_has_the_hash_of_the_plain_one(miner, sdk11, coding):
    plain = miner.ask(sdk11)
    packed = miner.ask(sdk11, accept_encoding=coding)
    assert packed.headers["Content-Encoding"] == coding
    assert len(packed.body) < len(plain.body)
    assert packed.headers["X-Aml-Body-Sha256"] == plain.headers["X-Aml-Body-Sha256"]


def signed(sdk11, body=LATEST, **signing):
    return sdk11.sign_request(uri="//Alice", method="POST", path=SCORES, body=encoded(body),
                              **{"receiver": BOB, **signing})


def test_the_same_request_is_refused_when_it_is_replayed(miner, sdk11):
    headers = signed(sdk11)
    assert miner.send("POST", SCORES, LATEST, headers).status == 200
    again = miner.send("POST", SCORES, LATEST, headers)
    assert (again.status, "nonce was used before" in again.detail) == (401, True)


@pytest.mark.parametrize("method, target, body", [
    ("POST", SCORES, LATEST.replace(b"alert_scores", b"alert_rankings")),
    ("POST", SCORES, LATEST + b" "),
    ("POST", SCORES + "?a=1", LATEST),
    ("POST", SCORES + "?", LATEST),
])
def test_a_request_changed_on_its_way_is_refused(miner, sdk11, method, target, body):
    answer = miner.send(method, target, body, signed(sdk11))
    assert (answer.status, "signature" in answer.detail) == (401, True)


def test_another_method_or_path_is_not_served_at_all(miner, sdk11):
    assert miner.send("PUT", SCORES, LATEST, signed(sdk11)).status == 405
    assert miner.send("POST", "/v1/score", LATEST, signed(sdk11)).status == 404
    assert miner.send("POST", "/v1%2Fscores", LATEST, signed(sdk11)).status == 404


@pytest.mark.parametrize("shift_s, words", [(-11, "older than 10 seconds"), (3, "from the future")])
def test_stale_and_future_requests_are_refused(miner, sdk11, shift_s, words):
    answer = miner.ask(sdk11, nonce_ns=time.time_ns() + int(shift_s * 1e9))
    assert (answer.status, words in answer.detail) == (401, True)


def test_unbound_requests_and_those_for_others_are_refused(miner, sdk11):
    assert miner.ask(sdk11, receiver=None).status == 401
    assert miner.ask(sdk11, receiver=ALICE).status == 401
    headers = signed(sdk11, receiver=ALICE)
    headers["X-Bittensor-Receiver"] = BOB
    assert miner.send("POST", SCORES, LATEST, headers).status == 401


def test_other_schemes_are_refused_however_long_their_signatures(miner, sdk11):
    for scheme, size in [("ed25519", 128), ("hashed", 128), ("mldsa", 10_600)]:
        headers = {**signed(sdk11), "X-Bittensor-Crypto": scheme, "X-Bittensor-Signature": "0x" + "ab" * (size // 2)}
        answer = miner.send("POST", SCORES, LATEST, headers)
        assert (answer.status, "only sr25519" in answer.detail) == (401, True)


# --- we ask as SDK 11 would ----------------------------------------------------------------------------------------


@pytest.fixture
def validator(aml_miner, tmp_path):
    """Runs `aml-miner ask` as //Alice."""
    create_hotkey(aml_miner, tmp_path, "validator", "//Alice")

    def ask(port, *arguments, hotkey=BOB):
        return subprocess.run([aml_miner, "--log-format", "json", "ask", "--miner", f"127.0.0.1:{port}", "--hotkey",
                               hotkey, "--wallet-path", tmp_path, "--wallet", "validator", *map(str, arguments)],
                              capture_output=True, text=True, timeout=60)

    return ask


class Recorder(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((dict(self.headers), self.path, body))
        self.send_error(503)

    def log_message(self, *_):
        pass


def test_what_our_client_signs_sdk_11_accepts(validator, sdk11):
    server = http.server.HTTPServer(("127.0.0.1", 0), Recorder)
    server.seen = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        assert validator(server.server_port).returncode == 5
    finally:
        server.shutdown()
    (headers, path, body), = server.seen
    request = {"headers": headers, "method": "POST", "path": path, "receiver": BOB}
    assert sdk11.verify_request(body=encoded(body), **request) == ALICE
    with pytest.raises(PeerError, match="ReplayedRequest"):
        sdk11.verify_request(body=encoded(body), **request)
    with pytest.raises(PeerError, match="BadSignature"):
        sdk11.verify_request(body=encoded(body + b" "), **request)


def test_ask_keeps_what_was_proved(miner, api, validator, tmp_path, sdk11):
    output, evidence = tmp_path / "scores.json", tmp_path / "evidence.json"
    done = validator(miner.port, "--output", output, "--evidence", evidence, "--challenge", "tell me")
    assert done.returncode == 0, done.stderr
    assert output.read_bytes() == api.get("/scores/alerts/latest").body
    kept = json.loads(evidence.read_text())
    envelope = kept["envelope"]
    assert envelope["request_sha256"] == sha256(kept["request_payload"].encode())
    assert kept["request_payload"].split("\n")[4] == sha256(kept["request_body"].encode())
    assert json.loads(kept["request_body"])["challenge"] == "tell me"
    lines = "\n".join(["aml-envelope/1", "sr25519",
                       *(str(envelope[name]) for name in
                         ["hotkey", "request_sha256", "network", "processing_date", "kind", "snapshot_sha256",
                          "body_sha256", "model_version", "time_ns"])])
    assert sdk11.verify(ss58=BOB, message=lines, signature=envelope["signature"])
    assert json.loads(done.stdout)["envelope"] == envelope


def test_ask_writes_behind_a_link_and_keeps_a_mode(miner, api, validator, tmp_path):
    evidence = tmp_path / "evidence.json"
    evidence.write_text("old")
    evidence.chmod(0o600)
    (tmp_path / "link").symlink_to("scores.json")
    assert validator(miner.port, "--output", tmp_path / "link", "--evidence", evidence).returncode == 0
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "scores.json").read_bytes() == api.get("/scores/alerts/latest").body
    assert evidence.stat().st_mode & 0o777 == 0o600 and "envelope" in json.loads(evidence.read_text())
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_ask_says_before_it_asks_what_it_cannot_write(miner, validator, tmp_path):
    for option in ("--output", "--evidence"):
        done = validator(miner.port, option, tmp_path / "nowhere" / "file")
        assert done.returncode == 4 and "its folder does not exist" in done.stderr, done.stderr
        assert validator(miner.port, option, tmp_path).returncode == 2


def test_ask_says_why_it_was_refused(miner, validator):
    for arguments, exit_code, words in [(["--date", "2020-01-01"], 4, "no batch for 2020-01-01"),
                                        (["--snapshot-sha256", "0" * 64], 2, "were made from the snapshot")]:
        done = validator(miner.port, *arguments)
        assert (done.returncode, words in done.stderr) == (exit_code, True), done.stderr
    assert validator(miner.port, hotkey=ALICE).returncode == 6


# --- SDK 10.5 ------------------------------------------------------------------------------------------------------

FIELDS = {"processing_date": "latest", "kind": "alert_scores", "challenge": "c1"}


def test_a_dendrite_gets_its_scores(miner, api, sdk10, sdk11):
    answer = sdk10.ask(uri="//Alice", port=miner.port, hotkey=BOB, **FIELDS)
    assert (int(answer["status"]), answer["message"], answer["axon_hotkey"]) == (200, "Success", BOB)
    assert answer["body"].encode() == api.get("/scores/alerts/latest").body
    envelope = answer["envelope"]
    assert envelope["body_sha256"] == sha256(answer["body"].encode())
    assert envelope["request_sha256"] == sha256(answer["message_signed"].encode())


@pytest.mark.parametrize("change, status", [
    ({"uri": "//Eve"}, 403),
    ({"hotkey": ALICE}, 401),  # signed for another axon
    ({"tamper": {"signature": "0x" + "00" * 64}}, 401),
    ({"tamper": {"signature": "0x00"}}, 400),
    ({"nonce_shift_s": -17}, 401),
    ({"nonce_shift_s": 5}, 401),
    ({"kind": "scores"}, 400),
    ({"processing_date": "2020-01-01"}, 404),
])
def test_a_dendrite_is_refused_as_an_axon_would(miner, sdk10, change, status):
    answer = sdk10.ask(**{"uri": "//Alice", "port": miner.port, "hotkey": BOB, **FIELDS, **change})
    assert int(answer["status"]) == status, answer
    assert answer["body"] is None
    assert len(answer["message"]) > 10


def test_a_forged_signature_is_no_sign_that_a_validator_reached_the_miner(mine, api, sdk10):
    miner = mine(api.port, "--v10")
    forged = sdk10.ask(uri="//Alice", port=miner.port, hotkey=BOB, **FIELDS, tamper={"signature": "0x" + "00" * 64})
    assert int(forged["status"]) == 401 and miner.info()["validator_seconds_ago"] is None
    assert int(sdk10.ask(uri="//Alice", port=miner.port, hotkey=BOB, **FIELDS)["status"]) == 200
    assert miner.info()["validator_seconds_ago"] >= 0


def test_a_dendrites_nonce_serves_once(miner, sdk10):
    first, second = sdk10.ask(uri="//Alice", port=miner.port, hotkey=BOB, twice=True, **FIELDS)
    assert (int(first["status"]), int(second["status"])) == (200, 401)


def test_the_bridge_is_closed_unless_asked_for(mine, api, sdk10):
    closed = mine(api.port)
    assert int(sdk10.ask(uri="//Alice", port=closed.port, hotkey=BOB, **FIELDS)["status"]) == 404


def test_our_bridge_client_is_answered_by_a_real_axon(validator, sdk10, tmp_path):
    body = '{"scores":[{"alert_id":"ä\\"1","score":0.5}]}'
    axon = sdk10.start_axon(uri="//Bob", body=body)
    try:
        done = validator(axon["port"], "--v10", "--output", tmp_path / "scores.json")
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "scores.json").read_text() == body
        assert validator(axon["port"], "--v10", hotkey=ALICE).returncode == 6
    finally:
        sdk10.stop_axon(port=axon["port"])
