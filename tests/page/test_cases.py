"""An analyst's hour: deciding by keyboard, two at one queue, a server that is started again."""

import csv
import io
import pathlib
import re

import pytest
from playwright.sync_api import expect

from analyst import NEWER, OLDER
from axe import violations


def test_a_verdict_is_one_key_and_undone_by_one(begin, sit_down):
    server = begin()
    anna = sit_down(server, "anna", "")
    assert anna.page.url.split("#")[0].endswith("/review")
    anna.page.goto(f"http://127.0.0.1:{server.cases_port}/review#{OLDER}")
    anna.ready()
    expect(anna.get("#cases strong")).to_have_text("anna")
    anna.get(".slick-row").first.click()
    decided = [anna.decide(key) for key in "rnus"]
    person = server.person("anna")
    assert [person.state(alert, OLDER)["verdict"] for alert in decided] == ["report", "no_report", "unsure", "seen"]
    expect(anna.get(".slick-row .decision").first).to_have_text("report")
    anna.press("z")
    expect(anna.get("#case-said")).to_have_text("undone")
    assert anna.chosen == decided[3]
    assert person.state(decided[3], OLDER)["verdict"] == ""
    anna.press("k", "e")
    anna.page.keyboard.type("rj: asked the customer")  # no key of the page's while one writes
    assert anna.get("#case-note").input_value() == "rj: asked the customer"


@pytest.mark.parametrize("scheme", ("light", "dark"))
@pytest.mark.parametrize("width", (1440, 1024, 390))
def test_axe_finds_nothing_where_one_decides(begin, sit_down, width, scheme):
    server = begin()
    anna = sit_down(server, "anna", viewport={"width": width, "height": 900}, color_scheme=scheme)
    assert violations(anna.page) == {}
    anna.get(".slick-row").first.click()
    anna.get("#case-state").wait_for()
    assert violations(anna.page) == {}
    anna.decide("r")
    assert violations(anna.page) == {}


def test_a_filter_shows_what_is_undecided(begin, sit_down):
    server = begin()
    anna = sit_down(server, "anna")
    total = int(re.search(r"[\d,]+", anna.count)[0].replace(",", ""))
    anna.page.locator("#decisions label").filter(has_text=re.compile("undecided")).click()
    anna.get(".slick-row").first.click()
    for _ in range(3):
        anna.decide("n")
    expect(anna.get("#count")).to_contain_text(f"{total - 3:,} of")
    anna.page.reload()
    anna.ready()
    expect(anna.get("#count")).to_contain_text(f"{total - 3:,} of")


def test_what_is_hidden_is_hidden_until_it_is_decided(begin, sit_down):
    server = begin("--cases-blind", "1")
    anna = sit_down(server, "anna")
    assert set(anna.column(1)) == {"hidden"}
    anna.get(".slick-row").first.click()
    expect(anna.get("#case-state")).to_contain_text("hidden until")
    expect(anna.get("section[aria-label=Why]")).to_contain_text("hidden until it is decided")
    first = anna.decide("n")
    assert server.person("anna").state(first, OLDER)["blind"]
    expect(anna.get(".slick-row .slick-cell.l1").first).to_have_text(re.compile(r"[01]\.\d{4}"))


def test_what_is_hidden_spoils_no_report_and_no_csv(begin, sit_down):
    server = begin("--cases-blind", "0.5")
    person = server.person("anna")
    hidden = set(person.get(f"/cases/days/{OLDER}").json()["hidden"])
    anna = sit_down(server, "anna", f"review#{OLDER}?q=rank%3A%3C%3D40")
    anna.allow = (*anna.allow, "403")
    with anna.page.expect_download() as info:
        anna.get("#download-reasons").click()
    rows = list(csv.DictReader(io.StringIO(pathlib.Path(info.value.path()).read_text("utf-8"), newline="")))
    assert len(rows) == 40
    assert {row["alert_id"] for row in rows if row["hidden"] == "1"} == {row["alert_id"] for row in rows} & hidden
    assert all((row["reason_1"] == "") == (row["alert_id"] in hidden) and (row["score"] == "") == (row["alert_id"] in hidden) for row in rows)
    assert anna.get("#token-dialog[open]").count() == 0
    # An address that both days know, hidden on the earlier one.
    older, newer = (person.get(f"/table/alerts/{day}").json()["columns"] for day in (OLDER, NEWER))
    address = next(address for address, id in zip(older["address"], older["alert_id"]) if id in hidden and address in newer["address"])
    alert = newer["alert_id"][newer["address"].index(address)]
    anna.page.goto(f"http://127.0.0.1:{server.cases_port}/review#{NEWER}/{alert}?report=address")
    anna.page.reload()
    anna.get("#report article").wait_for()
    assert "hidden until it is decided" in anna.get("#report article").inner_text()
    with anna.page.expect_download() as info:
        anna.get("#report button:text-is('Markdown')").click()
    assert "hidden until it is decided" in pathlib.Path(info.value.path()).read_text("utf-8")
    one = next(id for id in older["alert_id"] if id in hidden)
    anna.page.goto(f"http://127.0.0.1:{server.cases_port}/review#{OLDER}/{one}?report=alert")
    anna.page.reload()
    anna.get("#report article").wait_for()
    assert one in anna.get("#report article").inner_text() and "hidden until it is decided" in anna.get("#report article").inner_text()


def test_an_hour_of_two_people_at_one_queue(begin, sit_down, aml_miner, file):
    """A hundred decisions by keyboard; the server is started again in the middle; the trail holds all of them."""
    server = begin()
    anna, ben = sit_down(server, "anna"), sit_down(server, "ben")
    done = {}

    def work(desk, keys):
        if desk.chosen == "":
            desk.press("q")
            desk.get("#case-state").wait_for()
        for key in keys:
            alert = desk.decide(key)
            assert alert not in done, "nobody gets what another had"
            done[alert] = (desk.name, {"r": "report", "n": "no_report", "u": "unsure"}[key])

    for _ in range(5):
        work(anna, "rnnun")
        work(ben, "nnrnn")
    server = begin()
    for desk in (anna, ben):
        desk.move(server, f"review#{OLDER}")
    for _ in range(5):
        work(anna, "nnrnu")
        work(ben, "rnnnn")
    assert len(done) == 100
    states = {state["alert_id"]: (state["author"], state["verdict"])
              for state in server.person("anna").get(f"/cases/days/{OLDER}").json()["alerts"]}
    assert states == done
    anna.page.locator("#decisions label").filter(has_text=re.compile("^report")).click()
    reports = sum(verdict == "report" for _, verdict in done.values())
    expect(anna.get("#count")).to_contain_text(f"{reports} of")
    name, text = anna.save()
    assert text.count("\n") == reports + 1 and name.endswith(".csv")
    assert server.person("anna").get(f"/cases/days/{NEWER}").json()["alerts"] == []
