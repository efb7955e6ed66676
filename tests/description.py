"""Requests made from a server's own OpenAPI description."""

import os
import subprocess
import sys


def schemathesis(url, folder, examples):
    """Runs all its checks against the server at `url`; TEST_SCHEMATHESIS_EXAMPLES for more than `examples`."""
    return subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", "--checks", "all", "--max-examples",
         os.environ.get("TEST_SCHEMATHESIS_EXAMPLES", str(examples)), "--seed", "1", "--workers", "2", "--no-color"],
        capture_output=True, text=True, cwd=folder)
