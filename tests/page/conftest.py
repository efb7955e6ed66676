"""The analyst's page in Chromium: two simulated days and one of strangers' text, behind `aml-miner serve`."""

import pathlib
import shutil
import sys
import time

import pytest
from playwright.sync_api import expect, sync_playwright

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / "process"), str(TESTS / "api")]

from batches import copy_snapshot, rewrite, run  # noqa: E402
from serving import Server  # noqa: E402

MODELS = TESTS.parent / "trained_models"
CHROMIUM = shutil.which("chromium") or "chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]

OLDER, NEWER, HOSTILE = "2025-10-25", "2025-10-26", "2025-10-24"
HOSTILE_ID = '<img src="/nowhere" onerror="window.hacked=1">'
HOSTILE_ADDRESS = "=HYPERLINK(\"http://example.invalid\",\"x\")"
HOSTILE_TYPOLOGY = "</td><script>window.hacked=2</script>"


def process(aml_miner, root, day):
    run(aml_miner, "process", "--input-dir", root / "input" / day, "--output-dir", root / "output" / day,
        "--models-dir", MODELS)


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
def serve(aml_miner):
    """Starts servers that end with the test."""
    started = []

    def start(output_root, *arguments):
        started.append(Server(aml_miner, output_root, *arguments))
        return started[-1]

    yield start
    for running in started:
        running.stop()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Analyst:
    """Someone at the page."""

    def __init__(self, context, server, expected_errors=()):
        self.server = server
        self.context = context
        self.errors = []
        self.strangers = []
        self.page = context.new_page()
        self.page.set_default_timeout(10000)
        self.page.on("console", lambda message: message.type in ("error", "warning") and self.errors.append(message.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.check(request.url))

    def check(self, url):
        if not url.startswith((f"http://127.0.0.1:{self.server.port}/", "blob:")):
            self.strangers.append(url)

    def open(self, place=""):
        self.page.goto(f"http://127.0.0.1:{self.server.port}/{place}")
        return self

    def ready(self):
        self.page.wait_for_selector(".slick-row")
        return self

    def get(self, selector):
        return self.page.locator(selector)

    @property
    def count(self):
        return self.get("#count").inner_text()

    def until(self, question):
        """Waits until an expression is true; Playwright's own way evaluates text in the page, which its policy forbids."""
        deadline = time.monotonic() + 10
        while not self.page.evaluate(question):
            assert time.monotonic() < deadline, question
            self.page.wait_for_timeout(30)

    def wait_for_count(self, text):
        expect(self.get("#count")).to_have_text(text, timeout=10000)

    def column(self, index):
        """Texts of a column's visible cells from the top down."""
        return self.page.evaluate(
            """index => [...document.querySelectorAll('.slick-row')]
                 .map(row => [row.getBoundingClientRect().top, row.querySelectorAll('.slick-cell')[index].textContent])
                 .sort((a, b) => a[0] - b[0]).map(([, text]) => text)""", index)

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def save(self):
        """What "Download CSV" gives."""
        with self.page.expect_download() as info:
            self.get("#download").click()
        return info.value.suggested_filename, pathlib.Path(info.value.path()).read_text("utf-8")


@pytest.fixture
def visit(browser, server):
    """Opens the page as one analyst or several; at the end none may have met an error or asked another host."""
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
