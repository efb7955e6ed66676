"""The service of a year (year.py) as one who operates it sees it, with a clock and an S3 server that are not to be relied on."""

import json
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

FAKETIME = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
WINDOW, CATCH_UP, INPUT_DAYS, OUTPUT_DAYS = 7, 7, 9, 12
PATIENCE = 600  # real seconds, for one day on a machine that is busy


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


class Service:
    """`aml-miner run`, as one who operates it sees it: started, killed, upgraded, and asked what it serves."""

    def __init__(self, aml_miner, environment, folder, proxy):
        self.folder, self.process, self.log_file = folder, None, folder / "log"
        self.program, self.original = folder / "bin" / "aml-miner", aml_miner
        self.program.parent.mkdir()
        shutil.copy(aml_miner, self.program)
        self.clock = folder / "clock"
        self.offset = 0
        self.environment = {**environment, "S3_ENDPOINT": f"http://127.0.0.1:{proxy.port}", "LD_PRELOAD": str(FAKETIME),
                            "FAKETIME_TIMESTAMP_FILE": str(self.clock), "FAKETIME_CACHE_DURATION": "1",
                            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}
        models = next(up / "trained_models" for up in pathlib.Path(aml_miner).resolve().parents if (up / "trained_models").is_dir())
        (folder / "run.toml").write_text(f"""
network = "bitcoin"
days = {WINDOW}
input-root = "{folder}/input"
output-root = "{folder}/output"
models-dir = "{models}"
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
[check]
enabled = false
[serve]
port = 0
port-file = "{folder}/port"
threads = 1
""")

    def now(self):
        return int(time.time()) + self.offset

    def set_clock(self, second):
        self.offset = second - int(time.time())
        aside = self.clock.with_suffix(".new")
        aside.write_text(f"{self.offset:+d}\n")
        aside.rename(self.clock)

    def start(self):
        # By a pipe: what is full is the disk of the days, not that of the log.
        self.process = subprocess.Popen([self.program, "--log-format", "json", "run", "--config", self.folder / "run.toml"],
                                        env=self.environment, stderr=subprocess.PIPE)
        threading.Thread(target=self.write_log, args=(self.process.stderr,), daemon=True).start()

    def write_log(self, pipe):
        with open(self.log_file, "ab") as log:
            for line in pipe:
                log.write(line)
                log.flush()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(timeout=PATIENCE) == 0

    def bound_files(self, size):
        """No file may grow beyond it, as on a disk that is full."""
        hard = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (size, hard))

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
            if set(self.children()) - {"serve"}:
                return False
            time.sleep(0.1)
        return True

    def get(self, target):
        try:
            port = (self.folder / "port").read_text().strip()
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{target}", timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, None
        except (OSError, ValueError):
            return 0, None

    def memory(self):
        """Megabytes of the service and its server."""
        total = 0
        for pid in [self.process.pid, *self.children().values()]:
            try:
                status = pathlib.Path(f"/proc/{pid}/status").read_text()
                total += int(status.split("VmRSS:")[1].split()[0]) / 1024
            except (OSError, IndexError):
                continue
        return total

    def disk(self):
        """Megabytes of inputs and outputs; not of the small files that stay, which grow by their days."""
        return sum(path.stat().st_size for root in ("input", "output") for path in (self.folder / root).rglob("*")
                   if path.is_file() and "kept" not in path.parts) / 1e6
