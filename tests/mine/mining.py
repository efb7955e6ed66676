"""A running `aml-miner mine`, its peers, and how the tests talk to them."""

import base64
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time

from listening import Answer, Listening

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPS = pathlib.Path(os.environ.get("AML_DEPS", ROOT / ".deps"))
PEERS = pathlib.Path(__file__).resolve().parent / "peers"

ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
EVE = "5HGjWAeFDfFCWPsjFQdVV2Msvz2XtMktvgocEZcCj68kUMaw"
SCORES = "/v1/scores"
LATEST = b'{"processing_date":"latest","kind":"alert_scores"}'


class PeerError(Exception):
    """The name of the exception that the SDK raised."""


class Peer:
    """A script of peers/ in a process of its own, with the packages of `libraries` before the tests'."""

    def __init__(self, script, *libraries):
        paths = [PEERS, *(DEPS / library for library in libraries)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "BT_NO_PARSE_CLI_ARGS": "1"}
        self.process = subprocess.Popen([sys.executable, str(PEERS / script)], env=environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert json.loads(self.process.stdout.readline()) == {"ready": True}

    def __getattr__(self, function):
        def call(**arguments):
            self.process.stdin.write(json.dumps({"function": function, **arguments}) + "\n")
            self.process.stdin.flush()
            reply = json.loads(self.process.stdout.readline())
            if "error" in reply:
                raise PeerError(reply["error"], reply["words"])
            return reply["result"]

        return call

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)


class SignedAnswer(Answer):
    def envelope_lines(self):
        names = ["Hotkey", "Request-Sha256", "Network", "Processing-Date", "Kind", "Snapshot-Sha256", "Body-Sha256",
                 "Model-Version", "Time"]
        assert self.headers["X-Aml-Envelope"] == "1"
        return "\n".join(["aml-envelope/1", "sr25519", *(self.headers[f"X-Aml-{name}"] for name in names)])


def create_hotkey(aml_miner, root, name, uri):
    subprocess.run([aml_miner, "wallet", "create", "--wallet-path", root, "--wallet", name, "--dev", uri], check=True,
                   stdout=subprocess.DEVNULL)


def metagraph(*neurons):
    """A fixture chain: (hotkey, stake, permit) each."""
    return {"netuid": 7, "block": 100,
            "neurons": [{"uid": uid, "hotkey": hotkey, "stake": stake, "validator_permit": permit}
                        for uid, (hotkey, stake, permit) in enumerate(neurons)]}


class Miner(Listening):
    """`aml-miner mine` as //Bob."""

    answer_type = SignedAnswer

    def __init__(self, aml_miner, api_port, *arguments, chain=None, environment=None):
        super().__init__()
        create_hotkey(aml_miner, self.folder / "wallets", "miner", "//Bob")
        self.chain_file = self.folder / "chain.json"
        self.chain_file.write_text(json.dumps(chain or metagraph((ALICE, 1000, True), (BOB, 0, False))))
        named = {argument for argument in arguments if str(argument).startswith("--")}
        standard = {"--chain": f"fixture:{self.chain_file}", "--netuid": "7"}
        self.start(aml_miner, "mine", "--api", f"http://127.0.0.1:{api_port}", "--wallet-path",
                   self.folder / "wallets", "--wallet", "miner", "--host", "127.0.0.1",
                   *(word for name, value in standard.items() if name not in named for word in (name, value)),
                   *arguments, environment=environment)
        if chain is not False and "--chain" not in named:
            self.wait_for_log("metagraph read")

    def wait_for_log(self, message, seconds=30):
        deadline = time.monotonic() + seconds
        while not any(line["message"] == message for line in self.log()):
            assert time.monotonic() < deadline, self.log_path.read_text()
            time.sleep(0.02)

    def ask(self, sdk11, body=LATEST, uri="//Alice", accept_encoding=None, **signing):
        headers = sdk11.sign_request(uri=uri, method="POST", path=SCORES, body=encoded(body),
                                     **{"receiver": BOB, **signing})
        if accept_encoding:
            headers["Accept-Encoding"] = accept_encoding
        answer = self.send("POST", SCORES, body, headers)
        answer.sent = headers
        return answer

    def info(self):
        return self.send("GET", "/v1/info").json()


def encoded(body):
    return base64.b64encode(body).decode()


def sha256(data):
    return hashlib.sha256(data).hexdigest()
