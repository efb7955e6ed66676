#!/usr/bin/env python3.11
"""The chain adapter with the SDK's access to the network replaced: everything above it is the official SDK 11.

A subnet 7 of //Alice, a validator, and //Bob. What was submitted is written to the file that $AML_FAKE_CHAIN names, a line
each: module, function, parameters, and who signed. Files beside it say what goes wrong: $AML_FAKE_CHAIN.fail makes reads fail,
.refuse makes the chain refuse within a block, .pool makes a node's pool refuse, .lose loses the connection after sending, .hang
makes it silent, .first-away makes the first connection fail, .few makes the subnet want more weights, .commit has weights committed.
"""

import asyncio
import dataclasses
import json
import os
import pathlib
import sys

# The tree's own adapter, not the one that was installed.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "src" / "bittensor"))

import chain_adapter  # noqa: E402
from bittensor.balance import Balance  # noqa: E402
from bittensor.result import ChainError, ExtrinsicResult, RpcConnectionError  # noqa: E402

ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
SUBMITTED = pathlib.Path(os.environ["AML_FAKE_CHAIN"])
BLOCK = 7_102_113
GRAPH = {
    "netuid": 7, "name": "aml", "symbol": "a", "block": BLOCK, "tempo": 360, "last_step": BLOCK - 10,
    "blocks_since_last_step": 10, "owner_hotkey": ALICE, "owner_coldkey": ALICE, "network_registered_at": 1, "num_uids": 2,
    "max_uids": 256, "hotkeys": [ALICE, BOB], "coldkeys": [BOB, ALICE], "active": [True, True],
    "validator_permit": [True, False], "last_update": [BLOCK - 500, 0], "block_at_registration": [5, 6],
    "alpha_stake": [10**12, 0], "tao_stake": [0, 0], "total_stake": [1_500_000_000_000, 0],
    "axons": [{"ip": 0, "port": 0, "ip_type": 4}, {"ip": 0xCB007107, "port": 8091, "ip_type": 4, "block": BLOCK - 300}],
}
STORAGE = {"WeightsSetRateLimit": 100, "Uids": 0, "CommitRevealWeightsEnabled": False, "LastUpdate": [BLOCK - 500, 0],
           "MinAllowedWeights": 1, "MaxWeightsLimit": 65535, "SubnetEpochConsensus": "Yuma", "ValidatorPermit": [True, False],
           "ServingRateLimit": 50, "WeightsVersionKey": 3, "StakeThreshold": 10**12, "ActivityCutoffFactorMilli": 13889,
           "MechanismCountCurrent": 1, "Tempo": 360, "RevealPeriodEpochs": 1, "LastEpochBlock": BLOCK - 10, "PendingEpochAt": 0,
           "LastStoredRound": 9_000_000, "BlockHash": "0x2f", "SubnetEpochIndex": 19000, "BlocksSinceLastStep": 10}
ENTRY = b"AML1" + bytes(4) + b"\xff" * 32
COMMITS = {"RevealedCommitments": [(ALICE, [("0x" + ENTRY.hex(), BLOCK - 9), (b"\xa0" + ENTRY, BLOCK - 8)]), (BOB, [("0xzz", 7)])],
           "CRV3WeightCommits": [(19000, [(ALICE, "0xab", 777), (BOB, "0xcd", 778)]), (19001, [(ALICE, "0xef", 790)])]}


def told(what):
    return SUBMITTED.with_name(SUBMITTED.name + "." + what).exists()


class FakeSubstrate:
    token_symbols = {}

    def balance(self, rao, netuid=0):
        return Balance.from_rao(rao, netuid)

    connections = 0

    async def connect(self):
        self.connections += 1
        if told("first-away") and self.connections == 1:
            raise RpcConnectionError("the first endpoint is gone")

    async def close(self):
        pass

    async def block_hash(self, block=None):
        return "0x" + "00" * 32

    async def block_number(self):
        while told("hang"):
            await asyncio.sleep(0.1)
        if told("fail"):
            raise ConnectionError("the node is gone")
        return BLOCK

    async def block_time(self):
        return 12.0

    async def query(self, module, storage_function, params=None, block_hash=None):
        if storage_function == "MinAllowedWeights" and told("few"):
            return 5
        if storage_function == "CommitRevealWeightsEnabled" and told("commit"):
            return True
        return STORAGE.get(storage_function)

    async def finalized_block_number(self):
        return BLOCK

    async def get_block(self, block_number=None):
        """Every 12 seconds, but block 100 before the last took a minute longer."""
        late = 60_000 if block_number > BLOCK - 100 else 0
        return {"header": {"number": block_number, "hash": f"0x{block_number:064x}"},
                "extrinsics": [{"call": {"call_module": "Timestamp", "call_function": "set",
                                         "call_args": [{"name": "now", "value": 12_000 * block_number + late}]}}]}

    async def query_map(self, module, storage_function, params=None, block_hash=None):
        if storage_function == "CRV3WeightCommitsV2":
            raise ValueError("Storage function not found")  # as runtimes without it say
        return COMMITS.get(storage_function, [])

    async def runtime_call(self, api, method, params, block_hash=None):
        if told("fail"):
            raise ConnectionError("the node is gone")
        return GRAPH if params[0] == 7 else None

    async def constant(self, module, name):
        return 0

    async def compose(self, call):
        return call

    async def estimate_fee(self, call, keypair):
        return Balance.from_rao(0)

    async def submit(self, call, keypair, **_):
        module, function, parameters = dataclasses.astuple(call) if dataclasses.is_dataclass(call) else call
        with SUBMITTED.open("a") as file:
            print(json.dumps([module, function, parameters, keypair.ss58_address], default=bytes.hex), file=file)
        if told("refuse"):
            return ExtrinsicResult(success=False, message="SettingWeightsTooFast", block_hash="0x" + "11" * 32,
                                   extrinsic_id=f"{BLOCK + 1}-2")
        if told("pool"):
            return ExtrinsicResult(success=False, message="Priority is too low: (1014)")
        if told("lose"):
            raise ChainError("Connection lost while waiting. The transaction may already be on chain")
        return ExtrinsicResult(success=True, extrinsic_id=f"{BLOCK + 1}-2")


chain_adapter.main(FakeSubstrate())
