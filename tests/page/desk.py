"""Somebody who decides on alerts, at the page of cases."""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "cases"))

from playwright.sync_api import expect  # noqa: E402

from analyst import Analyst  # noqa: E402
from casework import TOKENS  # noqa: E402

expect.set_options(timeout=60000)  # as the Analyst's own: no test depends on speed


class Desk(Analyst):
    """Somebody at the page of cases."""

    def __init__(self, context, server, name):
        super().__init__(context, server)
        self.name = name

    def check(self, url):
        if not url.startswith((f"http://127.0.0.1:{self.server.cases_port}/", "blob:")):
            self.strangers.append(url)

    def open(self, place=""):
        self.page.goto(f"http://127.0.0.1:{self.server.cases_port}/{place}")
        self.page.wait_for_selector("#token-dialog[open], .slick-row")
        if self.get("#token-dialog[open]").count():
            self.get("#token").fill(TOKENS[self.name])
            self.press("Enter")
        return self.ready()

    @property
    def chosen(self):
        return self.page.evaluate("decodeURIComponent(location.hash.slice(1).split('?')[0].split('/')[1] ?? '')")

    def move(self, server, place):
        """To the same cases at another server. What the old page still asks for is asked of the old one."""
        self.page.goto("about:blank")
        self.server = server
        return self.open(place)

    def decide(self, key):
        """Presses a verdict's key and waits until the next alert is there."""
        before = self.chosen
        self.get("#case-state").wait_for()
        self.press(key)
        self.until(f"!location.hash.includes({before!r})")
        self.get("#case-state").wait_for()
        return before
