"""The read-only view of the chain, from a node that keeps its storage as Substrate does."""

import hashlib
import http.server
import ipaddress
import json
import sys

import pytest

from local_server import LocalServer
from mining import ALICE, BOB, DEPS, EVE

sys.path.append(str(DEPS / "sdk10" / "lib"))
import xxhash  # noqa: E402

BLOCK = 7_102_113


def twox(name):
    return b"".join(xxhash.xxh64(name.encode(), seed=seed).intdigest().to_bytes(8, "little") for seed in (0, 1))


def blake2(data):
    return hashlib.blake2b(data, digest_size=16).digest() + data


def u(number, size):
    return number.to_bytes(size, "little")


def public_key(ss58):
    digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number = 0
    for digit in ss58:
        number = number * 58 + digits.index(digit)
    return number.to_bytes(35, "big")[1:33]


def key(item, *parts):
    return "0x" + (twox("SubtensorModule") + twox(item) + b"".join(parts)).hex()


def storage(neurons, netuid=7):
    """(hotkey, stake, permit, address, port, last update) each."""
    net = u(netuid, 2)
    count = len(neurons)
    kept = {key("SubnetworkN", net): u(count, 2), key("Tempo", net): u(360, 2),
            key("WeightsSetRateLimit", net): u(100, 8),
            key("ValidatorPermit", net): u(count << 2, 1) + bytes(neuron[2] for neuron in neurons),
            key("LastUpdate", net): u(count << 2, 1) + b"".join(u(neuron[5], 8) for neuron in neurons)}
    for uid, (hotkey, stake, _, address, port, _) in enumerate(neurons):
        account = public_key(hotkey)
        kept[key("Keys", net, u(uid, 2))] = account
        kept[key("BlockAtRegistration", net, u(uid, 2))] = u(uid + 5, 8)
        kept[key("TotalHotkeyAlpha", blake2(account), net)] = u(stake, 8)
        kept[key("Owner", blake2(account))] = public_key(EVE)
        if address:
            ip = ipaddress.ip_address(address)
            kept[key("Axons", net, blake2(account))] = (u(1, 8) + u(1, 4) + u(int(ip), 16) + u(port, 2) +
                                                        bytes([ip.version, 4, 0, 0]))
    return {name: "0x" + value.hex() for name, value in kept.items()}


class Node(LocalServer):
    def __init__(self, kept):
        self.kept = kept
        self.body = None  # in place of every answer's
        super().__init__(NodeHandler)

    def answer(self, method, parameters):
        if method == "chain_getHeader":
            return {"number": hex(BLOCK)}
        if method == "chain_getBlockHash":
            assert parameters == [BLOCK]
            return "0x" + "ab" * 32
        assert method == "state_queryStorageAt" and parameters[1] == "0x" + "ab" * 32
        return [{"block": parameters[1], "changes": [[name, self.kept.get(name)] for name in parameters[0]]}]


class NodeHandler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps({"jsonrpc": "2.0", "id": 1,
                           "result": self.server.answer(request["method"], request["params"])}).encode()
        body = self.server.body or body
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


NEURONS = [(ALICE, 1_500_250_000_000, True, None, 0, 90), (BOB, 0, False, "203.0.113.7", 8091, 0),
           (EVE, 7, False, "2001:db8::7", 80, 0)]


def test_the_miner_reads_a_nodes_storage(mine, api, sdk11, tmp_path):
    kept = tmp_path / "metagraph.json"
    with Node(storage(NEURONS)) as node:
        miner = mine(api.port, "--chain", f"rpc:http://127.0.0.1:{node.server_port}", "--metagraph-file", kept,
                     "--min-stake", "1500.25")
        miner.wait_for_log("metagraph read")
        assert miner.ask(sdk11).status == 200
        assert miner.ask(sdk11, uri="//Eve").status == 403
        miner.stop()
    graph = json.loads(kept.read_text())
    assert {name: graph[name] for name in ["netuid", "block", "tempo", "weights_rate_limit"]} == {
        "netuid": 7, "block": BLOCK, "tempo": 360, "weights_rate_limit": 100}
    alice, bob, eve = graph["neurons"]
    assert alice == {"uid": 0, "hotkey": ALICE, "coldkey": EVE, "stake": 1500.25, "validator_permit": True, "host": "",
                     "port": 0, "last_update": 90, "registered_at": 5}
    assert (bob["host"], bob["port"], eve["host"], eve["port"]) == ("203.0.113.7", 8091, "2001:db8::7", 80)


@pytest.mark.parametrize("spoil", [
    lambda kept: {},
    lambda kept: kept | {key("ValidatorPermit", u(7, 2)): "0x00"},
    lambda kept: kept | {key("LastUpdate", u(7, 2)): "0x0c01"},
    lambda kept: kept | {key("Keys", u(7, 2), u(1, 2)): "0x0102"},
    lambda kept: kept | {key("SubnetworkN", u(7, 2)): "0xzz"},
    lambda kept: kept | {key("SubnetworkN", u(7, 2)): "0x" + u(4097, 2).hex()},
])
def test_a_storage_that_is_not_as_expected_is_a_chain_out_of_reach(mine, api, sdk11, spoil):
    with Node(spoil(storage(NEURONS))) as node:
        miner = mine(api.port, "--chain", f"rpc:http://127.0.0.1:{node.server_port}")
        miner.wait_for_log("the chain is out of reach, and no metagraph is known yet")
        assert miner.ask(sdk11).status == 503


@pytest.mark.parametrize("answer, reason", [
    (b"[" * 17 + b"]" * 17, "nested too deep"),
    (b" " * ((4 << 20) + 1), "4194304 bytes"),
])
def test_what_a_node_answers_is_bounded(mine, api, answer, reason):
    with Node(storage(NEURONS)) as node:
        node.body = answer
        miner = mine(api.port, "--chain", f"rpc:http://127.0.0.1:{node.server_port}")
        miner.wait_for_log("the chain is out of reach, and no metagraph is known yet")
        assert reason in miner.log_path.read_text()
