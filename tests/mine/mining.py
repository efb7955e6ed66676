"""A running `aml-miner mine`, its peers, and how the tests talk to them."""

import base64
import hashlib
import http.client
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

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


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)

    @property
    def detail(self):
        return self.json()["detail"]

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


class Miner:
    """Starts the program as //Bob on a port that the kernel picks, and waits until it listens."""

    def __init__(self, aml_miner, api_port, *arguments, chain=None, environment=None):
        self.scratch = tempfile.TemporaryDirectory(prefix="aml-mine-")
        self.folder = pathlib.Path(self.scratch.name)
        create_hotkey(aml_miner, self.folder / "wallets", "miner", "//Bob")
        self.chain_file = self.folder / "chain.json"
        self.chain_file.write_text(json.dumps(chain or metagraph((ALICE, 1000, True), (BOB, 0, False))))
        port_file = self.folder / "port"
        self.log_path = self.folder / "log"
        named = {argument for argument in arguments if str(argument).startswith("--")}
        standard = {"--chain": f"fixture:{self.chain_file}", "--netuid": "7"}
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [str(aml_miner), "--log-format", "json", "mine", "--api", f"http://127.0.0.1:{api_port}",
                 "--wallet-path", str(self.folder / "wallets"), "--wallet", "miner", "--host", "127.0.0.1",
                 "--port", "0", "--port-file", str(port_file),
                 *(word for name, value in standard.items() if name not in named for word in (name, value)),
                 *map(str, arguments)],
                stderr=log, stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
        deadline = time.monotonic() + 30
        while not port_file.exists():
            assert self.process.poll() is None and time.monotonic() < deadline, self.log_path.read_text()
            time.sleep(0.005)
        self.port = int(port_file.read_text())
        if chain is not False and "--chain" not in named:
            self.wait_for_log("metagraph read")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def log(self):
        return [json.loads(line) for line in self.log_path.read_text().splitlines()]

    def wait_for_log(self, message, seconds=30):
        deadline = time.monotonic() + seconds
        while not any(line["message"] == message for line in self.log()):
            assert time.monotonic() < deadline, self.log_path.read_text()
            time.sleep(0.02)

    def request(self, method, target, body=b"", headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, target, body=body, headers=headers or {})
        answer = Answer(connection.getresponse())
        connection.close()
        return answer

    def ask(self, sdk11, body=LATEST, uri="//Alice", accept_encoding=None, **signing):
        headers = sdk11.sign_request(uri=uri, method="POST", path=SCORES, body=encoded(body),
                                     **{"receiver": BOB, **signing})
        if accept_encoding:
            headers["Accept-Encoding"] = accept_encoding
        answer = self.request("POST", SCORES, body, headers)
        answer.sent = headers
        return answer

    def info(self):
        return self.request("GET", "/v1/info").json()

    def stop(self):
        """Ends the miner as a service manager would; its exit code must be 0."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(timeout=30) == 0, self.log_path.read_text()
        self.scratch.cleanup()


def encoded(body):
    return base64.b64encode(body).decode()


def sha256(data):
    return hashlib.sha256(data).hexdigest()
