"""Speaks to Bittensor's chain through the official SDK 11, for one hotkey: one JSON request a line on standard input,
one JSON reply a line on standard output.

    {"method": "block"}                                    {"result": 7102113}
    {"method": "metagraph", "netuid": 1}                   {"result": {…}}, as docs/protocol.md has it; null: no such subnet
    {"method": "serve_axon", "netuid": 1, "ip": "203.0.113.7", "port": 8091}
    {"method": "set_weights", "netuid": 1, "uids": [3, 5], "weights": [0.25, 0.75], "version_key": 0}
                                                           {"result": {"accepted": true, "message": "", "block": 7102114}}
    {"method": "genesis_hash"}                             {"result": "0x2f05…"}
    {"method": "first_block_at", "time_ms": 1761588000000} {"result": {"block": 7102113, "hash": "0x…", "time_ms": …}}; null: not yet
    {"method": "commit", "netuid": 1, "entry": "414d4c31…"}  as serve_axon; commitment_log.h has the entry's 40 bytes
    {"method": "commitments", "netuid": 1}                 {"result": {hotkey: [{"bytes": "414d4c31…", "block": 7102001}]}}

What the chain refuses, before anything is signed or inside a block, is a result that is not accepted. What was sent and may have
arrived all the same (a node's pool refused it, the connection was lost) is one with "certain": false. Weights that were committed
encrypted have the drand round in which they are revealed, "reveal_round". What could not be asked is {"error": "why", "kind": …}:
"unreachable", or "sdk" where the chain was there and the SDK failed. The connection opens with the first request and opens anew
after an error. Installed by scripts/bootstrap --chain; src/bittensor/adapter_chain.cpp is its other half.
"""

import argparse
import asyncio
import json
import pathlib
import sys

import bittensor
import bittensor_core
from bittensor import storage
from bittensor.intents import ServeAxon, SetWeights
from bittensor.keyfiles import Keyfile
from bittensor.result import BittensorError, ConnectionNotReady, RpcConnectionError

# What says that no node answered; all else is the SDK's.
UNREACHABLE = (RpcConnectionError, ConnectionNotReady, ConnectionError, TimeoutError, OSError)
# Blocks for which what was sent may still be included: kChainEraBlocks of chain.h.
ERA_BLOCKS = 32
# Where runtimes keep committed weights that are not revealed yet; the reveal round is the last of each entry.
COMMITS = ("TimelockedWeightCommits", "CRV3WeightCommitsV2", "CRV3WeightCommits")


# Where an entry of ours begins among what a hotkey revealed; its length.
MAGIC, ENTRY_BYTES = b"AML1", 40
COMMITMENT_ERA_BLOCKS = 16  # a commitment that comes later than a deadline is of no use


class Adapter:
    def __init__(self, networks, wallet, substrate=None):
        self.networks = networks  # in the order in which they are tried
        self.wallet = wallet
        self.substrate = substrate  # of tests, in place of the network
        self.client = None

    async def connected(self):
        for network in self.networks if self.client is None else []:
            client = bittensor.Client(network, substrate=self.substrate)
            try:
                await client.connect()
            except UNREACHABLE:
                if network == self.networks[-1]:
                    raise
            else:
                self.client = client
                break
        return self.client

    async def close(self):
        client, self.client = self.client, None
        if client is not None:
            await client.close()

    async def block(self):
        return await (await self.connected()).block()

    async def metagraph(self, netuid):
        client = await self.connected()
        graph = await client.subnets.metagraph(netuid, commitments=False)
        if graph is None:
            return None
        axons = graph.raw.get("axons") or []
        found = {
            "netuid": graph.netuid,
            "block": graph.block,
            "tempo": graph.tempo,
            "owner_hotkey": graph.owner_hotkey,
            **await self.rules(client, netuid, graph.tempo),
            "neurons": [neuron_json(neuron, axons) for neuron in graph.neurons],
        }
        if found["commit_reveal"]:
            found["waiting_commits"] = await self.waiting_commits(client, netuid)
        return found

    async def rules(self, client, netuid, tempo):
        """What the subnet asks of validators and miners; items that this runtime does not have are 0."""
        items = storage.SubtensorModule

        async def item(descriptor, parameters=(netuid,)):
            try:
                return await client.query(descriptor, list(parameters))
            except UNREACHABLE:
                raise
            except Exception:  # not of this runtime
                return None

        names = {
            "weights_rate_limit": item(items.WeightsSetRateLimit),
            "serving_rate_limit": item(items.ServingRateLimit),
            "weights_version_key": item(items.WeightsVersionKey),
            "min_allowed_weights": item(items.MinAllowedWeights),
            "stake_threshold": item(items.StakeThreshold, ()),
            "factor": item(items.ActivityCutoffFactorMilli),
            "activity_cutoff": item(items.ActivityCutoff),
            "commit_reveal": item(items.CommitRevealWeightsEnabled),
            "mechanisms": item(items.MechanismCountCurrent),
            "consensus": item(items.SubnetEpochConsensus),
        }
        values = dict(zip(names, await asyncio.gather(*names.values())))
        factor, consensus = values.pop("factor"), values.pop("consensus")
        rules = {name: int(value or 0) for name, value in values.items()}
        if factor:
            rules["activity_cutoff"] = int(factor) * tempo // 1000
        rules["stake_threshold"] /= 1e9
        rules["commit_reveal"] = bool(rules["commit_reveal"])
        rules["mechanisms"] = max(1, rules["mechanisms"])
        rules["null_consensus"] = consensus == 1 or consensus == "Null" or consensus == {"Null": None}
        return rules

    async def waiting_commits(self, client, netuid):
        """The reveal rounds of our commits that are not revealed yet."""
        own = self.wallet.hotkey.ss58_address
        rounds = set()
        for name in COMMITS:
            try:
                epochs = await client.query_map(("SubtensorModule", name), [netuid])
            except UNREACHABLE:
                raise
            except Exception:  # not of this runtime
                continue
            rounds.update(int(entry[-1]) for _, entries in epochs for entry in entries or [] if str(entry[0]) == own)
        return sorted(rounds)

    async def serve_axon(self, netuid, ip, port):
        return await self.execute(ServeAxon(netuid=netuid, ip=ip, port=port))

    async def set_weights(self, netuid, uids, weights, version_key):
        return await self.execute(SetWeights(netuid=netuid, uids=uids, weights=weights, version_key=version_key))

    async def genesis_hash(self):
        # The chain forgets the hashes of all old blocks but this one.
        return str(await (await self.connected()).query(storage.System.BlockHash, [0]))

    async def first_block_at(self, time_ms):
        """The first final block at or after a time, by halving what lies between."""
        client = await self.connected()

        async def time_of(block):
            found = await client.block_info(block)
            return int(found.timestamp.timestamp() * 1000), found.hash

        last = await client.finalized_block()
        last_ms, last_hash = await time_of(last)
        if last_ms < time_ms:
            return None
        # Blocks may be left out, so as many as there could be go back farther than the time.
        first = max(0, last - int((last_ms - time_ms) / 1000 / await client.block_time()) - 2)
        while first < last:
            middle = (first + last) // 2
            middle_ms, middle_hash = await time_of(middle)
            if middle_ms >= time_ms:
                last, last_ms, last_hash = middle, middle_ms, middle_hash
            else:
                first = middle + 1
        return {"block": last, "hash": str(last_hash), "time_ms": last_ms}

    async def commit(self, netuid, entry):
        """Seals the entry for a drand round that the chain has already: it opens it a block later, and keeps the last ten."""
        client = await self.connected()
        known = int(await client.query(storage.Drand.LastStoredRound))
        sealed, _ = bittensor_core.encrypt_at_round(bytes.fromhex(entry), known)
        fields = [{"Sha256": "0x" + entry[-64:]},
                  {"TimelockEncrypted": {"encrypted": "0x" + bytes(bittensor_core.inner_ciphertext(sealed)).hex(),
                                         "reveal_round": known}}]
        call = bittensor.calls.Commitments.set_commitment(netuid=netuid, info={"fields": fields})
        return await self.submitted(client.submit_call(call, self.wallet, signer="hotkey", period=COMMITMENT_ERA_BLOCKS))

    async def commitments(self, netuid):
        client = await self.connected()
        found = await client.query_map(storage.Commitments.RevealedCommitments, [netuid])
        return {str(hotkey[-1] if isinstance(hotkey, (tuple, list)) else hotkey):
                [{"bytes": raw_bytes(revealed).hex(), "block": int(block)} for revealed, block in entries or []]
                for hotkey, entries in found}

    async def execute(self, intent):
        client = await self.connected()
        try:
            await client.plan(intent, self.wallet)
        except UNREACHABLE:
            raise
        except BittensorError as error:  # refused before it was signed, in the words of the chain
            return {"accepted": False, "message": str(error), "block": 0}
        return await self.submitted(client.execute(intent, self.wallet, period=ERA_BLOCKS))

    async def submitted(self, submission):
        """What became of it, as a receipt."""
        try:
            result = await submission
        except Exception as error:  # from here on it may have been sent
            await self.close()
            return {"accepted": False, "certain": False, "message": f"{type(error).__name__}: {error}", "block": 0}
        block = int(result.extrinsic_id.split("-")[0]) if result.extrinsic_id else 0
        if result.success:
            reveal_round = (result.data or {}).get("reveal_round")
            return {"accepted": True, "message": "", "block": block,
                    **({"reveal_round": int(reveal_round)} if reveal_round else {})}
        # Only an error inside a block is the chain's word; a pool may have passed on what it refuses.
        message = result.message
        if result.error is not None and getattr(result.error, "name", None):
            message = f"{result.error.name}: {message}" if result.error.name not in message else message
        return {"accepted": False, "message": message, "block": block,
                **({} if result.block_hash or result.extrinsic_id else {"certain": False})}

    async def answer(self, request):
        methods = {"block": self.block, "metagraph": self.metagraph, "serve_axon": self.serve_axon,
                   "set_weights": self.set_weights, "genesis_hash": self.genesis_hash, "first_block_at": self.first_block_at,
                   "commit": self.commit, "commitments": self.commitments}
        arguments = {name: value for name, value in request.items() if name != "method"}
        try:
            return {"result": await methods[request["method"]](**arguments)}
        except Exception as error:
            await self.close()
            kind = "unreachable" if isinstance(error, UNREACHABLE) else "sdk"
            return {"error": f"{type(error).__name__}: {error}", "kind": kind}


def raw_bytes(revealed):
    """The SDK gives bytes, hex, or text where the bytes happen to be that; and a length may stand before an entry."""
    if isinstance(revealed, str):
        try:
            found = bytes.fromhex(revealed[2:]) if revealed.startswith("0x") else revealed.encode()
        except ValueError:
            found = revealed.encode()
    else:
        found = bytes(revealed)
    begin = found.find(MAGIC)
    return found[begin:begin + ENTRY_BYTES] if 0 <= begin <= 4 else found


def neuron_json(neuron, axons):
    host, _, port = (neuron.axon or "").rpartition(":")
    axon = axons[neuron.uid] if neuron.axon and neuron.uid < len(axons) else {}
    announced_at = int(axon.get("block") or 0) if isinstance(axon, dict) else 0
    return {
        "uid": neuron.uid,
        "hotkey": neuron.hotkey,
        "coldkey": neuron.coldkey,
        "stake": neuron.total_stake.rao / 1e9,
        "validator_permit": neuron.validator_permit,
        "host": host.strip("[]"),
        "port": int(port or 0),
        "last_update": neuron.last_update,
        "registered_at": neuron.block_at_registration,
        **({"announced_at": announced_at} if announced_at else {}),
    }


async def serve(adapter):
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        reply = await adapter.answer(json.loads(line))
        print(json.dumps(reply), flush=True)
    await adapter.close()


class HotkeyWallet(bittensor.Wallet):
    """The hotkey of one file, which need not lie in a wallet's folder: systemd's credentials lie in a flat one."""

    def __init__(self, file):
        super().__init__(hotkey=file.name)
        self._hotkey_file = Keyfile(file)
        self._hotkeypub_file = Keyfile(file.with_name(f"{file.name}pub.txt"))


def main(substrate=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", required=True, help="name or ws:// endpoint; further ones behind commas")
    parser.add_argument("--hotkey-file", required=True, type=pathlib.Path, help="the hotkey's key file")
    options = parser.parse_args()
    networks = [network.strip() for network in options.network.split(",")]
    asyncio.run(serve(Adapter(networks, HotkeyWallet(options.hotkey_file.absolute()), substrate)))


if __name__ == "__main__":
    main()
