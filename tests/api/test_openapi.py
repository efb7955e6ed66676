"""The description, against the server it describes."""

import os
import subprocess
import sys


def test_schemathesis_finds_nothing(server, tmp_path):
    """All checks, on requests made from the description; TEST_SCHEMATHESIS_EXAMPLES for more of them."""
    examples = os.environ.get("TEST_SCHEMATHESIS_EXAMPLES", "20")
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", f"http://127.0.0.1:{server.port}/openapi.json", "--checks", "all",
         "--max-examples", examples, "--seed", "1", "--workers", "2", "--no-color"],
        capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


def test_every_described_address_is_answered(server, day):
    document = server.get("/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    for path, operations in document["paths"].items():
        assert set(operations) == {"get"}
        target = path.replace("{date}", day.name)
        if "{" not in target:
            assert server.get(target).status in (200, 404), path
