"""`aml-miner run` as a process: where its log is, what its server answers, and how it ends."""

import json
import signal
import urllib.error
import urllib.request


class RunningService:
    def __init__(self, folder):
        self.folder, self.process = folder, None
        self.config, self.port_file, self.log_file = folder / "run.toml", folder / "port", folder / "log"

    def get(self, target, port_file=None, token=None):
        """Status and body; 0 where nobody answers."""
        try:
            port = (port_file or self.port_file).read_text().strip()
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}{target}", headers=headers), timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)
        except (OSError, ValueError):
            return 0, None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=60):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(timeout=seconds) == 0, self.log_file.read_text()[-6000:]
