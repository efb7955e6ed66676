import pathlib
import sys

import pytest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "process"))

from batches import processed, run, tiny_snapshot, trained  # noqa: E402
from serving import Server  # noqa: E402


@pytest.fixture(scope="session")
def day(aml_miner):
    """A batch that `process` made from the ClickHouse snapshot."""
    return processed(aml_miner, "clickhouse")[0]


@pytest.fixture(scope="session")
def server(aml_miner, day):
    """A server over that batch alone; not to be changed. The day is old, and ready all the same."""
    with Server(aml_miner, day.parent, "--max-age", 87_600) as running:
        yield running


@pytest.fixture
def tiny_batch(aml_miner):
    """Runs `process` on a snapshot of thirty alerts; gives a function of the output folder."""

    def process(output):
        run(aml_miner, "process", "--input-dir", tiny_snapshot(), "--output-dir", output,
            "--models-dir", trained(aml_miner, "clickhouse"))

    return process
