"""Files that are far too long for what they should be are refused before they fill the memory."""

import json
import subprocess

import pytest

LENGTH = 1 << 40  # of holes: the disk has none of it


@pytest.fixture
def long_file(tmp_path):
    def make(name):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        with open(tmp_path / name, "wb") as file:
            file.truncate(LENGTH)
        return tmp_path / name

    return make


@pytest.mark.parametrize("name, most, arguments", [
    ("snapshot/META.json", 1 << 20, ["process", "--input-dir", "snapshot", "--output-dir", "2025-10-26"]),
    ("snapshot/META.json", 1 << 20, ["publish", "--input-dir", "snapshot", "--sot", "file:///tmp/nowhere"]),
    ("model.txt", 1 << 30, ["inspect", "--model", "model.txt"]),
    ("tokens", 16 << 20, ["serve", "--output-root", "output", "--port", "0", "--token-file", "tokens"]),
], ids=lambda value: value[0] if isinstance(value, list) else None)
def test_a_file_that_is_too_long_is_refused(aml_miner, tmp_path, long_file, name, most, arguments):
    long_file(name)
    done = subprocess.run([aml_miner, "--log-format", "json", *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 3, done.stderr
    message = json.loads(done.stderr.splitlines()[-1])["message"]
    assert name.split("/")[-1] in message and f"{most} bytes" in message
