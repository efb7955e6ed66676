"""No more transfers at once than --connections says, and as many."""

import json
import os
import subprocess
import threading
import time

import pytest

from snapshots import DATE, DAYS, FILES, FOLDER, NETWORK, make_snapshot


class Meeting:
    """Requests that wait for each other until `most` are there, and then for one too many."""

    def __init__(self, most):
        self.expected, self.now, self.most = most, 0, 0
        self.changed = threading.Condition()

    def attend(self):
        with self.changed:
            self.now += 1
            self.most = max(self.most, self.now)
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.most >= self.expected, timeout=60)
        time.sleep(0.3)
        with self.changed:
            self.now -= 1


@pytest.fixture
def meet(hostile):
    def start(most, operation, takes_part=lambda _: True):
        meeting = Meeting(most)

        def act(request):
            if takes_part(request):
                meeting.attend()
        hostile.acts[operation] = act
        return meeting

    return start


def is_data(request):
    return request.key.endswith(tuple(FILES))


@pytest.mark.parametrize("connections", (1, 3))
def test_of_a_download(hostile, to_hostile, meet, snapshot, tmp_path, connections):
    hostile.put_snapshot(snapshot, FOLDER)
    meeting = meet(connections, "get", is_data)
    to_hostile.run("download", "--network", NETWORK, "--processing-date", DATE, "--days", DAYS, "--output-dir", tmp_path / "day",
                   "--connections", connections, "--stall-timeout", 100)
    assert meeting.most == connections


@pytest.mark.parametrize("connections", (1, 2))
def test_of_a_publication(to_hostile, meet, tmp_path, connections):
    folder = make_snapshot(tmp_path / "day", sizes=(1000, 1000, 1000, 65 << 20))
    meeting = meet(connections, "part")
    to_hostile.publish(folder, "--connections", connections, "--stall-timeout", 100)
    assert meeting.most == connections


@pytest.mark.parametrize("connections", (1, 3))
def test_of_a_validator(aml_miner, hostile, meet, snapshot, tmp_path, connections):
    hostile.put_snapshot(snapshot, FOLDER)
    meeting = meet(connections, "get", is_data)
    subprocess.run([aml_miner, "wallet", "create", "--wallet-path", tmp_path / "wallets", "--wallet", "validator", "--dev", "//Alice"],
                   check=True, capture_output=True)
    (tmp_path / "chain.json").write_text(json.dumps({"netuid": 7, "block": 100, "neurons": []}))
    done = subprocess.run([aml_miner, "validate", "--network", NETWORK, "--days", str(DAYS), "--sot", "s3://sot/snapshots", "--data-dir",
                           tmp_path / "data", "--wallet-path", tmp_path / "wallets", "--wallet", "validator", "--chain",
                           f"fixture:{tmp_path / 'chain.json'}", "--netuid", "7", "--no-weights", "--once", "--connections",
                           str(connections), "--stall-timeout", "100"],
                          env={**os.environ, **hostile.environment()}, capture_output=True, text=True, timeout=300)
    assert meeting.most == connections, done.stderr
