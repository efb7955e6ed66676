"""Writes the files of a version of the program: make.py PROGRAM FOLDER, with AML_DEPS set; run once before a release.

Two days of a subnet with four miners, judged, the first one by its truth as well: the validator's folder (without what
it downloads), a trained model with its card, a batch, and a miner's metagraph file. test_compat.py opens them all.
"""

import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

import pyarrow.parquet as pq

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / folder) for folder in ("", "subnet", "mine")]

from hostile import HostileMiner  # noqa: E402
from hostile_kinds import KINDS, honest  # noqa: E402
from mining import Peer  # noqa: E402

DAYS = ["2025-11-10", "2025-11-11"]


class Subnet:
    """A validator, two honest miners with one model, one that refuses and one that lies, in a folder of their own."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.peer, self.signing = Peer("sdk11.py", "sdk11/lib"), threading.Lock()
        names = ["validator", "honest", "moves", "refuses", "lies"]
        self.hotkeys = {name: self.hotkey(name) for name in names}
        self.uris = {self.hotkeys[name]: f"//{name}" for name in names}
        self.run("wallet", "create", "--wallet-path", folder / "w", "--wallet", "validator", "--dev", "//validator")
        self.facts = {"victim": self.hotkeys["honest"]}
        kinds = {"honest": honest, "moves": honest, "refuses": KINDS["refuses as 404"], "lies": KINDS["latencies of 0"]}
        self.miners = {name: HostileMiner(self.hotkeys[name], kind, self.facts, self.sign) for name, kind in kinds.items()}
        self.chain = folder / "chain.json"

    def run(self, *arguments):
        subprocess.run([self.program, *map(str, arguments)], check=True, cwd=self.folder, stdout=subprocess.DEVNULL)

    def sign(self, hotkey, text):
        with self.signing:
            return self.peer.sign_as(uri=self.uris[hotkey], message=text)

    def hotkey(self, name):
        return self.peer.sign_request(uri=f"//{name}", method="GET", path="/", body="")["X-Bittensor-Hotkey"]

    def validate(self, day):
        help_text = subprocess.run([self.program, "validate", "--help"], capture_output=True, text=True).stdout
        private = ["--allow-private-miners"] if "--allow-private-miners" in help_text else []
        self.run("validate", "--network", "bitcoin", "--sot", f"file://{self.folder}/sot", "--data-dir", self.folder / "validator",
                 "--wallet-path", self.folder / "w", "--wallet", "validator", "--chain", f"fixture:{self.chain}", "--netuid", 7,
                 "--deadline", 60, "--ask-window", 0, "--reference-days", 0, "--threads", 1, *private, "--date", day)

    def set_chain(self, block, uids):
        neurons = []
        for name, uid in uids.items():
            neuron = {"uid": uid, "hotkey": self.hotkeys[name]}
            if name == "validator":
                neuron.update(stake=1000, validator_permit=True)
            else:
                neuron.update(host="127.0.0.1", port=self.miners[name].port)
            neurons.append(neuron)
        self.chain.write_text(json.dumps({"netuid": 7, "block": block, "tempo": 360, "weights_rate_limit": 100, "neurons": neurons}))

    def day(self, number, day):
        self.run("simulate", "--network", "bitcoin", "--processing-date", day, "--days", 7, "--scale", 0.002, "--seed", 5 + number,
                 "--output-dir", self.folder / day)
        self.run("publish", "--input-dir", self.folder / day, "--sot", f"file://{self.folder}/sot")
        self.run("process", "--input-dir", self.folder / day, "--output-dir", self.folder / "output" / day)
        scored = pq.read_table(self.folder / "output" / day / "alerts_scored.parquet").to_pydict()
        self.facts.update(date=day, scores=[(alert, 0.9 * score) for alert, score in zip(scored["alert_id"], scored["score"])])
        # A hotkey stands at another UID on the second day.
        uids = {"validator": 0, "honest": 1, "moves": 2 + 5 * number, "refuses": 3, "lies": 4}
        self.set_chain(1000 + 7200 * number, uids)
        self.validate(day)
        return uids

    def truth(self, day, uids):
        truth = self.folder / f"{day}.ground_truth" / f"ground_truth_{day}.parquet"
        self.run("publish", "--input-dir", self.folder / day, "--ground-truth", truth, "--sot", f"file://{self.folder}/sot")
        self.run("train", "--input-dir", self.folder / day, "--ground-truth", truth, "--models-dir", self.folder / "models",
                 "--threads", 1)
        self.set_chain(1500, uids)
        self.validate(day)

    def keep_metagraph(self):
        kept = self.folder / "metagraph.json"
        mine = subprocess.Popen([self.program, "mine", "--wallet-path", self.folder / "w", "--wallet", "validator", "--chain",
                                 f"fixture:{self.chain}", "--netuid", "7", "--no-announce", "--host", "127.0.0.1", "--port", "0",
                                 "--metagraph-file", kept], stderr=subprocess.DEVNULL)
        while not kept.exists():
            time.sleep(0.1)
        mine.terminate()
        mine.wait()


def main(program, target):
    work = pathlib.Path(tempfile.mkdtemp(prefix="aml-compat-"))
    subnet = Subnet(program, work)
    subnet.truth(DAYS[0], subnet.day(0, DAYS[0]))
    subnet.day(1, DAYS[1])
    subnet.keep_metagraph()
    subnet.peer.stop()
    target.mkdir(parents=True)
    for folder in ("submissions", "ensembles"):
        shutil.copytree(work / "validator" / folder, target / "validator" / folder, ignore=shutil.ignore_patterns(".incoming"))
    with sqlite3.connect(work / "validator" / "ledger.sqlite") as ledger, \
            sqlite3.connect(target / "validator" / "ledger.sqlite") as copy:
        ledger.backup(copy)
    shutil.copy(work / "validator" / "secret", target / "validator" / "secret")
    shutil.copytree(work / "models", target / "models")
    shutil.copytree(work / "output" / DAYS[0], target / "output" / DAYS[0])
    shutil.copy(work / "metagraph.json", target / "metagraph.json")
    shutil.rmtree(work)


if __name__ == "__main__":
    main(str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2]).resolve())
