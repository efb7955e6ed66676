"""A validator and miners that are functions of this process: hostile ones, and honest ones to compare them with."""

import json
import pathlib
import random
import sqlite3
import subprocess
import sys
import threading
import time

import pyarrow.parquet as pq

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "mine"))

from hostile import HostileMiner  # noqa: E402
from hostile_kinds import KINDS, PLACES, honest  # noqa: E402
from mining import Peer  # noqa: E402

DATE, NETWORK = "2025-11-10", "bitcoin"


class HostileSubnet:
    def __init__(self, aml_miner, folder):
        self.program, self.folder, self.peer = str(aml_miner), folder, Peer("sdk11.py", "sdk11/lib")
        self.run("simulate", "--network", NETWORK, "--processing-date", DATE, "--days", 7, "--scale", 0.004, "--seed", 5,
                 "--output-dir", folder / "snapshot")
        self.truth = folder / "snapshot.ground_truth" / f"ground_truth_{DATE}.parquet"
        self.run("publish", "--input-dir", folder / "snapshot", "--sot", self.sot)
        self.run("process", "--input-dir", folder / "snapshot", "--output-dir", folder / "output" / DATE)
        table = pq.read_table(folder / "output" / DATE / "alerts_scored.parquet").to_pydict()
        self.stock = list(zip(table["alert_id"], table["score"]))
        self.uris, self.signing = {}, threading.Lock()
        self.validator = self.hotkey("validator")
        self.wallet("validator")
        self.miners = {"honest": self.miner("honest", honest)}
        self.deadline = self.measured_deadline()

    @property
    def sot(self):
        return f"file://{self.folder}/sot"

    def run(self, *arguments, check=True):
        done = subprocess.run([self.program, "--log-format", "json", *map(str, arguments)], capture_output=True, text=True,
                              timeout=300)
        assert not check or done.returncode == 0, done.stderr[-3000:]
        return done

    def hotkey(self, name):
        uri = "//" + "".join(c if c.isalnum() else "-" for c in name)
        hotkey = self.peer.sign_request(uri=uri, method="GET", path="/", body="")["X-Bittensor-Hotkey"]
        self.uris[hotkey] = uri
        return hotkey

    def wallet(self, name):
        """A wallet of ours, with the key of that name."""
        self.run("wallet", "create", "--wallet-path", self.folder / "wallets", "--wallet", name, "--dev", f"//{name}")

    def sign(self, hotkey, text):
        with self.signing:
            return self.peer.sign_as(uri=self.uris[hotkey], message=text)

    def measured_deadline(self):
        """Seconds in which an honest miner answers by far, also where the machine is busy."""
        started = time.monotonic()
        for _ in range(3):
            self.run("ask", "--miner", f"127.0.0.1:{self.miners['honest'].port}", "--hotkey", self.miners["honest"].hotkey,
                     "--date", DATE, "--wallet-path", self.folder / "wallets", "--wallet", "validator")
        return max(3, 5 * (time.monotonic() - started))

    def chain(self, name, places):
        """A chain file of the validator and of whoever stands at the places: (name, host, port) each."""
        neurons = [{"uid": 0, "hotkey": self.validator, "stake": 1000, "validator_permit": True}]
        self.names = {}
        for uid, (miner, host, port) in enumerate(places, 1):
            hotkey = self.miners[miner].hotkey if miner in self.miners else self.hotkey(miner)
            self.names[hotkey] = miner
            neurons.append({"uid": uid, "hotkey": hotkey, "host": host, "port": port})
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps({"netuid": 7, "block": 1000, "tempo": 360, "neurons": neurons}))
        return path

    def miner(self, name, kind, model=7):
        """Its scores are those of a model of its own: a function of the stock model's would be the stock model."""
        number = random.Random(model)
        scores = [(alert, min(1.0, max(0.0, 0.6 * score + 0.3 * number.random()))) for alert, score in self.stock]
        facts = {"date": DATE, "scores": scores, "victim": self.hotkey("honest")}
        return HostileMiner(self.hotkey(name), kind, facts, self.sign)

    def everyone(self, name="everyone"):
        """A chain file of all kinds and places."""
        for kind, function in KINDS.items():
            if kind not in self.miners:
                self.miners[kind] = self.miner(kind, function)
        places = [(miner, "127.0.0.1", running.port) for miner, running in self.miners.items()]
        return self.chain(name, places + [(place, *address) for place, address in PLACES.items()])

    def arguments(self, chain, data_dir, *more):
        return ["validate", "--network", NETWORK, "--sot", self.sot, "--data-dir", data_dir, "--wallet-path",
                self.folder / "wallets", "--wallet", "validator", "--chain", f"fixture:{chain}", "--netuid", 7,
                "--deadline", self.deadline, "--ask-window", 0, "--asked-twice", 1000, "--reference-days", 0, "--threads", 2, *more]

    def validate(self, chain, data_dir, *more, check=True):
        return self.run(*self.arguments(chain, data_dir, "--allow-private-miners", *more), check=check)

    def verdicts(self, data_dir, stage="day"):
        """By name, as the ledger has them."""
        connection = sqlite3.connect(data_dir / "ledger.sqlite")
        found = connection.execute("SELECT hotkey, verdict FROM verdicts JOIN miners ON id = miner WHERE stage = ?",
                                   (stage,)).fetchall()
        connection.close()
        return {self.names[hotkey]: json.loads(verdict) for hotkey, verdict in found}
