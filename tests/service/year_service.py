"""The service of a year (year.py) as one who operates it sees it, with a clock and an S3 server that are not to be relied on."""

import contextlib
import fcntl
import json
import os
import pathlib
import resource
import shutil
import socket
import subprocess
import sys
import threading
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "mine"))

from mining import ALICE, BOB, create_hotkey, metagraph  # noqa: E402
from running_service import RunningService  # noqa: E402

FAKETIME = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
WINDOW, CATCH_UP, INPUT_DAYS, OUTPUT_DAYS = 7, 7, 9, 12
# Left out, so that a day is processed in half the time: what features there are is no matter of the service.
LEFT_OUT = ["activity", "clusters", "evidence", "flows", "graph_exposure", "graph_neighbors", "graph_patterns", "graph_rest", "history",
            "indicators", "known"]
PATIENCE = 600  # real seconds, for one day on a machine that is busy
BLOCK_SECONDS = 12


class Proxy:
    """Stands between the service and the S3 server, and may be away."""

    def __init__(self, port):
        self.target, self.is_away = port, False
        self.accepted = 0  # connections: each look of the service at the SOT opens one
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.open = set()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            if self.is_away:
                connection.close()
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                connection.close()
                continue
            self.accepted += 1
            self.open |= {connection, server}
            for ends in ((connection, server), (server, connection)):
                threading.Thread(target=self.forward, args=ends, daemon=True).start()

    def forward(self, source, target):
        try:
            while block := source.recv(1 << 16):
                target.sendall(block)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.open.discard(source)
        source.close()

    def go_away(self):
        self.is_away = True
        for end in list(self.open):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def stop(self):
        self.listening.close()
        self.go_away()


class Chain:
    """A chain in a file: its blocks follow the clock, and it may be away. //Bob mines there, and //Alice validates."""

    def __init__(self, file, second):
        self.file, self.genesis = file, second
        file.write_text(json.dumps({**metagraph((ALICE, 1000, True), (BOB, 0, False)), "block": 1, "genesis_ms": second * 1000}))

    def change(self, **changes):
        """As the program changes it, which may be at it: under its lock, and whole."""
        with open(f"{self.file}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            chain = json.loads(self.file.read_text())
            block = max(chain["block"], changes.pop("block", 0))  # each call is a block, too
            aside = self.file.with_suffix(".new")
            aside.write_text(json.dumps({**chain, "block": block, **changes}))
            aside.rename(self.file)

    def set_clock(self, second):
        self.change(block=(second - self.genesis) // BLOCK_SECONDS)


class Service(RunningService):
    """`aml-miner run`, as one who operates it sees it: started, killed, upgraded, and asked what it serves."""

    def __init__(self, aml_miner, environment, folder, proxy):
        super().__init__(folder)
        self.program, self.original = folder / "bin" / "aml-miner", aml_miner
        self.program.parent.mkdir()
        shutil.copy(aml_miner, self.program)
        self.mine_port_file = folder / "mine-port"
        self.clock, self.chain = folder / "clock", None
        self.offset = 0
        for name, uri in (("miner", "//Bob"), ("validator", "//Alice")):
            create_hotkey(aml_miner, folder / "wallets", name, uri)
        self.environment = {**environment, "S3_ENDPOINT": f"http://127.0.0.1:{proxy.port}", "LD_PRELOAD": str(FAKETIME),
                            "FAKETIME_TIMESTAMP_FILE": str(self.clock), "FAKETIME_CACHE_DURATION": "1",
                            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}
        self.train()
        self.config.write_text(f"""
network = "bitcoin"
days = {WINDOW}
input-root = "{folder}/input"
output-root = "{folder}/output"
models-dir = "{folder}/models"
[schedule]
poll-seconds = 0.2
catch-up-days = {CATCH_UP}
[retention]
input-days = {INPUT_DAYS}
output-days = {OUTPUT_DAYS}
[stages]
nice = 0
[download]
attempts = 2
[process]
threads = 1
without = {json.dumps(LEFT_OUT)}
[check]
enabled = false
[serve]
port = 0
port-file = "{self.port_file}"
threads = 1
[mine]
enabled = true
wallet-path = "{folder}/wallets"
wallet = "miner"
netuid = 7
chain = "fixture:{folder}/chain.json"
host = "127.0.0.1"
port = 0
port-file = "{self.mine_port_file}"
commit = "{folder}/commitments"
commit-seconds = 1
metagraph-seconds = 1
threads = 1
""")

    def train(self):
        """Models of five trees, of a day that is large enough for them."""
        day = self.folder / "learned" / "2031-02-01"
        subprocess.run([self.original, "simulate", "--network", "bitcoin", "--processing-date", day.name, "--days", str(WINDOW), "--scale", "0.03",
                        "--seed", "5", "--output-dir", day], check=True, capture_output=True)
        [truth] = day.with_suffix(".ground_truth").iterdir()
        subprocess.run([self.original, "train", "--input-dir", day, "--ground-truth", truth, "--models-dir", self.folder / "models", "--param",
                        "num_iterations=5", "--threads", "1", *(word for group in LEFT_OUT for word in ("--without", group))],
                       check=True, capture_output=True)
        shutil.rmtree(day.parent)

    def now(self):
        return int(time.time()) + self.offset

    def set_clock(self, second):
        self.offset = second - int(time.time())
        aside = self.clock.with_suffix(".new")
        aside.write_text(f"{self.offset:+d}\n")
        aside.rename(self.clock)
        self.chain = self.chain or Chain(self.folder / "chain.json", second)
        self.chain.set_clock(second)

    def start(self):
        # By a pipe: what is full is the disk of the days, not that of the log.
        self.process = subprocess.Popen([self.program, "--log-format", "json", "run", "--config", self.config],
                                        env=self.environment, stderr=subprocess.PIPE)
        threading.Thread(target=self.write_log, args=(self.process.stderr,), daemon=True).start()

    def write_log(self, pipe):
        with open(self.log_file, "ab") as log:
            for line in pipe:
                log.write(line)
                log.flush()

    def bound_files(self, size):
        """No file may grow beyond it, as on a disk that is full."""
        for pid in [self.process.pid, *self.children().values()]:
            try:
                hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
            except ProcessLookupError:
                continue  # a stage that came to its end

    def children(self):
        """By command."""
        found = {}
        try:
            children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        except OSError:
            return found
        for child in children:
            try:
                words = pathlib.Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if len(words) > 3:
                found[words[3].decode()] = int(child)
        return found

    def is_idle(self):
        """Waits, and runs no stage."""
        for _ in range(8):
            if set(self.children()) - {"serve", "mine"}:
                return False
            time.sleep(0.1)
        return True

    def latest(self):
        """The newest day that is served to who may see days that are held back."""
        try:
            token = (self.folder / "output" / ".service" / "embargo-token").read_text().strip()
        except OSError:
            return None
        return (self.get("/dates/latest", token=token)[1] or {}).get("latest_date")

    def committed(self):
        """Days whose scores stand on the chain, as the miner says."""
        days = (self.get("/v1/info", self.mine_port_file)[1] or {}).get("commitments", {})
        return {date for date, state in days.items() if state["state"] == "committed"}

    def ask(self, date):
        """The scores of a day as a validator gets them."""
        return subprocess.run([self.original, "ask", "--miner", f"127.0.0.1:{self.mine_port_file.read_text().strip()}", "--hotkey", BOB,
                               "--date", date, "--wallet-path", self.folder / "wallets", "--wallet", "validator"],
                              env=self.environment, capture_output=True, text=True)

    def memory(self):
        """Megabytes of the service, its server and its miner."""
        total = 0
        for pid in [self.process.pid, *self.children().values()]:
            try:
                status = pathlib.Path(f"/proc/{pid}/status").read_text()
                total += int(status.split("VmRSS:")[1].split()[0]) / 1024
            except (OSError, IndexError):
                continue
        return total

    def disk(self):
        """Megabytes of inputs, outputs and commitments; not of the small files that stay, which grow by their days."""
        return sum(bytes_below(self.folder / root) for root in ("input", "output", "commitments")) / 1e6


def bytes_below(root):
    """Of its files, while the service removes and renames folders."""
    total = 0
    for folder, _, names in os.walk(root):  # which passes over what is gone
        for name in names if "kept" not in pathlib.Path(folder).parts else ():
            with contextlib.suppress(FileNotFoundError):
                total += (pathlib.Path(folder) / name).stat().st_size
    return total
