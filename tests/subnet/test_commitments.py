"""Answers nobody can steal: a real miner that commits, thieves who copy what they see of it, and validators that demand commitments."""

import datetime
import json
import os
import shutil
import sqlite3
import time

import pytest

from hostile_kinds import honest
from hostile_subnet import DATE, HostileSubnet
from mining import BOB, Miner
from serving import Server

DAY_MS, BLOCK_MS = 86_400_000, 12_000
DEADLINE_MS = int(datetime.datetime.fromisoformat(DATE + "T00:00+00:00").timestamp() * 1000) + DAY_MS + 18 * 3_600_000
# An hour before the deadline the chain of these tests is at block 10,000.
GENESIS_MS = DEADLINE_MS - 3_600_000 - 10_000 * BLOCK_MS
DEADLINE_BLOCK = 10_300
THIEVES = [f"thief-{number}" for number in range(8)]


def steals(exchange):
    """Whatever the victim showed to a validator, under the thief's own name."""
    exchange.answer(exchange.miner.facts["body"], fields=[("X-Aml-Opening", exchange.miner.facts["opening"])])


def wait_for(question, seconds=60):
    until = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < until, "it never came about"
        time.sleep(0.1)
    return answer


def change(path, edit):
    """Under the lock that the programs take."""
    import fcntl

    with open(f"{path}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        chain = json.loads(path.read_text())
        edit(chain)
        aside = path.with_suffix(".new")
        aside.write_text(json.dumps(chain))
        aside.rename(path)


class Market(HostileSubnet):
    def __init__(self, aml_miner, folder):
        super().__init__(aml_miner, folder)
        self.published_at((DEADLINE_MS - 12 * 3_600_000) / 1000)
        for thief in THIEVES:
            self.miners[thief] = self.miner(thief, steals)
        self.miners["committed to nothing"] = self.miner("committed to nothing", honest, model=8)
        self.state = self.chain("chain", [(name, "127.0.0.1", running.port) for name, running in self.miners.items()])
        self.names[BOB] = "victim"
        change(self.state, self.with_victim)
        self.api = Server(aml_miner, self.folder / "output")
        self.kept = self.folder / "commitments"
        self.victim = self.start_victim(aml_miner)

    @staticmethod
    def with_victim(chain):
        chain.update(block=10_000, genesis_ms=GENESIS_MS)
        chain["neurons"].append({"uid": len(chain["neurons"]), "hotkey": BOB})

    def start_victim(self, aml_miner):
        return Miner(aml_miner, self.api.port, "--chain", f"fixture:{self.state}", "--commit", self.kept, "--commit-seconds", 1,
                     "--metagraph-seconds", 1)

    def published_at(self, second):
        (meta,) = (self.folder / "sot").rglob(f"{DATE}/7/META.json")
        os.utime(meta, (second, second))

    def day(self):
        return self.victim.info()["commitments"].get(DATE, {})

    def log(self):
        return json.loads(self.state.read_text()).get("commitments", {}).get(BOB, [])

    def ask_victim(self):
        return self.run("ask", "--miner", f"127.0.0.1:{self.victim.port}", "--hotkey", BOB, "--date", DATE, "--wallet-path",
                        self.folder / "wallets", "--wallet", "validator", "--output", self.folder / "shown", "--evidence",
                        self.folder / "evidence", check=False)

    def demand(self, data_dir, *more):
        return self.validate(self.state, data_dir, "--demand-commitments", "--date", DATE, *more)

    def committed(self, data_dir, stage="day"):
        """By name: whether the answer counts as committed, and why."""
        found = {}
        for name, verdict in self.verdicts(data_dir, stage).items():
            for check in verdict["checks"]:
                if check["name"] == "committed":
                    found[name] = (check["passed"], check["reason"])
        return found

    def stop(self):
        self.victim.stop()
        self.api.stop()
        self.peer.stop()


def rounds(data_dir):
    connection = sqlite3.connect(data_dir / "ledger.sqlite")
    found = connection.execute("SELECT date FROM rounds").fetchall()
    connection.close()
    return found


@pytest.fixture(scope="module")
def market(aml_miner, tmp_path_factory):
    """A day that is committed to, stolen and judged; what was seen on the way."""
    made = Market(aml_miner, tmp_path_factory.mktemp("commitments"))
    made.seen = {}
    wait_for(lambda: made.day().get("state") == "committed")
    made.seen["before"] = made.day()
    made.seen["refused"] = made.ask_victim()
    made.demand(made.folder / "punctual")
    made.seen["rounds before"] = rounds(made.folder / "punctual")

    # Killed and started again: nothing is sent twice, nothing is lost.
    made.victim.process.kill()
    made.victim.process.wait()
    made.victim = made.start_victim(aml_miner)
    wait_for(lambda: made.day().get("state") == "committed")
    made.seen["log after a kill"] = made.log()

    # The thieves put the victim's root on the chain as their own.
    def steal(chain):
        for thief in THIEVES:
            chain["commitments"][made.miners[thief].hotkey] = chain["commitments"][BOB]

    change(made.state, steal)
    change(made.state, lambda chain: chain.update(block=DEADLINE_BLOCK))
    time.sleep(2.5)  # of two looks of the miner
    made.seen["at the deadline"] = made.ask_victim()
    change(made.state, lambda chain: chain.update(block=DEADLINE_BLOCK + 5))
    wait_for(lambda: made.day()["open"])
    made.seen["opened"] = made.ask_victim()
    evidence = json.loads((made.folder / "evidence").read_text())
    for thief in THIEVES:
        made.miners[thief].facts |= {"body": (made.folder / "shown").read_bytes(), "opening": evidence["envelope"]["opening"]}
    # Corrected after the deadline: what stood then is judged.
    made.published_at(DEADLINE_MS / 1000 + 3600)
    made.demand(made.folder / "punctual")
    made.seen["after"] = made.day()
    yield made
    made.stop()


def test_a_day_is_committed_and_held_back_until_its_deadline(market):
    assert market.seen["before"] | {"block": 0} == {"state": "committed", "block": 0, "open": False, "revealed_to": 0, "of": 1}
    for when in ("refused", "at the deadline"):
        assert market.seen[when].returncode != 0 and "given a minute after the deadline" in market.seen[when].stderr, when
    assert market.seen["opened"].returncode == 0
    assert (market.seen["after"]["open"], market.seen["after"]["revealed_to"]) == (True, 1)


def test_a_kill_loses_no_salt_and_sends_nothing_twice(market):
    assert len(market.seen["log after a kill"]) == 1
    assert len(list((market.kept / DATE).glob("*.body"))) == 1


def test_no_round_begins_before_the_deadline(market):
    assert market.seen["rounds before"] == []


def test_the_victim_keeps_its_answer_and_the_thieves_have_nothing(market):
    found = market.committed(market.folder / "punctual")
    assert found.pop("victim") == (True, f"committed at block {market.seen['before']['block']}")
    for thief in THIEVES:
        assert found.pop(thief) == (False, "what was committed is another answer, or another hotkey's")
    assert found.pop("committed to nothing") == (False, "nothing was committed before the deadline")
    # Both are judged and published all the same.
    verdicts = market.verdicts(market.folder / "punctual")
    assert verdicts["committed to nothing"]["final_score"] > 0
    ensemble = json.loads((market.folder / "punctual" / "ensembles" / f"{DATE}.json").read_text())
    assert [market.names[member["hotkey"]] for member in ensemble["members"]] == ["victim"]


def test_a_validator_that_does_not_demand_commitments_pays_as_before(market):
    market.validate(market.state, market.folder / "undemanding", "--date", DATE)
    assert market.committed(market.folder / "undemanding") == {}


def test_by_the_truth_the_committed_alone_are_paid_and_a_late_validator_agrees(market):
    """The late one was down over the deadline and three days more, in which everyone committed again."""
    def days_pass(chain):
        for number in range(1, 4):
            block = DEADLINE_BLOCK + 7200 * number
            for log in chain["commitments"].values():
                log.append({"bytes": "414d4c31" + "00" * 36, "block": block - 100})
        chain["block"] = block + 50

    change(market.state, days_pass)
    market.run("publish", "--input-dir", market.folder / "snapshot", "--ground-truth", market.truth, "--sot", market.sot)
    market.published_at((DEADLINE_MS - 12 * 3_600_000) / 1000)
    paid = []
    for name in ("punctual", "late"):
        market.demand(market.folder / name)
        assert market.committed(market.folder / name, "truth") == market.committed(market.folder / "punctual")
        paid.append({who: verdict.get("contribution") for who, verdict in market.verdicts(market.folder / name, "truth").items()})
    assert paid[0] == paid[1]
    assert [name for name, contribution in paid[0].items() if contribution] == ["victim"]


def test_a_snapshot_that_came_late_leaves_its_day_unscored(market):
    market.published_at(DEADLINE_MS / 1000 - 3600)
    done = market.demand(market.folder / "unscored")
    assert "a day is unscored" in done.stderr and rounds(market.folder / "unscored") == []
    market.published_at((DEADLINE_MS - 12 * 3_600_000) / 1000)


def test_a_batch_processed_anew_counts_until_the_deadline_alone(aml_miner, market, tmp_path):
    """On a chain of its own, with the same API."""
    state = tmp_path / "chain.json"
    chain = {"netuid": 7, "block": 100, "tempo": 360, "neurons": [{"uid": 0, "hotkey": market.validator, "validator_permit": True}]}
    state.write_text(json.dumps(chain))
    change(state, market.with_victim)
    output = tmp_path / "output"
    shutil.copytree(market.folder / "output", output)

    def log():
        return json.loads(state.read_text()).get("commitments", {}).get(BOB, [])

    def process_anew(top_features):
        market.run("process", "--input-dir", market.folder / "snapshot", "--output-dir", output / DATE, "--top-features", top_features)

    with Server(aml_miner, output) as api, Miner(aml_miner, api.port, "--chain", f"fixture:{state}", "--commit", tmp_path / "kept",
                                                 "--commit-seconds", 1) as miner:
        def day():
            return miner.info()["commitments"].get(DATE, {})

        wait_for(lambda: day().get("state") == "committed")
        process_anew(3)  # the same scores: no other answer
        change(state, lambda chain: chain.update(lose="before"))
        scored = output / DATE / "alerts_scored.parquet"
        rewrite(scored, "score * 0.5")
        wait_for(lambda: day()["state"] == "not committed")
        change(state, lambda chain: chain.pop("lose") and chain.update(block=chain["block"] + 40))
        wait_for(lambda: day()["state"] == "committed")
        assert len(log()) == 2
        change(state, lambda chain: chain.update(block=DEADLINE_BLOCK + 5))
        wait_for(lambda: day()["open"])
        rewrite(scored, "score * 0.25")
        time.sleep(2.5)
        assert len(log()) == 2 and len(list((tmp_path / "kept" / DATE).glob("*.body"))) == 2
        market.run("ask", "--miner", f"127.0.0.1:{miner.port}", "--hotkey", BOB, "--date", DATE, "--wallet-path",
                   market.folder / "wallets", "--wallet", "validator", "--output", tmp_path / "shown")
    shown = {row["alert_id"]: row["score"] for row in json.loads((tmp_path / "shown").read_text())["scores"]}
    assert shown == pytest.approx({alert: score * 0.5 for alert, score in market.stock})


def test_what_stood_before_the_own_registration_is_committed_anew(aml_miner, market, tmp_path):
    """On a chain of its own; and the API holds its days back by that chain's clock."""
    state = tmp_path / "chain.json"
    neurons = [{"uid": 0, "hotkey": market.validator, "validator_permit": True}]
    state.write_text(json.dumps({"netuid": 7, "block": 100, "tempo": 360, "neurons": neurons}))
    change(state, market.with_victim)
    tokens = tmp_path / "tokens"
    tokens.write_text("a-token-of-the-miner\n")
    tokens.chmod(0o600)

    def blocks():
        return [entry["block"] for entry in json.loads(state.read_text()).get("commitments", {}).get(BOB, [])]

    def register_anew(chain):
        chain["block"] += 50
        chain["neurons"][-1]["registered_at"] = chain["block"]

    with Server(aml_miner, market.folder / "output", "--embargo", tokens) as api, Miner(
            aml_miner, api.port, "--chain", f"fixture:{state}", "--commit", tmp_path / "kept", "--commit-seconds", 1,
            "--metagraph-seconds", 1, "--api-token", "a-token-of-the-miner") as miner:
        wait_for(lambda: len(blocks()) == 1 and miner.info()["commitments"].get(DATE, {}).get("state") == "committed")
        change(state, register_anew)
        wait_for(lambda: len(blocks()) == 2)
        assert blocks()[1] > blocks()[0] + 50
        wait_for(lambda: miner.info()["commitments"][DATE]["block"] == blocks()[1])
        # By this machine's clock the day is long open.
        assert api.get(f"/scores/alerts/{DATE}").status == 503  # there is no other
        change(state, lambda chain: chain.update(block=DEADLINE_BLOCK + 5))
        wait_for(lambda: miner.info()["commitments"][DATE]["open"])
        wait_for(lambda: api.get(f"/scores/alerts/{DATE}").status == 200)


def rewrite(scored, expression):
    """A batch with other scores in its place."""
    import duckdb

    batch = scored.parent
    aside = batch.with_name(f".{batch.name}.new")
    shutil.copytree(batch, aside)
    columns = f"* REPLACE (CAST({expression} AS DOUBLE) AS score)"
    duckdb.connect().execute(f"COPY (SELECT {columns} FROM read_parquet('{scored}')) TO '{aside / scored.name}' (FORMAT parquet, COMPRESSION zstd)")
    old = batch.with_name(f".{batch.name}.old")
    batch.rename(old)
    aside.rename(batch)
    shutil.rmtree(old)
