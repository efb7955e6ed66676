import pathlib
import sys

import pytest

for folder in ["process", "api"]:
    sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / folder))

from batches import processed  # noqa: E402
from mining import Miner, Peer  # noqa: E402
from serving import Server  # noqa: E402


@pytest.fixture(scope="session")
def day(aml_miner):
    """A batch that `process` made from the ClickHouse snapshot."""
    return processed(aml_miner, "clickhouse")[0]


@pytest.fixture(scope="session")
def api(aml_miner, day):
    with Server(aml_miner, day.parent) as running:
        yield running


@pytest.fixture(scope="session")
def miner(aml_miner, api):
    """A miner that //Alice may ask; not to be changed."""
    with Miner(aml_miner, api.port, "--v10", "--rate-limit", 100_000) as running:
        yield running


@pytest.fixture
def mine(aml_miner):
    """Starts miners that end with the test."""
    started = []

    def start(api_port, *arguments, **options):
        started.append(Miner(aml_miner, api_port, *arguments, **options))
        return started[-1]

    yield start
    for running in started:
        running.stop()


def peer(script, *libraries):
    @pytest.fixture(scope="session")
    def running():
        started = Peer(script, *libraries)
        yield started
        started.stop()

    return running


sdk11 = peer("sdk11.py", "sdk11/lib")
sdk10 = peer("sdk10.py", "sdk10/lib")
wallet41 = peer("wallet.py", "sdk10/lib")
wallet40 = peer("wallet.py", "sdk10/wallet40")
