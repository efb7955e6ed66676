"""A configuration of `run` that is the whole miner: a wallet, a fixture chain, and how the tests ask it."""

import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "mine"))

from mining import ALICE, BOB, create_hotkey, metagraph  # noqa: E402

BLOCK_SECONDS = 12


class WholeMiner:
    def __init__(self, run, aml_miner, *more, port=0):
        self.run, self.aml_miner = run, aml_miner
        self.chain, self.port_file = run.folder / "chain.json", run.folder / "mine-port"
        self.wallets = run.folder / "wallets"
        for name, uri in (("miner", "//Bob"), ("validator", "//Alice")):
            create_hotkey(aml_miner, self.wallets, name, uri)
        chain = metagraph((ALICE, 1000, True), (BOB, 0, False))
        self.chain.write_text(json.dumps({**chain, "block": 10_000, "genesis_ms": int((time.time() - 10_000 * BLOCK_SECONDS) * 1000)}))
        run.configure(more=["[mine]", "enabled = true", f'wallet-path = "{self.wallets}"', 'wallet = "miner"', "netuid = 7",
                            f'chain = "fixture:{self.chain}"', 'host = "127.0.0.1"', f"port = {port}", f'port-file = "{self.port_file}"',
                            f'commit = "{run.folder}/commitments"', "commit-seconds = 1", "metagraph-seconds = 1", *more])

    def info(self):
        return self.run.get("/v1/info", self.port_file)[1] or {}

    def pass_days(self, days):
        """On the chain, whose clock alone decides."""
        chain = json.loads(self.chain.read_text())
        chain["block"] += days * 86_400 // BLOCK_SECONDS
        aside = self.chain.with_suffix(".new")
        aside.write_text(json.dumps(chain))
        aside.rename(self.chain)

    def ask(self, date):
        return subprocess.run([self.aml_miner, "ask", "--miner", f"127.0.0.1:{self.port_file.read_text().strip()}", "--hotkey", BOB,
                               "--date", date, "--wallet-path", self.wallets, "--wallet", "validator"], capture_output=True, text=True)

    def processes(self):
        """By command, the processes that `run` looks after."""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                parent = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1]
                words = pathlib.Path(f"/proc/{pid}/cmdline").read_text().split("\0")
            except OSError:
                continue
            if parent == str(self.run.process.pid) and len(words) > 3:  # it has none while it becomes the program
                found[words[3]] = (int(pid), words)
        return found
