"""Every version opens what earlier ones wrote: the folders here, made by make.py. The ledger itself: tests/validator."""

import json
import pathlib
import shutil
import subprocess
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.extend(str(TESTS / folder) for folder in ("api", "mine"))

from listening import Listening  # noqa: E402
from mining import create_hotkey  # noqa: E402
from serving import Server  # noqa: E402

VERSIONS = sorted(path.parent for path in pathlib.Path(__file__).parent.glob("*/metagraph.json"))


@pytest.fixture(params=VERSIONS, ids=lambda path: path.name)
def files(request, tmp_path):
    """A copy of what a version wrote."""
    return pathlib.Path(shutil.copytree(request.param, tmp_path / "files"))


class Running(Listening):
    def __init__(self, aml_miner, *arguments):
        super().__init__()
        create_hotkey(aml_miner, self.folder / "wallets", "w", "//validator")
        self.start(aml_miner, *arguments, "--wallet-path", self.folder / "wallets", "--wallet", "w", "--host", "127.0.0.1")


def test_there_are_files_of_earlier_versions():
    assert [path.name for path in VERSIONS][:1] == ["0.1.0"]


def test_the_validator_goes_on_with_its_folder(aml_miner, files):
    chain = files / "chain.json"
    chain.write_text((files / "metagraph.json").read_text())
    with Running(aml_miner, "validate", "--network", "bitcoin", "--sot", f"file://{files}", "--data-dir", files / "validator",
                 "--chain", f"fixture:{chain}", "--netuid", 7, "--ensemble-tokens", "everyone") as validator:
        for day in ("2025-11-10", "2025-11-11"):
            assert len(validator.send("GET", f"/validation/{day}").json()["miners"]) == 4
            assert len(validator.send("GET", f"/ensemble/scores/{day}?limit=3").json()["scores"]) == 3
        assert len(validator.send("GET", "/miners/rankings").json()["miners"]) == 4
        assert validator.send("GET", "/weights/latest").json()["state"] == "accepted"
        assert validator.send("GET", "/health").json()["status"] == "healthy"


def test_the_batch_is_served(aml_miner, files):
    with Server(aml_miner, files / "output") as server:
        assert len(server.send("GET", "/scores/alerts/2025-11-10").json()["scores"]) == 100
    metadata = json.loads((files / "output" / "2025-11-10" / "metadata.json").read_text())
    metadata["format_version"] = 99
    metadata["program_version"] = "7.5.0"
    (files / "output" / "2025-11-10" / "metadata.json").write_text(json.dumps(metadata))
    with Server(aml_miner, files / "output") as server:
        assert server.send("GET", "/scores/alerts/2025-11-10").status != 200
        assert "has format 99, written by aml-miner 7.5.0" in server.log_path.read_text()


@pytest.mark.parametrize("task", ["alert_scorer", "alert_ranker", "cluster_scorer"])
def test_the_models_are_read(aml_miner, files, task):
    done = subprocess.run([aml_miner, "inspect", "--model", files / "models" / f"{task}_v1.0.0.txt"], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_miner_knows_the_metagraph_it_kept(aml_miner, files):
    with Running(aml_miner, "mine", "--chain", "fixture:/nonexistent", "--netuid", 7, "--no-announce", "--metagraph-file",
                 files / "metagraph.json") as miner:
        assert miner.send("GET", "/v1/info").json()["metagraph"]["neurons"] == 5
