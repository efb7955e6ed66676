"""serve --embargo: a day's scores are nobody's before its deadline, but for who has a token of the file."""

import datetime

import pytest

from batches import run
from serving import Server, copy_batch

TOKEN = "a-token-of-the-miner"
TODAY = datetime.datetime.now(datetime.timezone.utc).date()
# Whenever the test runs: the first's deadline is at least 18 hours away, the second's passed at least 6 hours ago.
HELD, SHOWN = (TODAY + datetime.timedelta(days=1)).isoformat(), (TODAY - datetime.timedelta(days=3)).isoformat()


@pytest.fixture(scope="module")
def held(aml_miner, tmp_path_factory):
    folder = tmp_path_factory.mktemp("embargo")
    for date in (HELD, SHOWN):
        run(aml_miner, "simulate", "--network", "bitcoin", "--processing-date", date, "--days", 7, "--scale", 0.002, "--seed", 5,
            "--output-dir", folder / date)
        run(aml_miner, "process", "--input-dir", folder / date, "--output-dir", folder / "output" / date)
    tokens = folder / "tokens"
    tokens.write_text(TOKEN + "\n")
    tokens.chmod(0o600)
    with Server(aml_miner, folder / "output", "--embargo", tokens) as server:
        server.output_root = folder / "output"
        yield server


PATHS = ["/scores/alerts/{}", "/rankings/alerts/{}", "/scores/clusters/{}", "/table/alerts/{}", "/metadata/{}", "/features/{}"]


@pytest.mark.parametrize("path", PATHS)
def test_a_held_day_is_not_there(held, path):
    assert held.get(path.format(SHOWN)).status == 200
    for _ in range(2):  # also once somebody with a token has asked
        assert held.get(path.format(HELD)).status == 404
        assert held.get(path.format(HELD), Authorization="Bearer another-token-entirely").status == 404
        assert held.get(path.format(HELD), Authorization=f"Bearer {TOKEN}").status == 200


def test_nothing_tells_that_there_is_one(held):
    assert held.get("/dates/available").json()["dates"] == [SHOWN]
    assert held.get("/dates/latest").json()["latest_date"] == SHOWN
    assert held.get("/scores/alerts/latest").json()["processing_date"] == SHOWN
    whole = held.get("/dates/available", Authorization=f"Bearer {TOKEN}").json()
    assert whole["dates"] == [HELD, SHOWN]
    assert held.get("/scores/alerts/latest", Authorization=f"Bearer {TOKEN}").json()["processing_date"] == HELD


def test_who_sees_a_day_a_day_later_waits_a_day_longer_for_the_next(held, aml_miner, tmp_path):
    copy_batch(held.output_root / SHOWN, tmp_path / SHOWN)
    (tmp_path / "tokens").write_text(TOKEN + "\n")
    age = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) - datetime.datetime.fromisoformat(SHOWN)
    hours = age.total_seconds() / 3600
    with Server(aml_miner, tmp_path, "--embargo", tmp_path / "tokens", "--max-age", hours - 12) as server:
        assert server.get("/readyz").status == 200
        assert server.get("/readyz", Authorization=f"Bearer {TOKEN}").status == 503


def opened(server, date):
    """What the miner says of the chain."""
    assert server.get("/dates/available", Authorization=f"Bearer {TOKEN}", **{"X-Aml-Opened": date}).status == 200


def test_the_chains_clock_decides_once_the_miner_has_told_it(held):
    """Whatever this machine's clock says: it may be an hour fast or slow."""
    day_before = (TODAY - datetime.timedelta(days=4)).isoformat()
    opened(held, day_before)
    assert held.get(PATHS[0].format(SHOWN)).status == 503  # there is no day at all
    opened(held, HELD)
    assert held.get(PATHS[0].format(HELD)).status == 200
    # Only who has a token tells, and only a day.
    for words in ({"X-Aml-Opened": day_before}, {"X-Aml-Opened": day_before, "Authorization": "Bearer another-token-entirely"},
                  {"X-Aml-Opened": "tomorrow", "Authorization": f"Bearer {TOKEN}"}):
        held.get("/dates/available", **words)
        assert held.get(PATHS[0].format(HELD)).status == 200, words
    opened(held, SHOWN)
    assert held.get(PATHS[0].format(HELD)).status == 404 and held.get(PATHS[0].format(SHOWN)).status == 200
