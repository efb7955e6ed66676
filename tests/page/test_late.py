"""Answers of cases that come late, or not at all."""

import re

import pytest
from playwright.sync_api import expect

from analyst import NEWER, OLDER


@pytest.fixture
def hold():
    """Holds what a page asks for; the function that it gives lets go of it."""
    def begin(desk, pattern):
        held = []
        desk.page.route(re.compile(pattern), lambda route: held.append(route))  # Playwright sets names on what it is given

        def let_go():
            for route in held:
                route.continue_()
            desk.page.unroute(re.compile(pattern))  # which lets go of what is still held itself
            desk.page.wait_for_load_state("networkidle")
            desk.page.wait_for_timeout(300)

        return held, let_go

    return begin


def alerts_of(server):
    return server.person("anna").get(f"/table/alerts/{OLDER}").json()["columns"]["alert_id"]


def test_another_days_answer_changes_nothing_here(begin, sit_down, hold):
    server = begin()
    anna = sit_down(server, "anna")
    anna.get(".slick-row").first.click()
    decided = anna.decide("r")
    held, let_go = hold(anna, rf"/cases/days/{NEWER}$")
    anna.press("]")
    anna.page.wait_for_timeout(100)
    while not held:
        anna.page.wait_for_timeout(30)
    anna.press("[")
    expect(anna.get("#day")).to_have_value(OLDER)
    expect(anna.get("main")).not_to_have_attribute("aria-busy", "true")
    let_go()
    expect(anna.get(".slick-row .decision").first).to_have_text("report")
    anna.press("z")
    expect(anna.get("#case-said")).to_have_text("undone")
    assert server.person("anna").state(decided, OLDER)["stage"] == "open"


def test_a_report_that_comes_late_replaces_no_other(begin, sit_down, hold):
    server = begin()
    first, second = alerts_of(server)[:2]
    anna = sit_down(server, "anna")
    held, let_go = hold(anna, rf"/cases/days/{OLDER}/alerts/{re.escape(first)}$")
    anna.page.evaluate(f"location.hash = '#{OLDER}/{first}?report=alert'")
    while not held:
        anna.page.wait_for_timeout(30)
    anna.page.evaluate(f"location.hash = '#{OLDER}/{second}?report=alert'")
    expect(anna.get("#report article h2")).to_contain_text(second)
    let_go()
    expect(anna.get("#report article h2")).to_contain_text(second)


def test_a_report_says_that_its_decisions_did_not_come(begin, sit_down):
    server = begin()
    first = alerts_of(server)[0]
    anna = sit_down(server, "anna")
    anna.page.route(re.compile(rf"/cases/days/{OLDER}/alerts/"), lambda route: route.fulfill(status=503, json={"detail": "not now"}))
    anna.page.evaluate(f"location.hash = '#{OLDER}/{first}?report=alert'")
    expect(anna.get("#report article")).to_contain_text("What people did to it is not known")
    anna.page.unroute(re.compile(rf"/cases/days/{OLDER}/alerts/"))


def test_a_report_marks_what_was_undone(begin, sit_down):
    server = begin()
    ben = server.person("ben")
    first = alerts_of(server)[0]
    assert ben.decide(first, None, day=OLDER, action="assign", due="2026-02-01").status == 200
    assert ben.undo(ben.decide(first, "report", day=OLDER).json()["sequence"], day=OLDER).status == 200
    anna = sit_down(server, "anna", f"review#{OLDER}/{first}?report=alert")
    lines = anna.get("#report .decisions li")
    expect(lines).to_have_text([re.compile("assign due 2026-02-01$"), re.compile("decide report – undone$"), re.compile("undo of line 2$")])
