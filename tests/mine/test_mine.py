"""Who may ask, how often, and what strangers learn."""

import json
import os
import pathlib
import socket
import subprocess
import time

import pytest

from mining import ALICE, BOB, EVE, LATEST, SCORES, create_hotkey, encoded, metagraph

# --- admission -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("neuron, words", [
    ((EVE, 5000, False), "no validator permit"),
    ((EVE, 999.5, True), "stake is below 1000"),
    ((ALICE, 5000, True), "not registered"),
])
def test_only_validators_with_enough_stake_may_ask(mine, api, sdk11, neuron, words):
    begun = len(api.requests())
    miner = mine(api.port, "--min-stake", 1000, chain=metagraph(neuron, (BOB, 0, False)))
    deadline = time.monotonic() + 30
    while (asked_before := len(api.requests())) == begun:  # a miner asks for the list of days as it starts
        assert time.monotonic() < deadline
        time.sleep(0.02)
    answer = miner.ask(sdk11, uri="//Eve")
    assert (answer.status, words in answer.detail) == (403, True)
    assert len(api.requests()) == asked_before, "the API is not touched"


def test_enough_is_enough(mine, api, sdk11):
    miner = mine(api.port, "--min-stake", 1000, chain=metagraph((EVE, 1000, True)))
    assert miner.ask(sdk11, uri="//Eve").status == 200


def test_the_list_admits_whatever_the_chain_says(mine, api, sdk11):
    miner = mine(api.port, "--allow", EVE, "--min-stake", 1000)
    assert miner.ask(sdk11, uri="//Eve").status == 200
    alone = mine(api.port, "--chain", "none", "--allow", EVE)
    assert alone.ask(sdk11, uri="//Eve").status == 200
    assert alone.ask(sdk11, uri="//Alice").status == 403


def test_a_hotkey_has_so_many_requests_a_minute(mine, api, sdk11):
    miner = mine(api.port, "--rate-limit", 3)
    assert [miner.ask(sdk11).status for _ in range(4)] == [200, 200, 200, 429]
    refused = miner.ask(sdk11)
    assert "3 requests a minute" in refused.detail
    assert 1 <= int(refused.headers["Retry-After"]) <= 20


def test_a_hotkey_has_so_many_requests_at_once_until_the_last_byte_is_sent(mine, api, sdk11):
    miner = mine(api.port, "--max-at-once", 1)
    headers = sdk11.sign_request(uri="//Alice", method="POST", path=SCORES, body=encoded(LATEST), receiver=BOB)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    slow = socket.create_connection(("127.0.0.1", miner.port))
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    # The body fits into the kernel's buffers unless it is asked for more often than that.
    request = f"POST {SCORES} HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(LATEST)}\r\n\r\n".encode() + LATEST
    slow.sendall(request)
    slow.recv(100)
    sending = [miner.ask(sdk11).status for _ in range(3)]
    assert set(sending) <= {200, 429}
    slow.close()
    deadline = time.monotonic() + 20
    while miner.ask(sdk11).status != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize("body, words", [
    (b"", "JSON object"),
    (b"[1]", "JSON object"),
    (b'{"processing_date":"tomorrow","kind":"alert_scores"}', "YYYY-MM-DD"),
    (b'{"processing_date":"latest","kind":"alerts"}', "kind must be"),
    (b'{"processing_date":"latest","kind":"alert_scores","limit":1}', "not known here"),
])
def test_a_body_that_asks_for_nothing_known_is_a_400(miner, sdk11, body, words):
    answer = miner.ask(sdk11, body)
    assert (answer.status, words in answer.detail) == (400, True)


def test_scores_of_another_snapshot_are_a_conflict(miner, sdk11):
    request = json.loads(LATEST) | {"snapshot_sha256": "0" * 64}
    answer = miner.ask(sdk11, json.dumps(request).encode())
    assert answer.status == 409
    ours = miner.ask(sdk11).headers["X-Aml-Snapshot-Sha256"]
    assert ours in answer.detail
    request["snapshot_sha256"] = ours
    assert miner.ask(sdk11, json.dumps(request).encode()).status == 200


def test_a_body_too_long_is_refused(miner, sdk11):
    assert miner.ask(sdk11, LATEST + b" " * 70_000).status == 413


# --- what anybody may know ---------------------------------------------------------------------------------------------


def test_info_names_the_miner_and_its_days(miner, api):
    info = miner.info()
    assert info["hotkey"] == BOB
    assert info["protocols"] == ["btauth/1", "v10"]
    assert info["dates"] == api.get("/dates/available").json()["dates"]
    assert info["metagraph"]["neurons"] == 2
    assert info["metagraph"]["age_seconds"] < 600


def test_strangers_make_the_api_list_its_days_once_in_five_seconds(mine, api):
    miner = mine(api.port)
    before = len([line for line in api.requests() if line["path"] == "/dates/available"])
    for _ in range(50):
        assert miner.info()["dates"]
    after = len([line for line in api.requests() if line["path"] == "/dates/available"])
    assert after - before <= 3


# --- the chain -----------------------------------------------------------------------------------------------------


def test_the_address_is_announced_unless_told_not_to(mine, api):
    miner = mine(api.port)
    miner.wait_for_log("address announced")
    us = json.loads(miner.chain_file.read_text())["neurons"][1]
    assert (us["host"], us["port"]) == ("127.0.0.1", miner.port)
    behind = mine(api.port, "--external-ip", "203.0.113.7", "--external-port", 80)
    behind.wait_for_log("address announced")
    us = json.loads(behind.chain_file.read_text())["neurons"][1]
    assert (us["host"], us["port"]) == ("203.0.113.7", 80)
    silent = mine(api.port, "--no-announce")
    time.sleep(0.3)
    assert "host" not in json.loads(silent.chain_file.read_text())["neurons"][1]


def lines(miner, message):
    return [line for line in miner.log() if line["message"] == message]


def test_the_address_is_announced_where_the_chain_has_another_one(mine, api):
    """After a restart nothing is announced that is there; what somebody else put there is, as soon as the rate limit allows."""
    miner = mine(api.port, "--external-ip", "8.8.8.8", "--external-port", 9, "--metagraph-seconds", 1)
    miner.wait_for_log("address announced")
    graph = json.loads(miner.chain_file.read_text())
    assert not lines(miner, "validators do not ask this address: it is no public one")
    again = mine(api.port, "--external-ip", "8.8.8.8", "--external-port", 9, chain=graph)
    time.sleep(0.5)
    assert not lines(again, "address announced")
    assert json.loads(again.chain_file.read_text())["block"] == graph["block"]
    graph["neurons"][1]["host"] = "8.8.4.4"
    graph["serving_rate_limit"] = 50
    moved = mine(api.port, "--external-ip", "8.8.8.8", "--external-port", 9, "--metagraph-seconds", 1, chain=graph)
    moved.wait_for_log("our address waits for the chain's rate limit")
    graph["block"] += 60
    moved.chain_file.write_text(json.dumps(graph))
    moved.wait_for_log("address announced")
    assert json.loads(moved.chain_file.read_text())["neurons"][1]["host"] == "8.8.8.8"


def test_a_private_address_is_a_warning(mine, api):
    miner = mine(api.port, "--external-ip", "10.0.0.5")
    miner.wait_for_log("validators do not ask this address: it is no public one")
    miner.wait_for_log("address announced")


def test_a_hotkey_that_has_left_and_a_wrong_netuid_are_said(mine, api):
    miner = mine(api.port, "--no-announce", "--metagraph-seconds", 1)
    miner.chain_file.write_text(json.dumps(metagraph((ALICE, 1, True))))
    left = "this hotkey is not registered on the subnet, or has left it: nobody will ask; check --netuid"
    miner.wait_for_log(left)
    time.sleep(2)
    assert len(lines(miner, left)) == 1, "once"
    wrong = mine(api.port, "--netuid", 9, chain=False)
    wrong.wait_for_log("there is no such subnet: check --netuid")


def test_requests_of_before_the_start_are_refused(mine, api, sdk11):
    """A request that was answered before a restart is not remembered after it."""
    miner = mine(api.port)
    first = miner.ask(sdk11)
    assert first.status == 200
    again = mine(api.port)
    answer = again.send("POST", SCORES, LATEST, first.sent)
    assert (answer.status, answer.detail) == (401, "the request is older than this server")
    assert again.ask(sdk11).status == 200


def test_an_unreachable_chain_leaves_the_last_known_metagraph(mine, api, sdk11, tmp_path):
    kept = tmp_path / "metagraph.json"
    miner = mine(api.port, "--no-announce", "--metagraph-seconds", 1, "--metagraph-file", kept)
    miner.chain_file.unlink()
    miner.wait_for_log("the chain is out of reach; the last known metagraph is used")
    assert miner.ask(sdk11).status == 200
    time.sleep(1)
    assert miner.info()["metagraph"]["age_seconds"] > 1
    again = mine(api.port, "--metagraph-file", kept, "--chain", "fixture:/nonexistent/chain.json")
    assert again.ask(sdk11).status == 200, "also after a restart"


def test_a_file_of_a_metagraph_is_bounded(mine, api, tmp_path):
    with open(tmp_path / "long.json", "wb") as file:
        file.truncate(1 << 40)  # of holes: the disk has none of it
    miner = mine(api.port, "--chain", f"fixture:{tmp_path}/long.json", "--metagraph-file", tmp_path / "long.json")
    miner.wait_for_log("the last known metagraph cannot be read")
    miner.wait_for_log("the chain is out of reach, and no metagraph is known yet")
    assert miner.log_path.read_text().count("67108864 bytes") >= 2


def test_without_any_metagraph_only_the_list_is_admitted(mine, api, sdk11):
    miner = mine(api.port, "--chain", "fixture:/nonexistent/chain.json", "--allow", EVE)
    answer = miner.ask(sdk11)
    assert (answer.status, "not known yet" in answer.detail) == (503, True)
    assert miner.ask(sdk11, uri="//Eve").status == 200
    assert miner.info()["metagraph"] is None


def test_a_new_metagraph_counts_at_once(mine, api, sdk11):
    miner = mine(api.port, "--no-announce", "--metagraph-seconds", 1)
    assert miner.ask(sdk11, uri="//Eve").status == 403
    miner.chain_file.write_text(json.dumps(metagraph((EVE, 1, True))))
    deadline = time.monotonic() + 20
    while miner.ask(sdk11, uri="//Eve").status != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)


# --- keys and settings ---------------------------------------------------------------------------------------------


def test_neither_log_nor_core_shows_the_key(mine, api, sdk11):
    miner = mine(api.port)
    miner.ask(sdk11)
    seed = json.loads((miner.folder / "wallets" / "miner" / "hotkeys" / "default").read_text())["secretSeed"]
    assert seed.removeprefix("0x") not in miner.log_path.read_text()
    status = pathlib.Path(f"/proc/{miner.process.pid}/limits").read_text()
    core = next(line for line in status.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]
    # Memory of a process that is not dumpable belongs to root.
    assert os.stat(f"/proc/{miner.process.pid}/mem").st_uid == 0


@pytest.mark.parametrize("arguments, exit_code, words", [
    (["--wallet", "nobody"], 4, "there is no hotkey"),
    (["--chain", "finney"], 2, "fixture:FILE"),
    (["--chain", "none"], 2, "--allow"),
    (["--chain", "none", "--allow", "5Grw"], 2, "no ss58 address"),
    (["--host", "0.0.0.0"], 2, "--external-ip"),
    *((["--external-ip", ip], 2, "--external-ip") for ip in
      ("0.0.0.0", "127.0.0.1", "::1", "224.0.0.1", "255.255.255.255", "169.254.1.1", "fe80::1", "::ffff:8.8.8.8",
       "203.0.113.7:9000", "[2600::1]:80", "miner.example.com", " 203.0.113.7", "8.8.8.8 ", "127.1", "010.0.0.1")),
])
def test_wrong_settings_are_said_at_the_start(aml_miner, tmp_path, arguments, exit_code, words):
    create_hotkey(aml_miner, tmp_path, "miner", "//Bob")
    (tmp_path / "chain.json").write_text(json.dumps(metagraph((ALICE, 1, True))))
    given = {"--wallet": "miner", "--chain": f"fixture:{tmp_path}/chain.json", "--host": "127.0.0.1", "--netuid": "7"}
    for name, value in zip(arguments[::2], arguments[1::2]):
        given[name] = value
    done = subprocess.run([aml_miner, "mine", "--wallet-path", tmp_path, "--port", "0",
                           *(word for pair in given.items() for word in pair)],
                          capture_output=True, text=True, timeout=60)
    assert (done.returncode, words in done.stderr) == (exit_code, True), done.stderr
