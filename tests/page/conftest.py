"""The analyst's page in Chromium: two simulated days and one of strangers' text, behind `aml-miner serve`."""

import pytest

from analyst import HOSTILE, HOSTILE_ADDRESS, HOSTILE_ID, HOSTILE_TYPOLOGY, NEWER, OLDER, Analyst, process
from batches import copy_snapshot, rewrite, run
from desk import Desk
from casework import CasesServer
from serving import Server


@pytest.fixture(scope="session")
def days(aml_miner, tmp_path_factory):
    """Two days of one economy, and a third whose first alert was written by someone who means harm."""
    root = tmp_path_factory.mktemp("page")
    for day in (OLDER, NEWER):
        run(aml_miner, "simulate", "--network", "bitcoin", "--processing-date", day, "--days", 7, "--scale", 0.02,
            "--seed", 7, "--output-dir", root / "input" / day)
        process(aml_miner, root, day)
    snapshot = copy_snapshot(root / "input" / OLDER, root / "input" / HOSTILE)
    first = "alert_id = (SELECT min(alert_id) FROM old)"
    rewrite(snapshot / "alerts.parquet",
            f"""SELECT * REPLACE (DATE '{HOSTILE}' AS processing_date,
                  CASE WHEN {first} THEN '{HOSTILE_ID}' ELSE alert_id END AS alert_id,
                  CASE WHEN {first} THEN '{HOSTILE_ADDRESS}' ELSE address END AS address,
                  CASE WHEN {first} THEN '{HOSTILE_TYPOLOGY}' ELSE typology_type END AS typology_type,
                  CASE WHEN {first} THEN '{HOSTILE_ID}' ELSE description END AS description,
                  CASE WHEN {first} THEN 'high" onclick="x' ELSE severity END AS severity)
                FROM old ORDER BY old.alert_id LIMIT 40""")
    for file in ("features", "clusters"):
        rewrite(snapshot / f"{file}.parquet", f"SELECT * REPLACE (DATE '{HOSTILE}' AS processing_date) FROM old")
    rewrite(snapshot / "money_flows.parquet",
            f"SELECT * REPLACE ('{HOSTILE_ADDRESS}' AS source_address) FROM old LIMIT 30")
    process(aml_miner, root, HOSTILE)
    return root


@pytest.fixture(scope="session")
def server(aml_miner, days):
    with Server(aml_miner, days / "output", "--input-root", days / "input") as running:
        yield running


@pytest.fixture
def visit(browser, server, serve):
    """Opens the page as one analyst or several; at the end none may have met an error or asked another host. Servers of `serve` end after it: a page that is
    open when its server goes meets an error."""
    visits = []

    def start(place="", on=None, allow=(), **options):
        options = {"viewport": {"width": 1440, "height": 900}, "accept_downloads": True, **options}
        analyst = Analyst(browser.new_context(**options), on or server)
        analyst.allow = allow
        visits.append(analyst)
        return analyst.open(place)

    yield start
    for analyst in visits:
        analyst.context.close()
        unexpected = [text for text in analyst.errors if not any(word in text for word in analyst.allow)]
        assert unexpected == []
        assert analyst.strangers == []


@pytest.fixture
def file(tmp_path):
    return tmp_path / "cases.sqlite"


@pytest.fixture
def begin(aml_miner, days, file):
    running = []

    def start(*arguments):
        for server in running:
            server.stop()
        running.append(CasesServer(aml_miner, days, file, *(arguments or ("--cases-blind", "0"))))
        return running[-1]

    yield start
    running[-1].stop()


@pytest.fixture
def sit_down(browser):
    desks = []

    def start(server, name, place=f"review#{OLDER}", **options):
        desk = Desk(browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "accept_downloads": True, **options}), server, name)
        desk.allow = ("401", "409", "412", "ERR_CONNECTION", "Failed to load resource")
        desks.append(desk)
        return desk.open(place)

    yield start
    for desk in desks:
        desk.context.close()
        assert [text for text in desk.errors if not any(word in text for word in desk.allow)] == []
        assert desk.strangers == []
