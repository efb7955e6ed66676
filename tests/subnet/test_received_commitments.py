"""Commitments without a chain: a real miner posts its root to a real validator, whose own clock tells the deadline; and who would cheat it."""

import base64
import hashlib
import http.server
import json
import os
import pathlib
import struct
import subprocess
import threading
import time

import pytest

from hostile_subnet import DATE, HostileSubnet
from listening import Listening
from mining import BOB, Miner
from serving import Server
from test_commitments import DEADLINE_MS, steals, wait_for

PATH = "/v1/commitments"
FAKETIME = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
GUESSED_ROOT, OTHER_ROOT = "ab" * 32, "cd" * 32


def with_length(*fields):
    return b"".join(struct.pack(">I", len(field)) + field for field in fields)


def committed_by(hotkey, rows, snapshot_sha256, salt=bytes(32)):
    """Root and opening, as docs/protocol.md has them and without a line of the program's."""
    lines = ["aml-body/1", DATE, "alert_scores", str(len(rows))]
    for alert, score in sorted(rows, key=lambda row: row[0].encode()):
        lines.append(f"{len(alert.encode())}:{alert} {struct.pack('>d', score).hex()}")
    body = hashlib.sha256("".join(line + "\n" for line in lines).encode()).digest()
    texts = ["aml-commitment/1", "", "7", hotkey, "bitcoin", "7", DATE, "alert_scores", snapshot_sha256]
    leaf = hashlib.sha256(with_length(*(text.encode() for text in texts), salt, body)).digest()
    root = hashlib.sha256(b"\0" + with_length(b"bitcoin/7/alert_scores", leaf)).hexdigest()
    return root, f"aml-opening/1:{salt.hex()}:bitcoin/7/alert_scores={leaf.hex()}"


def opens(exchange):
    """What it committed to itself."""
    exchange.answer(exchange.miner.body(), fields=[("X-Aml-Opening", exchange.miner.facts["opening"])])


class Validator(Listening):
    pass


class Reluctant(http.server.BaseHTTPRequestHandler):
    """A second validator: out of order at first."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.headers["X-Bittensor-Receiver"], body))
        is_ready = self.server.is_ready
        self.send_response(200 if is_ready else 503)
        self.end_headers()
        self.wfile.write(json.dumps({"received_at_ms": DEADLINE_MS - 60_000} if is_ready else {"detail": "not now"}).encode())

    def log_message(self, *_):
        pass


class Market(HostileSubnet):
    """At first it is an hour before the deadline, by the clock of validator and miner."""

    def __init__(self, aml_miner, folder):
        super().__init__(aml_miner, folder)
        (meta,) = (folder / "sot").rglob(f"{DATE}/7/META.json")
        os.utime(meta, 2 * (DEADLINE_MS / 1000 - 12 * 3600,))
        self.clock = folder / "clock"
        self.set_clock(DEADLINE_MS / 1000 - 3600)
        for name, kind in {"thief": steals, "two-faced": opens, "late": opens, "by-the-book": opens, "flooding": opens}.items():
            self.miners[name] = self.miner(name, kind, model=len(name))
        self.state = self.chain("chain", [(name, "127.0.0.1", running.port) for name, running in self.miners.items()])
        self.names[BOB] = "victim"
        graph = json.loads(self.state.read_text())
        graph["neurons"].append({"uid": len(graph["neurons"]), "hotkey": BOB})
        self.state.write_text(json.dumps(graph))
        self.data_dir = folder / "validator"
        self.judge = self.victim = None
        self.second = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Reluctant)
        self.second.seen, self.second.is_ready = [], False
        threading.Thread(target=self.second.serve_forever, daemon=True).start()
        self.api = Server(aml_miner, folder / "output", "--commitments", folder / "commitments")
        snapshot = json.loads((folder / "output" / DATE / "metadata.json").read_text())["snapshot_sha256"]
        for running in self.miners.values():
            running.facts["root"], running.facts["opening"] = committed_by(running.hotkey, running.facts["scores"], snapshot)

    @property
    def environment(self):
        return {"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": str(self.clock), "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}

    def set_clock(self, seconds):
        self.offset = seconds - time.time()
        aside = self.clock.with_suffix(".new")
        aside.write_text(f"{self.offset:+.3f}")
        aside.rename(self.clock)

    def start_validator(self, *more):
        self.judge = Validator()
        _, *arguments = self.arguments(self.state, self.data_dir, "--allow-private-miners", "--receive-commitments", "--poll", 1, *more)
        self.judge.start(self.program, "validate", *arguments, environment=self.environment)

    def start_victim(self, *more):
        receivers = f"{self.validator}@127.0.0.1:{self.judge.port},{self.second_hotkey}@127.0.0.1:{self.second.server_port}"
        self.victim = Miner(self.program, self.api.port, "--chain", f"fixture:{self.state}", "--commit", self.folder / "commitments",
                            "--commit-to", receivers, "--commit-seconds", 1, "--metagraph-seconds", 1, *more,
                            environment=self.environment)

    @property
    def second_hotkey(self):
        return self.hotkey("second validator")

    def day(self):
        return self.victim.info()["commitments"].get(DATE, {})

    def told_by_the_api(self):
        return self.api.send("GET", f"/commitments/{DATE}").json()

    def signed(self, uri, body, receiver=None, age=0):
        return self.peer.sign_request(uri=uri, method="POST", path=PATH, body=base64.b64encode(body).decode(),
                                      receiver=receiver or self.validator,
                                      nonce_ns=time.time_ns() + int((self.offset - age) * 1e9))

    def post(self, name, root, date=DATE, **signing):
        """The status, and what is said of it."""
        body = json.dumps({"processing_date": date, "root": root}).encode()
        answer = self.judge.send("POST", PATH, body, self.signed("//" + name, body, **signing))
        return answer.status, answer.json()

    def shown_by_the_victim(self):
        command = [self.program, "ask", "--miner", f"127.0.0.1:{self.victim.port}", "--hotkey", BOB, "--date", DATE, "--wallet-path",
                   self.folder / "wallets", "--wallet", "validator", "--output", self.folder / "shown", "--evidence", self.folder / "evidence"]
        subprocess.run([*map(str, command)], check=True, env={**os.environ, **self.environment}, capture_output=True, timeout=60)
        opening = json.loads((self.folder / "evidence").read_text())["envelope"]["opening"]
        return {"body": (self.folder / "shown").read_bytes(), "opening": opening}

    def received(self):
        return self.judge.send("GET", f"{PATH}/{DATE}")

    def committed(self):
        found = {}
        for name, verdict in self.verdicts(self.data_dir).items():
            for check in verdict["checks"]:
                if check["name"] == "committed":
                    found[name] = (check["passed"], check["reason"])
        return found

    def stop(self):
        for running in (self.victim, self.judge, self.api):
            if running is not None:
                running.stop()
        self.second.shutdown()
        self.second.server_close()
        self.peer.stop()


@pytest.fixture(scope="module")
def market(aml_miner, tmp_path_factory):
    made = Market(aml_miner, tmp_path_factory.mktemp("received"))
    try:
        live_through_a_day(made)
        yield made
    except AssertionError:
        print(made.judge.log_path.read_text()[-5000:])
        raise
    finally:
        made.stop()


def live_through_a_day(made):
    """What was seen on the way is in made.seen."""
    made.start_validator()
    made.start_victim()
    seen = made.seen = {}
    wait_for(lambda: made.day().get("state") == "committed")
    seen["before"] = made.day()
    seen["list before"] = made.received()
    victims_root = json.loads((made.folder / "commitments" / "received.json").read_text())["roots"][0]["root"]

    body = json.dumps({"processing_date": DATE, "root": GUESSED_ROOT}).encode()
    fields = made.signed("//honest", body)
    seen["refused"] = {
        "first": made.judge.send("POST", PATH, body, fields).status,
        "replayed": made.judge.send("POST", PATH, body, fields).status,
        "another root": made.judge.send("POST", PATH, body.replace(b"ab", b"cd"), made.signed("//honest", body)).status,
        "stale": made.post("honest", GUESSED_ROOT, age=60)[0],
        "for another": made.post("honest", GUESSED_ROOT, receiver=BOB)[0],
        "a stranger": made.post("nobody", GUESSED_ROOT)[0],
        "no hex": made.post("by-the-book", "x" * 64)[0],
        "no day": made.post("by-the-book", GUESSED_ROOT, date="yesterday")[0],
        "the day before": made.post("by-the-book", GUESSED_ROOT, date="2025-11-09")[0],
        "the day after": made.post("by-the-book", GUESSED_ROOT, date="2025-11-11")[0],
        "much": made.post("by-the-book", "a" * 2000)[0],
        "unsigned": made.judge.send("POST", PATH, body).status,
    }
    seen["by the book"] = made.post("by-the-book", made.miners["by-the-book"].facts["root"])
    seen["stolen"] = made.post("thief", victims_root)
    seen["two-faced"] = [made.post("two-faced", root) for root in (made.miners["two-faced"].facts["root"], OTHER_ROOT, GUESSED_ROOT)]
    seen["flooding"] = [made.post("flooding", made.miners["flooding"].facts["root"])[0] for _ in range(20)]
    seen["posted during the flood"] = made.post("by-the-book", made.miners["by-the-book"].facts["root"])

    # The miner is killed, and the second validator comes back: nothing is lost, nothing is made anew.
    made.victim.process.kill()
    made.victim.process.wait()
    made.second.is_ready = True
    made.start_victim()
    wait_for(lambda: made.day().get("state") == "committed")
    wait_for(lambda: len(json.loads((made.folder / "commitments" / "received.json").read_text())["roots"][0]["received"]) == 2)
    seen["roots"] = {body["root"] for _, body in made.second.seen}
    seen["victim's"] = victims_root

    made.set_clock(DEADLINE_MS / 1000)
    seen["late"] = made.post("late", made.miners["late"].facts["root"])
    made.judge.stop()
    made.set_clock(DEADLINE_MS / 1000 + 90)
    wait_for(lambda: made.day()["open"])
    made.miners["thief"].facts |= made.shown_by_the_victim()
    made.start_validator("--no-weights")
    seen["list after"] = made.received()
    wait_for(lambda: made.data_dir.joinpath("ensembles", f"{DATE}.json").exists())
    made.seen["after"] = made.day()
    wait_for(lambda: made.told_by_the_api().get("revealed_to") == 1)
    made.seen["told"] = made.told_by_the_api()


@pytest.fixture(scope="module", autouse=True)
def with_clocks():
    if FAKETIME is None:
        pytest.skip("libfaketime is not installed")


def test_a_miner_sends_its_root_and_knows_that_it_arrived(market):
    before = market.seen["before"]
    assert before | {"block": 0} == {"state": "committed", "block": 0, "open": False, "revealed_to": 0, "of": 1}
    assert abs(before["block"] - (DEADLINE_MS / 1000 - 3600)) < 120  # seconds stand for blocks


def test_the_list_is_shown_after_the_deadline_alone_and_proves_itself(market):
    assert (market.seen["list before"].status, market.seen["list after"].status) == (404, 200)
    shown = market.seen["list after"].json()
    assert shown["receiver"] == market.validator
    by_name = {}
    for row in shown["commitments"]:
        assert market.peer.verify(ss58=row["hotkey"], message=row["payload"], signature=row["signature"])
        lines = row["payload"].split("\n")
        assert lines[2:5] == ["POST", PATH, hashlib.sha256(row["body"].encode()).hexdigest()]
        assert lines[6:] == [row["hotkey"], market.validator]
        assert json.loads(row["body"]) == {"processing_date": DATE, "root": row["root"]}
        by_name.setdefault(market.names[row["hotkey"]], []).append(row["root"])
    # Of the two-faced the first two are kept, as its proof, and no more.
    assert by_name["two-faced"] == [market.miners["two-faced"].facts["root"], OTHER_ROOT]
    assert by_name["victim"] == by_name["thief"] == [market.seen["victim's"]]
    assert "late" not in by_name


def test_what_is_no_root_of_today_by_a_registered_hotkey_is_refused(market):
    assert market.seen["refused"] == {
        "first": 200, "replayed": 401, "another root": 401, "stale": 401, "for another": 401, "a stranger": 403, "no hex": 400,
        "no day": 400, "the day before": 410, "the day after": 403, "much": 413, "unsigned": 401}


def test_the_first_of_a_root_counts_and_a_second_root_voids_the_day(market):
    status, answer = market.seen["by the book"]
    assert status == 200 and market.seen["posted during the flood"] == (200, answer)
    (first, _), *others = market.seen["two-faced"]
    assert first == 200 and [status for status, _ in others] == [409, 409]
    assert "neither counts" in others[0][1]["detail"]


def test_who_floods_is_slowed_down_alone(market):
    assert market.seen["flooding"] == [200] * 12 + [429] * 8


def test_a_kill_and_a_validator_that_was_away_lose_nothing(market):
    assert market.seen["roots"] == {market.seen["victim's"]}
    assert len(list((market.folder / "commitments" / DATE).glob("*.body"))) == 1


def test_it_is_judged_like_one_of_the_chain(market):
    """By the validator that was started anew after the deadline."""
    assert market.seen["late"][0] == 410
    # The thief shows what the victim revealed; nothing more can be committed then.
    found = market.committed()
    assert found.pop("victim")[0] and found.pop("by-the-book")[0] and found.pop("flooding")[0]
    assert found == {
        "honest": (False, "the answer came without an opening of its commitment"),
        "thief": (False, "what was committed is another answer, or another hotkey's"),
        "two-faced": (False, "two different roots of the day were received: neither counts"),
        "late": (False, "nothing was committed before the deadline")}
    ensemble = json.loads((market.data_dir / "ensembles" / f"{DATE}.json").read_text())
    assert {market.names[member["hotkey"]] for member in ensemble["members"]} == {"victim", "by-the-book", "flooding"}
    assert market.seen["after"]["revealed_to"] == 1


def test_the_api_tells_what_the_miner_tells(market):
    told = market.seen["told"]
    assert told.pop("as_of").endswith("Z")
    assert told == {"processing_date": DATE, "network": "bitcoin", "clock": "seconds", **market.seen["after"]}


def test_a_data_folder_keeps_to_its_clock(market):
    market.judge.stop()
    done = market.validate(market.state, market.data_dir, "--demand-commitments", "--date", DATE, check=False)
    assert done.returncode == 2 and "deadlines by the clock of the validator" in done.stderr
    market.start_validator("--no-weights")


@pytest.mark.parametrize("more, said", [
    (["--commit-to", f"{BOB}@127.0.0.1:1"], "--commit-to needs --commit"),
    (["--commit", "kept", "--commit-to", "127.0.0.1:1"], "SS58@HOST:PORT"),
    (["--commit", "kept", "--commit-to", ",".join([f"{BOB}@127.0.0.1:1"] * 17)], "at most 16 validators"),
])
def test_receivers_are_named_in_one_form(market, more, said):
    done = market.run("mine", "--api", "http://127.0.0.1:1", "--chain", f"fixture:{market.state}", "--netuid", 7, "--port", 0,
                      "--wallet-path", market.folder / "wallets", "--wallet", "validator", *more, check=False)
    assert done.returncode == 2 and said in done.stderr
