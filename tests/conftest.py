"""Fixtures of all end-to-end tests: the program, and a real S3 server."""

import os
import pathlib

import pytest

from s3_server import SeaweedFS

ROOT = pathlib.Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def no_settings_of_the_machine():
    """The tests see neither the settings nor the proxies of whoever runs them."""
    for name in list(os.environ):
        if name.startswith(("S3_", "AWS_")) or name.lower().endswith("_proxy"):
            del os.environ[name]
        elif name.startswith("AML_") and name not in ("AML_MINER", "AML_DEPS"):
            del os.environ[name]
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


@pytest.fixture(scope="session")
def aml_miner():
    """Path of the release program, or of $AML_MINER."""
    program = pathlib.Path(os.environ.get("AML_MINER", ROOT / "build" / "aml-miner")).resolve()
    if not program.is_file():
        pytest.exit(f"{program} is missing: run scripts/build first", returncode=1)
    return program


@pytest.fixture(scope="session")
def seaweedfs(tmp_path_factory):
    """A SeaweedFS server that checks signatures; see s3_server.py."""
    server = SeaweedFS(tmp_path_factory.mktemp("seaweedfs"))
    try:
        server.start()
        yield server
    finally:
        server.stop()
