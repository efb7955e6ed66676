"""Ten tasks of an analyst, performed; docs/page.md says in how many steps, beside other tools."""

import pathlib
import re
import sys

import pytest
from playwright.sync_api import expect

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "cases"))

from analyst import OLDER  # noqa: E402
from casework import TOKENS, CasesServer  # noqa: E402

PEERS = 4


def rows_of_docs():
    """The table's rows: the task's words, our steps, and those of the others (None: cannot)."""
    text = (ROOT / "docs/page.md").read_text("utf-8").partition("## Ten tasks")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if re.match(r"\| \d+ \|", line)]
    number = lambda cell: None if cell.startswith("–") else int(re.match(r"\*{0,2}(\d+)", cell)[1])  # noqa: E731
    return {int(row[0]): (row[1], number(row[2]), [number(cell) for cell in row[3:]]) for row in rows}


class Steps:
    """Somebody whose steps are counted: a click, a key, a field filled, a choice from a list, a drag."""

    def __init__(self, page):
        self.page = page
        self.count = 0

    def click(self, selector):
        self.count += 1
        self.page.locator(selector).first.click()

    def key(self, key):
        self.count += 1
        self.page.keyboard.press(key)

    def fill(self, selector, text):
        self.count += 1
        self.page.locator(selector).first.fill(text)

    def choose(self, selector, value):
        self.count += 1
        self.page.locator(selector).first.select_option(value)

    def pick(self, selector, name):
        """A choice from a list, with opening it, where the list is no <select>."""
        self.count += 1
        self.page.locator(f"{selector} summary").click()
        self.page.locator(f"{selector} button:text-is('{name}')").click()

    def drag(self, selector, begin, end):
        self.count += 1
        place = self.page.locator(selector).first
        place.scroll_into_view_if_needed()
        box = place.bounding_box()
        middle = box["y"] + box["height"] / 2
        self.page.mouse.move(box["x"] + begin * box["width"], middle)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + end * box["width"], middle, steps=4)
        self.page.mouse.up()

    def see(self, selector, text=None):
        """What the task is for is there."""
        found = self.page.locator(selector).first
        found.wait_for()
        if text is not None:
            expect(found).to_contain_text(text)
        return found

    @property
    def chosen(self):
        return self.page.evaluate("decodeURIComponent(location.hash.slice(1).split('?')[0].split('/')[1] ?? '')")

    def begin_at_first(self):
        """An alert is open; not counted, for tasks that begin so."""
        self.page.keyboard.press("j")
        self.see("#case-state")
        return self.chosen


@pytest.fixture(scope="module")
def cases(aml_miner, days, tmp_path_factory):
    with CasesServer(aml_miner, days, tmp_path_factory.mktemp("tasks") / "cases.sqlite", "--cases-blind", "0") as server:
        yield server


@pytest.fixture
def steps(browser, cases):
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{cases.cases_port}/review#{OLDER}?decision=undecided")
    page.locator("#token").fill(TOKENS["anna"])
    page.keyboard.press("Enter")
    page.wait_for_selector(".slick-row")
    page.wait_for_selector("#case-queues button")
    yield Steps(page)
    context.close()


def state(cases, alert):
    return cases.person("anna").state(alert, OLDER)


def why(steps, cases):
    steps.key("j")
    steps.see("section[aria-label=Why] .family")


def decide(steps, cases):
    first = steps.begin_at_first()
    steps.key("n")
    expect(steps.page).not_to_have_url(re.compile(re.escape(first)))
    assert state(cases, first)["verdict"] == "no_report"


def decide_with_a_note(steps, cases):
    first = steps.begin_at_first()
    steps.fill("#case-note", "asked the customer: payroll")
    steps.click("#case-unsure")
    expect(steps.page).not_to_have_url(re.compile(re.escape(first)))
    assert state(cases, first)["verdict"] == "unsure"
    entries = cases.person("anna").get(f"/cases/days/{OLDER}/alerts/{first}").json()["entries"]
    assert entries[-1]["note"] == "asked the customer: payroll"


def hand_over(steps, cases):
    first = steps.begin_at_first()
    steps.pick("#case-assignee", "ben")
    steps.see("#case-state:has-text('for ben')")
    assert state(cases, first)["assignee"] == "ben" and steps.chosen == first


def narrow(steps, cases):
    steps.fill("#search", "severity:high typology:structuring volume:>10k")
    expect(steps.page.locator("#count")).to_have_text(re.compile(r"^\d+ of 1,000 alerts"))


def take_along(steps, cases):
    shown = int(re.match(r"[\d,]+", steps.see("#count").inner_text())[0].replace(",", ""))
    with steps.page.expect_download() as info:
        steps.click("#download")
    assert pathlib.Path(info.value.path()).read_text("utf-8").count("\n") == shown + 1


def money(steps, cases):
    steps.key("j")
    steps.see(".graph canvas")
    steps.click("button:text-is('2 hops')")
    steps.see("button:text-is('2 hops')[aria-pressed=true]")
    steps.see(".graph canvas")


def transfers(steps, cases):
    steps.key("j")
    steps.click(".transfers summary")
    steps.see(".timeline")
    before = steps.page.locator(".transfers .controls [aria-live]").inner_text()
    steps.drag(".timeline", 0.3, 0.7)
    expect(steps.page.locator(".transfers .controls [aria-live]")).not_to_have_text(before)


def earlier(steps, cases):
    columns = cases.person("anna").get(f"/table/alerts/{OLDER}").json()["columns"]
    addresses = columns["address"]
    at = next(i for i, address in enumerate(addresses) if i > 20 and addresses.count(address) > 1)
    other = next(i for i, address in enumerate(addresses) if address == addresses[at] and i != at)
    assert cases.person("ben").decide(columns["alert_id"][other], "report", day=OLDER, reason="structuring").status == 200
    steps.page.locator("#search").fill(f"alert:{columns['alert_id'][at]}")  # the list that one begins with
    expect(steps.page.locator("#count")).to_contain_text("1 of 1,000")
    steps.page.locator("#search").blur()
    steps.key("j")
    steps.see(".offer", "ben decided “report”")


def report(steps, cases):
    steps.page.evaluate("() => { window.print = () => { window.printed = document.querySelector('#report article').innerText; }; }")
    steps.key("j")
    steps.click("#report-open")
    steps.see("#report .sentences li")
    steps.click("#report button:text-is('Print')")
    printed = steps.page.evaluate("window.printed")
    assert "Draft, not filed" in printed and "Money of" in printed and re.search("What people did|Nobody has decided", printed)


TASKS = {1: why, 2: decide, 3: decide_with_a_note, 4: hand_over, 5: narrow, 6: take_along, 7: money, 8: transfers, 9: earlier, 10: report}


@pytest.mark.parametrize("number", TASKS)
def test_a_task_takes_so_many_steps(steps, cases, number):
    TASKS[number](steps, cases)
    assert steps.count == rows_of_docs()[number][1]


def test_no_other_tool_takes_fewer():
    rows = rows_of_docs()
    assert list(rows) == list(TASKS)
    for task, ours, others in rows.values():
        assert len(others) == PEERS, task
        assert all(other is None or other >= ours for other in others), task


def test_verdicts_on_more_than_one(steps, cases):
    """All of an address, of a cluster, of what the table shows, by the list beside the verdicts."""
    columns = cases.person("anna").get(f"/table/alerts/{OLDER}").json()["columns"]
    addresses = columns["address"]
    fresh = [i for i in range(len(addresses) - 1, 0, -1) if addresses.count(addresses[i]) == 3 and not any(state(cases, columns["alert_id"][j]) for j in range(len(addresses)) if addresses[j] == addresses[i])]
    at = fresh[0]
    steps.page.locator("#search").fill(f"alert:{columns['alert_id'][at]}")
    expect(steps.page.locator("#count")).to_contain_text("1 of 1,000")
    steps.page.locator("#search").blur()
    steps.begin_at_first()
    steps.choose("#case-scope", "address")
    steps.click("#case-report")
    expect(steps.page.locator("#case-said")).to_have_text("report on 3 alerts")
    assert all(state(cases, columns["alert_id"][i])["verdict"] == "report" for i in range(len(addresses)) if addresses[i] == addresses[at])


def test_due_dates_and_reopening_stay_at_the_alert(steps, cases):
    first = steps.begin_at_first()
    steps.fill("#case-due", "2026-01-31")
    steps.click("#case-set-due")
    steps.see("#case-state:has-text('due 2026-01-31')")
    steps.click("#case-no_report")
    expect(steps.page).not_to_have_url(re.compile(re.escape(first)))
    steps.page.goto(f"{steps.page.url.split('#')[0]}#{OLDER}/{first}")
    steps.see("#case-reopen")
    steps.fill("#case-reason", "new facts")
    steps.click("#case-reopen")
    steps.see("#case-state:has-text('undecided')")
    assert steps.chosen == first and state(cases, first)["stage"] == "open"
