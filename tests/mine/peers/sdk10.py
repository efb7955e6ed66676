"""Bittensor's SDK 10.5 as a peer: a dendrite, and an axon that answers with an envelope as docs/protocol.md has it."""

import asyncio
import hashlib
import socket
import time
import typing

import bittensor
from bittensor.core.axon import Axon
from bittensor.core.chain_data import AxonInfo
from bittensor.core.dendrite import Dendrite
from bittensor_wallet import Keypair
from line_service import serve

# The dendrite looks up its public address, which there is none of here.
bittensor.core.dendrite.networking.get_external_ip = lambda: "127.0.0.1"


class RiskScoreSynapse(bittensor.Synapse):
    processing_date: str
    kind: str
    snapshot_sha256: str = ""
    challenge: str = ""
    body: typing.Optional[str] = None
    envelope: typing.Optional[dict] = None
    required_hash_fields: typing.ClassVar[tuple[str, ...]] = (
        "processing_date", "kind", "snapshot_sha256", "challenge")


class HotkeyOnly:
    """What an axon needs of a wallet."""

    def __init__(self, uri):
        self.hotkey = Keypair.create_from_uri(uri)


def answer_of(synapse):
    return {"status": synapse.dendrite.status_code, "message": synapse.dendrite.status_message, "body": synapse.body,
            "envelope": synapse.envelope, "axon_hotkey": synapse.axon.hotkey}


def message_of(synapse):
    """What a dendrite signs."""
    dendrite = synapse.dendrite
    return f"{dendrite.nonce}.{dendrite.hotkey}.{synapse.axon.hotkey}.{dendrite.uuid}.{synapse.body_hash}"


def ask(uri, port, hotkey, tamper=None, nonce_shift_s=0, twice=False, **fields):
    async def call():
        dendrite = Dendrite(wallet=Keypair.create_from_uri(uri))
        axon = AxonInfo(version=1, ip="127.0.0.1", port=port, ip_type=4, hotkey=hotkey, coldkey=hotkey)
        prepare = dendrite.preprocess_synapse_for_request
        real_time_ns = time.time_ns

        signed = []

        def prepare_and_tamper(*arguments):
            time.time_ns = lambda: real_time_ns() + int(nonce_shift_s * 1e9)
            try:
                synapse = prepare(*arguments)
            finally:
                time.time_ns = real_time_ns
            signed.append(message_of(synapse))
            for name, value in (tamper or {}).items():
                if name == "signature":
                    synapse.dendrite.signature = value
                else:
                    setattr(synapse, name, value)
            return synapse

        dendrite.preprocess_synapse_for_request = prepare_and_tamper
        if twice:  # the very same request again
            fixed = time.time_ns()
            time.time_ns = lambda: fixed
            dendrite.preprocess_synapse_for_request = prepare
        try:
            answers = []
            for _ in range(2 if twice else 1):
                synapse = RiskScoreSynapse(**fields)
                answers.append(answer_of(await dendrite.call(axon, synapse, timeout=12.0, deserialize=False)))
        finally:
            time.time_ns = real_time_ns
            await dendrite.aclose_session()
        return answers if twice else {**answers[0], "message_signed": signed[0]}

    return asyncio.run(call())


running = {}


def start_axon(uri, body):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    axon = Axon(wallet=HotkeyOnly(uri), ip="127.0.0.1", port=port, external_ip="127.0.0.1")
    axon.fast_server.config.host = "127.0.0.1"  # it would listen to the world

    def forward(synapse: RiskScoreSynapse) -> RiskScoreSynapse:
        terminal = synapse.dendrite
        signed = f"{terminal.nonce}.{terminal.hotkey}.{axon.wallet.hotkey.ss58_address}.{terminal.uuid}.{synapse.body_hash}"
        fields = {
            "hotkey": axon.wallet.hotkey.ss58_address,
            "request_sha256": hashlib.sha256(signed.encode()).hexdigest(),
            "network": "bitcoin",
            "processing_date": "2025-10-26",
            "kind": synapse.kind,
            "snapshot_sha256": "",
            "body_sha256": hashlib.sha256(body.encode()).hexdigest(),
            "model_version": "1.0.0",
        }
        now = time.time_ns()
        lines = "\n".join(["aml-envelope/1", "sr25519", *fields.values(), str(now)])
        signature = "0x" + axon.wallet.hotkey.sign(lines.encode()).hex()
        synapse.body = body
        synapse.envelope = {"envelope": "1", **fields, "time_ns": now, "signature": signature}
        return synapse

    axon.attach(forward_fn=forward)
    axon.start()
    running[port] = axon
    deadline = time.monotonic() + 30
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        if time.monotonic() > deadline:
            raise TimeoutError("the axon does not listen")
        time.sleep(0.05)
    return {"port": port, "hotkey": axon.wallet.hotkey.ss58_address}


def stop_axon(port):
    running.pop(port).stop()


serve({function.__name__: function for function in (ask, start_axon, stop_axon)})
