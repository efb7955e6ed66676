"""Someone at the page, and the days that there are to look at."""

import pathlib
import sys
import time

from playwright.sync_api import expect

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / "process")]

from batches import run  # noqa: E402

MODELS = TESTS.parent / "trained_models"
OLDER, NEWER, HOSTILE = "2025-10-25", "2025-10-26", "2025-10-24"
HOSTILE_ID = '<img src="/nowhere" onerror="window.hacked=1">'
HOSTILE_ADDRESS = "=HYPERLINK(\"http://example.invalid\",\"x\")"
HOSTILE_TYPOLOGY = "</td><script>window.hacked=2</script>"


def process(aml_miner, root, day):
    run(aml_miner, "process", "--input-dir", root / "input" / day, "--output-dir", root / "output" / day,
        "--models-dir", MODELS, "--counterfactuals", 5)


class Analyst:
    """Someone at the page."""

    def __init__(self, context, server):
        self.server = server
        self.context = context
        self.errors = []
        self.strangers = []
        self.page = context.new_page()
        self.page.set_default_timeout(60000)
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
        deadline = time.monotonic() + 60
        while not self.page.evaluate(question):
            assert time.monotonic() < deadline, question
            self.page.wait_for_timeout(30)

    def wait_for_count(self, text):
        expect(self.get("#count")).to_have_text(text, timeout=60000)

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
