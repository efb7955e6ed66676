"""The chain adapter, with the official SDK 11 and nothing replaced but its access to the network."""

import json
import os
import pathlib
import subprocess
import time

import pytest

from mining import ALICE, BOB, DEPS, create_hotkey

FAKE = pathlib.Path(__file__).resolve().parent / "peers" / "fake_chain_adapter.py"


@pytest.fixture
def chain(tmp_path, monkeypatch):
    """The file of what was submitted; and the environment in which the fake adapter finds it and the SDK."""
    monkeypatch.setenv("AML_FAKE_CHAIN", str(tmp_path / "submitted"))
    monkeypatch.setenv("PYTHONPATH", str(DEPS / "sdk11" / "lib"))
    return tmp_path / "submitted"


class Adapter:
    def __init__(self, hotkey_file, network="test"):
        self.process = subprocess.Popen([FAKE, "--network", network, "--hotkey-file", hotkey_file], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        assert self.process.wait(timeout=30) == 0


@pytest.fixture
def adapter(aml_miner, chain, tmp_path):
    create_hotkey(aml_miner, tmp_path, "w", "//Alice")
    running = Adapter(tmp_path / "w" / "hotkeys" / "default")
    yield running
    running.stop()


def submitted(chain):
    return [json.loads(line) for line in chain.read_text().splitlines()]


def test_it_reads_blocks_and_metagraphs(adapter):
    assert adapter.ask(method="block") == {"result": 7102113}
    graph = adapter.ask(method="metagraph", netuid=7)["result"]
    assert (graph["netuid"], graph["block"], graph["tempo"], graph["weights_rate_limit"]) == (7, 7102113, 360, 100)
    alice, bob = graph["neurons"]
    assert alice == {"uid": 0, "hotkey": ALICE, "coldkey": BOB, "stake": 1500.0, "validator_permit": True, "host": "",
                     "port": 0, "last_update": 7101613, "registered_at": 5}
    assert (bob["host"], bob["port"]) == ("203.0.113.7", 8091)
    assert adapter.ask(method="metagraph", netuid=8) == {"result": None}


def test_an_address_is_announced_as_the_chain_expects(adapter, chain):
    receipt = adapter.ask(method="serve_axon", netuid=7, ip="203.0.113.7", port=8091)
    assert receipt == {"result": {"accepted": True, "message": "", "block": 7102114}}
    (module, function, parameters, signer), = submitted(chain)
    assert (module, function, signer) == ("SubtensorModule", "serve_axon", ALICE)
    assert (parameters["netuid"], parameters["ip"], parameters["port"], parameters["ip_type"]) == (7, 0xCB007107, 8091, 4)


def test_a_hotkey_alone_in_a_folder_signs(aml_miner, chain, tmp_path):
    """As systemd hands over a credential: /run/credentials/UNIT/hotkey, with no wallet around it."""
    create_hotkey(aml_miner, tmp_path, "w", "//Alice")
    (tmp_path / "credentials").mkdir()
    alone = (tmp_path / "w" / "hotkeys" / "default").rename(tmp_path / "credentials" / "hotkey")
    adapter = Adapter(alone)
    assert adapter.ask(method="serve_axon", netuid=7, ip="203.0.113.7", port=8091)["result"]["accepted"]
    assert adapter.ask(method="set_weights", netuid=7, uids=[0, 1], weights=[0.25, 0.75], version_key=3)["result"]["accepted"]
    assert adapter.ask(method="commit", netuid=7, entry=(b"AML1" + bytes(36)).hex())["result"]["accepted"]
    adapter.stop()
    assert [signer for *_, signer in submitted(chain)] == [ALICE] * 3


def test_weights_are_quantized_and_signed_by_the_hotkey(adapter, chain):
    receipt = adapter.ask(method="set_weights", netuid=7, uids=[0, 1], weights=[0.25, 0.75], version_key=3)
    assert receipt["result"]["accepted"]
    (_, function, parameters, signer), = submitted(chain)
    assert (function, signer) == ("set_mechanism_weights", ALICE)
    assert (parameters["dests"], parameters["weights"], parameters["version_key"]) == ([0, 1], [21845, 65535], 3)


def test_a_commitment_is_sealed_for_a_round_that_is_known_already(adapter, chain):
    entry = b"AML1" + bytes(4) + b"\x11" * 32
    assert adapter.ask(method="commit", netuid=7, entry=entry.hex())["result"]["accepted"]
    (module, function, parameters, signer), = submitted(chain)
    assert (module, function, signer, parameters["netuid"]) == ("Commitments", "set_commitment", ALICE, 7)
    digest, sealed = parameters["info"]["fields"]
    assert digest == {"Sha256": "0x" + "11" * 32}
    assert sealed["TimelockEncrypted"]["reveal_round"] == 9_000_000
    assert 40 < len(bytes.fromhex(sealed["TimelockEncrypted"]["encrypted"][2:])) <= 1024


def test_commitments_are_read_whatever_the_sdk_makes_of_their_bytes(adapter):
    found = adapter.ask(method="commitments", netuid=7)["result"]
    entry = (b"AML1" + bytes(4) + b"\xff" * 32).hex()
    assert found[ALICE] == [{"bytes": entry, "block": 7102104}, {"bytes": entry, "block": 7102105}]
    assert found[BOB] == [{"bytes": b"0xzz".hex(), "block": 7}]


def test_the_first_block_of_a_time_is_found(adapter):
    def first(time_ms):
        return adapter.ask(method="first_block_at", time_ms=time_ms)["result"]

    block = 7102113 - 1000
    assert first(12_000 * block) == {"block": block, "hash": f"0x{block:064x}", "time_ms": 12_000 * block}
    assert first(12_000 * block + 1)["block"] == block + 1
    gap = 7102113 - 100
    assert first(12_000 * gap + 1)["block"] == gap + 1 and first(12_000 * gap + 60_000)["block"] == gap + 1
    assert first(12_000 * 7102113 + 60_001) is None
    assert adapter.ask(method="genesis_hash")["result"] == "0x2f"


def test_a_refusal_is_an_answer(adapter, chain):
    chain.with_name("submitted.refuse").touch()
    receipt = adapter.ask(method="set_weights", netuid=7, uids=[1], weights=[1.0], version_key=0)["result"]
    assert (receipt["accepted"], receipt["message"]) == (False, "SettingWeightsTooFast")


@pytest.mark.parametrize("trouble, words", [("pool", "Priority is too low"), ("lose", "Connection lost while waiting")])
def test_what_was_sent_and_not_confirmed_is_no_refusal(adapter, chain, trouble, words):
    """A pool may pass on what it refuses, and a lost connection says nothing: only an error in a block is the chain's word."""
    chain.with_name(f"submitted.{trouble}").touch()
    receipt = adapter.ask(method="set_weights", netuid=7, uids=[1], weights=[1.0], version_key=3)["result"]
    assert (receipt["accepted"], receipt["certain"], words in receipt["message"]) == (False, False, True)
    chain.with_name(f"submitted.{trouble}").unlink()
    assert adapter.ask(method="set_weights", netuid=7, uids=[1], weights=[1.0], version_key=3)["result"]["accepted"]


def test_what_is_refused_before_it_was_signed_is_a_refusal(adapter, chain):
    chain.with_name("submitted.few").touch()
    receipt = adapter.ask(method="set_weights", netuid=7, uids=[1], weights=[1.0], version_key=3)["result"]
    assert (receipt["accepted"], receipt.get("certain", True)) == (False, True) and "at least 5" in receipt["message"]
    assert not chain.exists(), "nothing was sent"


def test_weights_that_are_committed_have_a_reveal_round(adapter, chain):
    chain.with_name("submitted.commit").touch()
    receipt = adapter.ask(method="set_weights", netuid=7, uids=[1], weights=[1.0], version_key=3)["result"]
    (_, function, parameters, _), = submitted(chain)
    assert function == "commit_timelocked_mechanism_weights"
    assert receipt["accepted"] and receipt["reveal_round"] == parameters["reveal_round"] > 0
    assert adapter.ask(method="metagraph", netuid=7)["result"]["waiting_commits"] == [777, 790], "of this hotkey alone"


def test_it_reads_what_the_subnet_asks_for(adapter):
    graph = adapter.ask(method="metagraph", netuid=7)["result"]
    expected = {"serving_rate_limit": 50, "weights_version_key": 3, "min_allowed_weights": 1, "stake_threshold": 1000.0,
                "activity_cutoff": 5000, "commit_reveal": False, "mechanisms": 1, "null_consensus": False, "owner_hotkey": ALICE}
    assert {name: graph[name] for name in expected} == expected
    assert graph["neurons"][1]["announced_at"] == 7101813 and "waiting_commits" not in graph


def test_endpoints_are_tried_in_their_order(aml_miner, chain, tmp_path):
    create_hotkey(aml_miner, tmp_path, "w", "//Alice")
    chain.with_name("submitted.first-away").touch()
    for networks, answers in (("test", False), ("test,finney", True)):
        adapter = Adapter(tmp_path / "w" / "hotkeys" / "default", networks)
        reply = adapter.ask(method="block")
        adapter.stop()
        assert ("result" in reply) == answers, reply
        assert answers or reply["kind"] == "unreachable"


def test_an_error_is_one_line_and_the_next_request_is_answered(adapter, chain):
    failing = chain.with_name("submitted.fail")
    failing.touch()
    away = adapter.ask(method="block")
    assert "the node is gone" in away["error"] and away["kind"] == "unreachable"
    broken = adapter.ask(method="metagraph")
    assert "TypeError" in broken["error"] and broken["kind"] == "sdk", "not a chain out of reach"
    failing.unlink()
    assert adapter.ask(method="block") == {"result": 7102113}


def test_the_miner_reads_and_announces_through_it(mine, api, chain, sdk11):
    miner = mine(api.port, "--chain", "adapter", "--adapter-command", FAKE, "--external-ip", "203.0.113.7")
    miner.wait_for_log("address announced")
    assert miner.ask(sdk11).status == 200
    assert miner.info()["metagraph"]["block"] == 7102113
    _, function, parameters, signer = submitted(chain)[0]  # again later: this chain's metagraph never shows it
    assert (function, signer, parameters["port"]) == ("serve_axon", BOB, miner.port)


def test_an_adapter_that_dies_or_hangs_costs_a_warning(mine, api, chain, sdk11):
    miner = mine(api.port, "--chain", "adapter", "--adapter-command", FAKE, "--no-announce", "--metagraph-seconds", 1)
    miner.wait_for_log("metagraph read")
    chain.with_name("submitted.fail").touch()
    miner.wait_for_log("the chain is out of reach; the last known metagraph is used")
    assert miner.ask(sdk11).status == 200
    children = pathlib.Path(f"/proc/{miner.process.pid}/task/{miner.process.pid}/children").parent.parent
    pids = [int(pid) for task in children.iterdir() for pid in (task / "children").read_text().split()]
    chain.with_name("submitted.fail").unlink()
    for pid in pids:
        os.kill(pid, 9)
    before = len([line for line in miner.log() if line["message"] == "metagraph read"])
    deadline = time.monotonic() + 30
    while len([line for line in miner.log() if line["message"] == "metagraph read"]) == before:
        assert time.monotonic() < deadline, miner.log_path.read_text()
        time.sleep(0.1)
    miner.stop()  # also while the adapter is at work


def test_what_an_adapter_answers_is_bounded(mine, api, tmp_path):
    endless = tmp_path / "endless"
    endless.write_text("#!/bin/sh\nexec head -c 100000000 /dev/zero 2>/dev/null\n")
    endless.chmod(0o755)
    miner = mine(api.port, "--chain", "adapter", "--adapter-command", endless, "--no-announce")
    miner.wait_for_log("the chain is out of reach, and no metagraph is known yet")
    assert "answers too much" in miner.log_path.read_text()


def test_an_adapter_that_is_not_installed_is_said_at_the_start(aml_miner, tmp_path):
    create_hotkey(aml_miner, tmp_path, "w", "//Alice")
    done = subprocess.run([aml_miner, "mine", "--wallet-path", tmp_path, "--wallet", "w", "--netuid", "7",
                           "--no-announce", "--adapter-command", "/nonexistent"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, "scripts/bootstrap --chain" in done.stderr) == (2, True)
