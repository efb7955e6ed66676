import pathlib
import sys

import pytest

sys.path += [str(pathlib.Path(__file__).resolve().parents[1] / name) for name in ("process", "page")]

from analyst import process  # noqa: E402
from batches import run  # noqa: E402
from casework import DAY, NEXT_DAY, CasesServer  # noqa: E402


@pytest.fixture(scope="session")
def days(aml_miner, tmp_path_factory):
    """Two days of one economy; one address of the first is on a sanctions list."""
    root = tmp_path_factory.mktemp("cases")
    for day in (DAY, NEXT_DAY):
        run(aml_miner, "simulate", "--network", "bitcoin", "--processing-date", day, "--days", 7, "--scale", 0.02, "--seed", 7,
            "--output-dir", root / "input" / day)
        process(aml_miner, root, day)
    return root


@pytest.fixture
def file(tmp_path):
    return tmp_path / "cases.sqlite"


@pytest.fixture
def start(aml_miner, days, file):
    """Starts a server on the test's own file of cases, as often as asked; blind reviews are off unless asked for."""
    running = []

    def begin(*arguments, **options):
        if "--cases-blind" not in arguments:
            arguments = (*arguments, "--cases-blind", "0")
        running.append(CasesServer(aml_miner, options.pop("days", days), file, *arguments, **options))
        return running[-1]

    yield begin
    for server in running:
        server.stop()


@pytest.fixture
def server(start):
    return start()


@pytest.fixture
def anna(server):
    return server.person("anna")


@pytest.fixture
def ben(server):
    return server.person("ben")


@pytest.fixture
def table(server):
    """The first day's alerts by rank: lists of columns."""
    return server.person("anna").get(f"/table/alerts/{DAY}").json()["columns"]
