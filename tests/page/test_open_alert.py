"""An alert that is open while others work: what it shows, what a verdict is about, and what is being written."""

import re

import pytest
from playwright.sync_api import expect

from analyst import OLDER

MANY = ("--cases-blind", "0", "--cases-four-eyes", "report")


def columns(server):
    return server.person("anna").get(f"/table/alerts/{OLDER}").json()["columns"]


def alert_open(desk, at=0):
    """Opens a row of the table; gives the alert's id once its case is there."""
    desk.get(".slick-row").nth(at).click()
    expect(desk.get("#case-state")).to_be_visible()
    desk.page.wait_for_load_state("networkidle")
    return desk.chosen


def search(desk, text, count):
    desk.get("#search").fill(text)
    desk.get("#search").blur()
    expect(desk.get("#count")).to_have_text(re.compile(rf"^{count} "))


def of_one_address(server, size):
    """The alerts of an address that has so many."""
    found = columns(server)
    address = next(one for one in found["address"] if found["address"].count(one) == size)
    return address, [id for id, other in zip(found["alert_id"], found["address"]) if other == address]


def test_a_second_pair_of_eyes_sees_that_it_is_the_second(begin, sit_down):
    server = begin(*MANY)
    anna, ben = sit_down(server, "anna"), server.person("ben")
    first = alert_open(anna)
    expect(anna.get("#case-state")).to_have_text("undecided")
    assert ben.decide(first, "report", day=OLDER).json()["alerts"][0]["stage"] == "proposed"
    anna.press("r")  # before the page has heard of it
    expect(anna.get("#case-state")).to_contain_text("proposed · by ben")
    assert ben.state(first, OLDER)["stage"] == "proposed" and anna.chosen == first


def test_what_others_do_reaches_the_open_alert_and_leaves_what_is_written(begin, sit_down):
    server = begin(*MANY)
    anna, ben = sit_down(server, "anna"), server.person("ben")
    first = alert_open(anna)
    anna.press("e")
    anna.page.keyboard.type("half a sen")
    assert ben.decide(first, "report", day=OLDER).status == 200
    expect(anna.get("#case-state")).to_contain_text("proposed · by ben", timeout=15000)
    expect(anna.get("#case-told")).to_contain_text("Changed while it was open")
    anna.page.keyboard.type("tence")
    assert anna.get("#case-note").input_value() == "half a sentence"


def test_handing_over_and_a_date_leave_what_is_written(begin, sit_down):
    server = begin()
    anna = sit_down(server, "anna")
    first = alert_open(anna)
    anna.get("#case-note").fill("asked the customer")
    anna.get("#case-reason").fill("layering")
    anna.get("#case-assignee summary").click()
    anna.get("#case-assignee button:text-is('ben')").click()
    expect(anna.get("#case-state")).to_contain_text("for ben")
    anna.get("#case-due").fill("2026-01-31")
    anna.get("#case-set-due").click()
    expect(anna.get("#case-state")).to_contain_text("due 2026-01-31")
    assert (anna.get("#case-note").input_value(), anna.get("#case-reason").input_value()) == ("asked the customer", "layering")
    anna.get("#case-report").click()
    anna.until(f"!location.hash.includes({first!r})")
    entry = server.person("anna").get(f"/cases/days/{OLDER}/alerts/{first}").json()["entries"][-1]
    assert (entry["verdict"], entry["note"], entry["reason"]) == ("report", "asked the customer", "layering")
    expect(anna.get("#case-note")).to_have_value("")


def test_a_date_that_is_typed_is_written_once(begin, sit_down):
    server = begin()
    anna, person = sit_down(server, "anna"), server.person("anna")
    first = alert_open(anna)
    entries = lambda: person.get(f"/cases/days/{OLDER}/alerts/{first}").json()["entries"]  # noqa: E731
    anna.get("#case-due").focus()
    anna.page.keyboard.type("01312026")
    anna.page.wait_for_timeout(500)
    assert entries() == []
    anna.press("Enter")
    expect(anna.get("#case-state")).to_contain_text("due 2026-01-31")
    assert [entry["due"] for entry in entries()] == ["2026-01-31"]
    anna.get("#case-due").fill("2025-10-24")
    anna.press("Enter")
    expect(anna.get("#case-said")).to_contain_text(f"from {OLDER} on")
    assert len(entries()) == 1


def test_the_list_of_people_is_walked_without_handing_over(begin, sit_down):
    server = begin()
    anna, person = sit_down(server, "anna"), server.person("anna")
    first = alert_open(anna)
    anna.get("#case-assignee summary").focus()
    anna.press("Enter", "ArrowDown", "ArrowDown", "ArrowDown", "b")
    expect(anna.get("#case-assignee button:text-is('ben')")).to_be_focused()
    anna.press("Escape")
    assert person.state(first, OLDER) is None and anna.chosen == first
    anna.press("Enter", "c", "Enter")
    expect(anna.get("#case-state")).to_contain_text("for carla")
    assert person.state(first, OLDER)["assignee"] == "carla"


def test_what_was_chosen_means_what_it_meant_then(begin, sit_down):
    server = begin()
    anna, person = sit_down(server, "anna"), server.person("anna")
    ids = columns(server)["alert_id"][:3]
    search(anna, "rank:<=3", 3)
    alert_open(anna)
    anna.get("#case-scope").select_option(label="all 3 undecided ones in the table")
    search(anna, "", "1,000")
    expect(anna.get("#case-told")).to_contain_text("are others by now")
    assert anna.get("#case-scope").input_value() == ""
    anna.decide("n")
    assert [one["alert_id"] for one in person.get(f"/cases/days/{OLDER}").json()["alerts"]] == ids[:1]
    search(anna, "rank:<=3", 3)
    anna.get(".slick-row").nth(1).click()
    anna.get("#case-scope").select_option(label="all 2 undecided ones in the table")
    anna.get("#case-no_report").click()
    expect(anna.get("#case-said")).to_have_text("no report on 2 alerts")
    assert {one["alert_id"] for one in person.get(f"/cases/days/{OLDER}").json()["alerts"]} == set(ids)


def test_groups_are_decided_on_whole(begin, sit_down):
    server = begin()
    anna = sit_down(server, "anna")
    address, ids = of_one_address(server, 3)
    search(anna, f"address:{address}", 3)
    anna.get("#group").select_option("address")
    expect(anna.get("#count")).to_contain_text("1 address")
    alert_open(anna)
    expect(anna.get("#case-scope")).to_contain_text("all 3 undecided ones in the table")


def test_one_go_passes_over_what_others_proposed_or_hold(begin, sit_down):
    server = begin(*MANY)
    anna, ben = sit_down(server, "anna", f"review#{OLDER}?q=rank%3A%3C%3D9"), server.person("ben")
    ids = columns(server)["alert_id"][:9]
    assert ben.decide(ids[1:4], "report", day=OLDER).status == 200
    held = ben.next(day=OLDER).json()["alert_id"]
    assert held == ids[0]
    anna.page.reload()
    anna.ready()
    anna.get(".slick-row").nth(6).click()
    anna.get("#case-scope").select_option(label="all 5 undecided ones in the table", timeout=15000)
    anna.get("#case-no_report").click()
    expect(anna.get("#case-said")).to_have_text("no report on 5 alerts")
    states = {one["alert_id"]: one for one in ben.get(f"/cases/days/{OLDER}").json()["alerts"]}
    assert {states[id]["stage"] for id in ids[1:4]} == {"proposed"} and held not in states
    assert {states[id]["verdict"] for id in ids[4:]} == {"no_report"}


@pytest.mark.parametrize("scope", ("address", "cluster"))
def test_verdicts_on_an_address_or_a_cluster(begin, sit_down, scope):
    """Of which others' proposals stay what they are."""
    server = begin(*MANY)
    anna, ben = sit_down(server, "anna"), server.person("ben")
    found = columns(server)
    if scope == "address":
        _, ids = of_one_address(server, 3)
    else:
        clusters = [None if code is None else found["cluster_id"]["values"][code] for code in found["cluster_id"]["codes"]]
        one = next(one for one in clusters if one is not None and 3 <= clusters.count(one) <= 1000)
        ids = [id for id, other in zip(found["alert_id"], clusters) if other == one]
    assert ben.decide(ids[1], "report", day=OLDER).status == 200
    anna.page.goto(f"http://127.0.0.1:{server.cases_port}/review#{OLDER}/{ids[0]}")
    anna.page.reload()
    anna.ready()
    anna.get("#case-scope").select_option(label=f"all {len(ids) - 1} of its {scope}")
    anna.get("#case-no_report").click()
    expect(anna.get("#case-said")).to_have_text(f"no report on {len(ids) - 1} alerts")
    states = {one["alert_id"]: one for one in ben.get(f"/cases/days/{OLDER}").json()["alerts"]}
    assert [states[id]["stage"] for id in ids] == ["decided", "proposed", *["decided"] * (len(ids) - 2)]


def test_undo_goes_on_behind_what_cannot_be_undone(begin, sit_down):
    server = begin()
    anna, ben = sit_down(server, "anna"), server.person("ben")
    alert_open(anna)
    first, second = anna.decide("n"), anna.decide("n")
    assert ben.decide(second, None, day=OLDER, action="reopen", reason="new facts").status == 200
    anna.page.wait_for_timeout(6000)  # until the page has heard of it
    anna.press("z")
    expect(anna.get("#case-said")).to_contain_text("not undone")
    anna.press("z")
    expect(anna.get("#case-said")).to_have_text("undone")
    assert anna.chosen == first and ben.state(first, OLDER)["stage"] == "open"


def test_handing_over_and_deciding_are_both_undone(begin, sit_down):
    server = begin()
    anna, person = sit_down(server, "anna"), server.person("anna")
    first = alert_open(anna)
    anna.get("#case-assignee summary").click()
    anna.get("#case-assignee button:text-is('ben')").click()
    expect(anna.get("#case-state")).to_contain_text("for ben")
    anna.press("n")
    anna.until(f"!location.hash.includes({first!r})")
    anna.press("z")
    expect(anna.get("#case-said")).to_have_text("undone")
    expect(anna.get("#case-state")).to_have_text(re.compile("^undecided · for ben"))
    anna.press("z")
    expect(anna.get("#case-state")).not_to_contain_text("for ben")
    assert anna.chosen == first and person.state(first, OLDER)["assignee"] == ""
    expect(anna.get("#case-undo")).to_be_disabled()


def test_the_last_row_is_decided_once(begin, sit_down):
    server = begin()
    anna, person = sit_down(server, "anna"), server.person("anna")
    search(anna, "rank:1", 1)
    first = alert_open(anna)
    anna.get("#case-note").fill("once")
    anna.get("#case-report").click()
    expect(anna.get("#case-state")).to_contain_text("report · by anna")
    expect(anna.get("#case-report")).to_be_disabled()
    assert anna.get("#case-note").input_value() == ""
    anna.press("z")
    expect(anna.get("#case-state")).to_have_text(re.compile("^undecided"))
    expect(anna.get("#case-report")).to_be_enabled()
    assert len(person.get(f"/cases/days/{OLDER}/alerts/{first}").json()["entries"]) == 2


def test_the_queue_goes_on_behind_what_waits_for_second_eyes(begin, sit_down):
    server = begin(*MANY, "--cases-line", "3", "--cases-sample", "0.001")
    ids = columns(server)["alert_id"][:3]
    assert server.person("ben").decide(ids, "report", day=OLDER).status == 200
    anna = sit_down(server, "anna")
    seen = []
    for _ in range(3):
        anna.press("q")
        anna.until(f"!{seen[-1:] + ['#none']}.some((id) => location.hash.includes(id)) && location.hash.includes('/')")
        anna.get("#case-state").wait_for()
        anna.page.wait_for_load_state("networkidle")
        seen.append(anna.chosen)
    assert seen == ids


def test_deciding_so_again_is_about_the_open_alert(begin, sit_down):
    server = begin()
    address, ids = of_one_address(server, 3)
    ben = server.person("ben")
    assert ben.decide(ids[0], "report", day=OLDER, reason="structuring").status == 200
    anna = sit_down(server, "anna", f"review#{OLDER}/{ids[1]}")
    anna.get("#case-scope").select_option("shown")
    anna.get(".offer button").first.click()
    anna.until(f"!location.hash.includes({ids[1]!r})")
    assert {one["alert_id"] for one in ben.get(f"/cases/days/{OLDER}").json()["alerts"]} == set(ids[:2])


def test_a_note_is_measured_in_bytes(begin, sit_down):
    server = begin()
    anna, person = sit_down(server, "anna"), server.person("anna")
    first = alert_open(anna)
    anna.get("#case-note").fill("ж" * 2049)
    anna.press("Tab")
    anna.get("#case-report").click()
    expect(anna.get("#case-said")).to_have_text("the note has 4,098 bytes: 4,096 are the most")
    assert person.state(first, OLDER) is None
    anna.get("#case-note").fill("ж" * 2048)
    anna.get("#case-report").click()
    anna.until(f"!location.hash.includes({first!r})")
    assert person.state(first, OLDER)["verdict"] == "report"
