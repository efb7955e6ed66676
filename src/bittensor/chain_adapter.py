"""Speaks to Bittensor's chain through the official SDK 11, for one hotkey: one JSON request a line on standard input,
one JSON reply a line on standard output.

    {"method": "block"}                                    {"result": 7102113}
    {"method": "metagraph", "netuid": 1}                   {"result": {…}}, as docs/protocol.md has it; null: no such subnet
    {"method": "serve_axon", "netuid": 1, "ip": "203.0.113.7", "port": 8091}
    {"method": "set_weights", "netuid": 1, "uids": [3, 5], "weights": [0.25, 0.75], "version_key": 0}
                                                           {"result": {"accepted": true, "message": "", "block": 7102114}}

What the chain refuses is a result that is not accepted; what could not be asked is {"error": "why"}. The connection opens with
the first request and opens anew after an error. Installed by scripts/bootstrap --chain; src/bittensor/adapter_chain.cpp is its other half.
"""

import argparse
import asyncio
import json
import pathlib
import sys

import bittensor
from bittensor import storage
from bittensor.intents import ServeAxon, SetWeights
from bittensor.result import ChainError


class Adapter:
    def __init__(self, network, wallet, substrate=None):
        self.network = network
        self.wallet = wallet
        self.substrate = substrate  # of tests, in place of the network
        self.client = None

    async def connected(self):
        if self.client is None:
            client = bittensor.Client(self.network, substrate=self.substrate)
            await client.connect()
            self.client = client
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
        rate_limit = await client.query(storage.SubtensorModule.WeightsSetRateLimit, [netuid])
        return {
            "netuid": graph.netuid,
            "block": graph.block,
            "tempo": graph.tempo,
            "weights_rate_limit": int(rate_limit or 0),
            "neurons": [neuron_json(neuron) for neuron in graph.neurons],
        }

    async def serve_axon(self, netuid, ip, port):
        return await self.execute(ServeAxon(netuid=netuid, ip=ip, port=port))

    async def set_weights(self, netuid, uids, weights, version_key):
        return await self.execute(SetWeights(netuid=netuid, uids=uids, weights=weights, version_key=version_key))

    async def execute(self, intent):
        client = await self.connected()
        try:
            result = await client.execute(intent, self.wallet)
        except ChainError as error:  # refused before it was signed, in the words of the chain
            return {"accepted": False, "message": str(error), "block": 0}
        block = int(result.extrinsic_id.split("-")[0]) if result.extrinsic_id else 0
        return {"accepted": result.success, "message": "" if result.success else result.message, "block": block}

    async def answer(self, request):
        methods = {"block": self.block, "metagraph": self.metagraph, "serve_axon": self.serve_axon,
                   "set_weights": self.set_weights}
        arguments = {name: value for name, value in request.items() if name != "method"}
        try:
            return {"result": await methods[request["method"]](**arguments)}
        except Exception as error:
            await self.close()
            return {"error": f"{type(error).__name__}: {error}"}


def neuron_json(neuron):
    host, _, port = (neuron.axon or "").rpartition(":")
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
    }


async def serve(adapter):
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        reply = await adapter.answer(json.loads(line))
        print(json.dumps(reply), flush=True)
    await adapter.close()


def main(substrate=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", required=True)
    parser.add_argument("--hotkey-file", required=True, type=pathlib.Path, help="WALLETS/NAME/hotkeys/HOTKEY")
    options = parser.parse_args()
    file = options.hotkey_file.absolute()
    wallet = bittensor.Wallet(name=file.parents[1].name, hotkey=file.name, path=str(file.parents[2]))
    asyncio.run(serve(Adapter(options.network, wallet, substrate)))


if __name__ == "__main__":
    main()
