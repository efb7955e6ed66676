"""Speaks to Bittensor's chain through the official SDK 11, for one hotkey: one JSON request a line on standard input,
one JSON reply a line on standard output.

    {"method": "block"}                                    {"result": 7102113}
    {"method": "metagraph", "netuid": 1}                   {"result": {…}}, as docs/protocol.md has it; null: no such subnet
    {"method": "serve_axon", "netuid": 1, "ip": "203.0.113.7", "port": 8091}
    {"method": "set_weights", "netuid": 1, "uids": [3, 5], "weights": [0.25, 0.75], "version_key": 0}
                                                           {"result": {"accepted": true, "message": "", "block": 7102114}}

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
from bittensor import storage
from bittensor.intents import ServeAxon, SetWeights
from bittensor.result import BittensorError, ConnectionNotReady, RpcConnectionError

# What says that no node answered; all else is the SDK's.
UNREACHABLE = (RpcConnectionError, ConnectionNotReady, ConnectionError, TimeoutError, OSError)
# Blocks for which what was sent may still be included: kChainEraBlocks of chain.h.
ERA_BLOCKS = 32
# Where runtimes keep committed weights that are not revealed yet; the reveal round is the last of each entry.
COMMITS = ("TimelockedWeightCommits", "CRV3WeightCommitsV2", "CRV3WeightCommits")


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

    async def execute(self, intent):
        client = await self.connected()
        try:
            await client.plan(intent, self.wallet)
        except UNREACHABLE:
            raise
        except BittensorError as error:  # refused before it was signed, in the words of the chain
            return {"accepted": False, "message": str(error), "block": 0}
        try:
            result = await client.execute(intent, self.wallet, period=ERA_BLOCKS)
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
                   "set_weights": self.set_weights}
        arguments = {name: value for name, value in request.items() if name != "method"}
        try:
            return {"result": await methods[request["method"]](**arguments)}
        except Exception as error:
            await self.close()
            kind = "unreachable" if isinstance(error, UNREACHABLE) else "sdk"
            return {"error": f"{type(error).__name__}: {error}", "kind": kind}


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


def main(substrate=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", required=True, help="name or ws:// endpoint; further ones behind commas")
    parser.add_argument("--hotkey-file", required=True, type=pathlib.Path, help="WALLETS/NAME/hotkeys/HOTKEY")
    options = parser.parse_args()
    file = options.hotkey_file.absolute()
    wallet = bittensor.Wallet(name=file.parents[1].name, hotkey=file.name, path=str(file.parents[2]))
    networks = [network.strip() for network in options.network.split(",")]
    asyncio.run(serve(Adapter(networks, wallet, substrate)))


if __name__ == "__main__":
    main()
