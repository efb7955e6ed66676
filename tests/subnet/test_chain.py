"""The chain as it is: what it refuses, loses and hides, seen by the validator and the miner programs."""

import json
import socket
import sqlite3
import subprocess
import time
import urllib.request

import pytest

from hostile_kinds import honest
from hostile_subnet import DATE, HostileSubnet


@pytest.fixture(scope="module")
def small(aml_miner, tmp_path_factory):
    """Two honest miners, on a chain that each test has a copy of."""
    made = HostileSubnet(aml_miner, tmp_path_factory.mktemp("chain"))
    made.miners["other"] = made.miner("other", honest, model=8)
    yield made
    made.peer.stop()


class Round:
    """A validator's folder that has judged a day without sending weights, and its chain file."""

    def __init__(self, small, folder):
        self.small, self.data_dir = small, folder / "validator"
        self.chain = folder / "chain.json"
        made = small.chain("base", [(name, "127.0.0.1", small.miners[name].port) for name in ("honest", "other")])
        self.chain.write_text(made.read_text())
        small.validate(self.chain, self.data_dir, "--date", DATE, "--no-weights", "--burn-uid", "none")
        # Nobody earns anything on a first day: as if both had.
        hotkeys = [small.miners[name].hotkey for name in ("honest", "other")]
        connection = sqlite3.connect(self.data_dir / "ledger.sqlite")
        connection.execute('INSERT INTO weights (date, stage, uids, hotkeys, "values", state, at) '
                           "VALUES (?, 'day', '[1, 2]', ?, '[0.25, 0.75]', 'intended', '2025-11-11T00:00:00Z')",
                           (DATE, json.dumps(hotkeys)))
        connection.commit()
        connection.close()

    def change(self, **members):
        state = json.loads(self.chain.read_text())
        state.update(members)
        self.chain.write_text(json.dumps(state))

    def neuron(self, uid, /, **members):
        state = json.loads(self.chain.read_text())
        next(n for n in state["neurons"] if n["uid"] == uid).update(members)
        self.chain.write_text(json.dumps(state))

    def once(self, *more):
        return self.small.validate(self.chain, self.data_dir, "--once", *more, check=False)

    def state(self):
        connection = sqlite3.connect(self.data_dir / "ledger.sqlite")
        found = connection.execute("SELECT state FROM weights ORDER BY sequence DESC LIMIT 1").fetchone()
        connection.close()
        return found and found[0]

    def sent(self):
        state = json.loads(self.chain.read_text())
        return state.get("weights", {}).get(self.small.validator)


@pytest.fixture
def judged(small, tmp_path):
    return Round(small, tmp_path)


def warnings(done):
    return [line["message"] for line in map(json.loads, done.stderr.splitlines()) if line["level"] == "warning"]


def test_weights_are_sent_and_once_ends_well(judged):
    done = judged.once()
    assert (done.returncode, judged.state()) == (0, "accepted"), done.stderr
    assert judged.sent()["uids"] == [1, 2] and sum(judged.sent()["values"]) == pytest.approx(1)


@pytest.mark.parametrize("rules, name, said", [
    ({"refuse": "SubtokenDisabled"}, "SubtokenDisabled", None),
    ({"stake_threshold": 5000}, "NotEnoughStakeToSetWeights", "below the threshold"),
    ({"weights_version_key": 9}, "IncorrectWeightVersionKey", "version key 9"),
    ({"min_allowed_weights": 3}, "WeightVecLengthIsLow", "at least 3 weights"),
])
def test_a_refusal_is_a_warning_another_exit_code_and_tried_again(judged, rules, name, said):
    judged.change(**rules)
    done = judged.once()
    assert (done.returncode, judged.state()) == (9, "refused"), done.stderr
    refusals = [line for line in map(json.loads, done.stderr.splitlines()) if line.get("why") == name]
    assert refusals and refusals[0]["level"] == "warning"
    assert said is None or any(said in warning for warning in warnings(done)), "it is said before"
    judged.change(**dict.fromkeys(rules, 0) if "refuse" not in rules else {})
    if "refuse" in rules:
        state = json.loads(judged.chain.read_text())
        del state["refuse"]
        judged.chain.write_text(json.dumps(state))
    assert judged.once().returncode == 0 and judged.state() == "accepted"


def test_weights_that_landed_are_not_noted_as_refused_nor_sent_twice(judged):
    judged.change(lose="after", weights_rate_limit=100)
    assert judged.once().returncode == 9 and judged.state() == "sending"
    landed = judged.sent()
    judged.change(lose="", refuse="SettingWeightsTooFast")
    done = judged.once()
    assert (done.returncode, judged.state()) == (0, "accepted"), done.stderr
    assert judged.sent() == landed


def test_weights_that_were_lost_are_sent_again_once_they_cannot_arrive(judged):
    judged.change(lose="before")
    assert judged.once().returncode == 9 and judged.state() == "sending"
    judged.change(lose="")
    assert judged.once().returncode == 9 and judged.state() == "sending", "they may still arrive"
    judged.change(block=json.loads(judged.chain.read_text())["block"] + 40)
    assert judged.once().returncode == 0 and judged.state() == "accepted"


def test_a_hotkey_keeps_its_weight_at_another_uid(judged):
    judged.neuron(1, uid=77)
    assert judged.once().returncode == 0
    assert sorted(judged.sent()["uids"]) == [2, 77]


def test_where_nobody_earned_anything_the_burn_uid_gets_it(small, tmp_path):
    chain = small.chain("nobody", [("absent", "127.0.0.1", 9)])
    done = small.validate(chain, tmp_path, "--once", "--burn-uid", "none")
    assert any("--burn-uid" in warning for warning in warnings(done)) and "weights" not in json.loads(chain.read_text())
    chain = small.chain("burning", [("absent", "127.0.0.1", 9)])
    state = json.loads(chain.read_text())
    state["owner_hotkey"] = state["neurons"][1]["hotkey"]
    chain.write_text(json.dumps(state))
    done = small.validate(chain, tmp_path / "owner", "--once")
    assert any("--burn-uid" in warning for warning in warnings(done))
    assert json.loads(chain.read_text())["weights"][small.validator]["uids"] == [1]
    small.validate(chain, tmp_path / "zero", "--once", "--burn-uid", 0)
    assert json.loads(chain.read_text())["weights"][small.validator]["uids"] == [0]
    assert small.validate(chain, tmp_path, "--once", "--burn-uid", "nobody", check=False).returncode == 2


def test_committed_weights_say_when_they_are_revealed(judged, aml_miner):
    judged.change(commit_reveal=True)
    assert judged.once().returncode == 0 and judged.state() == "committed"
    state = json.loads(judged.chain.read_text())
    state["weights"], state["block"] = state.pop("commits"), state["block"] + 5
    judged.chain.write_text(json.dumps(state))
    assert judged.once().returncode == 0 and judged.state() == "revealed"


def test_the_api_says_what_the_chain_wants_and_what_became_of_the_weights(judged, small):
    judged.change(commit_reveal=True, stake_threshold=1.5, weights_version_key=4, activity_cutoff=5000)
    port_file = judged.data_dir.parent / "port"
    command = [small.program, "--log-format", "json",
               *map(str, small.arguments(judged.chain, judged.data_dir, "--allow-private-miners", "--version-key", 4, "--port", 0,
                                         "--port-file", port_file))]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 120
        while judged.state() != "committed":
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)
        get = lambda path: json.load(urllib.request.urlopen(f"http://127.0.0.1:{int(port_file.read_text())}{path}"))
        weights, chain = get("/weights/latest"), get("/health")["chain"]
    finally:
        process.terminate()
        process.wait()
    assert weights["state"] == "committed" and weights["reveal_round"] > 0
    assert (chain["uid"], chain["stake"], chain["stake_threshold"], chain["validator_permit"]) == (0, 1000, 1.5, True)
    assert (chain["version_key"], chain["activity_cutoff"], chain["commit_reveal"], chain["warnings"]) == (4, 5000, True, [])


@pytest.mark.parametrize("more, code, words", [
    (["--chain", "rpc:http://127.0.0.1:9"], 2, "--no-weights"),
    (["--netuid", 8], 4, "--netuid"),
])
def test_what_cannot_be_is_said_at_the_start(judged, small, more, code, words):
    arguments = small.arguments(judged.chain, judged.data_dir, "--once")
    arguments[arguments.index(more[0]) + 1] = more[1]
    done = small.run(*arguments, check=False)
    assert (done.returncode, words in done.stderr) == (code, True), done.stderr


def test_null_consensus_and_other_mechanisms_are_not_supported(judged):
    judged.change(null_consensus=True, mechanisms=2)
    done = judged.once()
    assert (done.returncode, judged.sent()) == (9, None)
    assert sum("not supported" in warning for warning in warnings(done)) >= 2


def test_a_port_that_is_taken_costs_no_round(small, tmp_path):
    chain = small.chain("taken", [("honest", "127.0.0.1", small.miners["honest"].port)])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = small.validate(chain, tmp_path, "--port", taken.getsockname()[1], check=False)
    connection = sqlite3.connect(tmp_path / "ledger.sqlite")
    assert (done.returncode, connection.execute("SELECT * FROM rounds").fetchall()) == (5, [])
    connection.close()


SLOW = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
static void wait_first(void) { usleep(atoi(getenv("SLOW_MS")) * 1000); }
int fsync(int f) { wait_first(); return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(f); }
int fdatasync(int f) { wait_first(); return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(f); }
"""


def test_a_slow_disk_makes_nobody_late(small, tmp_path):
    """Every sync takes so long that a dozen answers one after another would take three times the deadline."""
    library = tmp_path / "slow.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", library, "-ldl"], input=SLOW, text=True, check=True)
    names = [f"quick {i}" for i in range(12)]
    for name in names:
        small.miners[name] = small.miner(name, honest)
    chain = small.chain("slow", [(name, "127.0.0.1", small.miners[name].port) for name in names])
    command = [small.program, *map(str, small.arguments(chain, tmp_path / "v", "--allow-private-miners", "--date", DATE))]
    command[command.index("--asked-twice") + 1] = "0"
    slow_ms = int(small.deadline * 1000 * 3 / (len(names) * 4))
    subprocess.run(command, check=True, timeout=600, capture_output=True,
                   env={"LD_PRELOAD": str(library), "SLOW_MS": str(slow_ms), "PATH": "/usr/bin:/bin"})
    connection = sqlite3.connect(tmp_path / "v" / "ledger.sqlite")
    outcomes = connection.execute("SELECT outcome, count(*) FROM submissions GROUP BY outcome").fetchall()
    connection.close()
    assert outcomes == [("answered", len(names))]
