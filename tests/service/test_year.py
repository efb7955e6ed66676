"""Days, a week where CI=true, of a year of `run` (year.py): whatever fails, every good day is served by its hour and nothing is lost."""

import os

import pytest

from s3_server import SeaweedFS
from year import Year, plan
from year_service import FAKETIME

DAYS = 7 if os.environ.get("CI") == "true" else 4


@pytest.fixture
def open_seaweedfs(tmp_path_factory):
    server = SeaweedFS(tmp_path_factory.mktemp("open-seaweedfs"), is_open=True)
    server.start()
    yield server
    server.stop()


@pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not installed")
def test_every_good_day_is_served_by_its_hour(aml_miner, open_seaweedfs, tmp_path):
    year = Year(aml_miner, open_seaweedfs, tmp_path, seed=19, days=DAYS)
    year.run()
    assert year.counts["publish"] + year.counts["correct"] >= len(year.good) >= DAYS - 1


def test_a_seed_says_what_happens():
    assert plan(3, 365) == plan(3, 365) != plan(4, 365)
    seen = {event.what for event in plan(3, 365)}
    assert seen == {"publish", "spoil", "correct", "away", "back", "chain_away", "chain_back", "full", "free", "kill", "upgrade", "hang_up"}
