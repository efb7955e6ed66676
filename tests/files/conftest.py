import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "process"))

from batches import run, tiny_snapshot, trained  # noqa: E402


@pytest.fixture
def tiny():
    return tiny_snapshot()


@pytest.fixture
def models(aml_miner):
    return trained(aml_miner, "clickhouse")


@pytest.fixture(scope="session")
def published(aml_miner, tmp_path_factory):
    """A SOT that holds two small days of bitcoin, one of 14 days, and one of ethereum; not to be changed."""
    sot = tmp_path_factory.mktemp("sot")
    for i, (network, date, days) in enumerate([("bitcoin", "2025-10-26", 7), ("bitcoin", "2025-10-27", 7),
                                               ("bitcoin", "2025-10-26", 14), ("ethereum", "2025-10-26", 7)]):
        snapshot = tmp_path_factory.mktemp("simulated") / str(i)
        run(aml_miner, "simulate", "--network", network, "--processing-date", date, "--days", days, "--scale", "0.002",
            "--output-dir", snapshot)
        run(aml_miner, "publish", "--input-dir", snapshot, "--sot", f"file://{sot}")
    return f"file://{sot}"


@pytest.fixture
def download(aml_miner, published):
    """The command that downloads a day into a folder."""

    def command(folder, *more, network="bitcoin", date="2025-10-26", days=7):
        return [str(aml_miner), "--log-format", "json", "download", "--network", network, "--processing-date", date, "--days",
                str(days), "--output-dir", str(folder), "--sot", published, *more]

    return command


@pytest.fixture(scope="session")
def broken_disk(tmp_path_factory):
    """The library to preload; see broken_disk.c."""
    library = tmp_path_factory.mktemp("disk") / "broken_disk.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, HERE / "broken_disk.c"], check=True)
    return library
