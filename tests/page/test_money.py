"""The money of an address by date: every transfer that the file has, and a period chosen on the timeline."""

import urllib.parse

import duckdb
import pytest
from analyst import NEWER


@pytest.fixture(scope="module")
def alert(server):
    """(alert_id, address) of an alert whose address has transfers enough for two pages."""
    columns = server.get(f"/table/alerts/{NEWER}").json()["columns"]
    return next((alert, address) for alert, address in zip(columns["alert_id"], columns["address"])
                if 60 < transfers(server, address)["total_transfers"] < 300)


def transfers(server, address, **asked):
    return server.get(f"/transfers/{NEWER}/{urllib.parse.quote(address, safe='')}?{urllib.parse.urlencode(asked)}").json()


def opened(visit, alert):
    page = visit(f"#{NEWER}/{alert}").ready()
    page.get(".transfers summary").click()
    page.until("document.querySelector('.transfers tbody')?.childElementCount > 0")
    return page


def test_lists_the_transfers_of_an_address(visit, server, alert):
    expected = transfers(server, alert[1], limit=1000)
    page = opened(visit, alert[0])
    while page.get(".transfers button:has-text('more of')").is_visible():
        shown = page.get(".transfers tbody tr").count()
        page.get(".transfers button:has-text('more of')").click()
        page.until(f"document.querySelector('.transfers tbody').childElementCount > {shown}")
    rows = page.get(".transfers tbody tr").all()
    assert len(rows) == expected["total_transfers"]
    for row, one in zip(rows[:5], expected["transfers"]):
        assert row.locator("td").nth(1).inner_text() == {"in": "from", "out": "to"}[one["direction"]]
        assert row.locator("button").get_attribute("title") == one["address"]


def test_a_period_is_chosen_by_dragging_or_by_dates(visit, server, alert):
    page = opened(visit, alert[0])
    line = transfers(server, alert[1], bins=2)["timeline"]
    page.get(".timeline").scroll_into_view_if_needed()
    box = page.get(".timeline").bounding_box()
    page.page.mouse.move(box["x"] + 1, box["y"] + 20)
    page.page.mouse.down()
    page.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    page.page.mouse.up()
    page.get(".transfers button:text-is('All times')").wait_for()
    middle = (line["begin"] + line["end"]) // 2
    before = transfers(server, alert[1], to=middle)["total_transfers"]
    shown = int(page.get(".transfers .controls .muted").inner_text().split()[0].replace(",", ""))
    assert abs(shown - before) <= 2 and shown < transfers(server, alert[1])["total_transfers"]
    page.get(".transfers button:text-is('All times')").click()
    page.get(".transfers button:text-is('All times')").wait_for(state="detached")
    page.get("input[aria-label='Until (UTC)']").fill("2001-01-01T00:00")
    page.get(".transfers .note:has-text('No transfer in this time')").wait_for()


def test_leads_on_to_the_other_end(visit, alert):
    page = opened(visit, alert[0])
    other = page.get(".transfers tbody button").first.get_attribute("title")
    page.get(".transfers tbody button").first.click()
    page.until("document.querySelector('.flows').textContent.includes('Around ')")
    assert page.get(".flows code.whole").first.inner_text() == other


def test_a_trail_leads_back_and_the_screen_is_filled(visit, alert):
    page = opened(visit, alert[0])
    for _ in range(2):
        before = page.get(".trail li").count()
        there = page.get(".flows caption:has-text('Largest flows') ~ tbody button").last.get_attribute("title")
        page.get(".flows caption:has-text('Largest flows') ~ tbody button").last.click()
        page.get(f".trail code:text-is('{there}')").wait_for()
        if page.get(".trail li").count() <= before:
            break  # it was one that one came by
    shown = [text.removeprefix("›").strip() for text in page.get(".trail li").all_inner_texts()]
    assert shown[0] == "The alert's address" and len(shown) == len(set(shown))
    page.get(".trail button").first.click()
    page.get(".trail").wait_for(state="detached")
    page.get("button:text-is('Full screen')").click()
    page.until("document.fullscreenElement?.getAttribute('aria-label') === 'Money flows'")
    page.get("button:text-is('Full screen')").click()
    page.until("document.fullscreenElement === null")


def test_says_no_more_than_the_file(days, server, alert):
    """In order of time, each row once, and the timeline sums up the same money."""
    folder = days / "input" / NEWER
    rows = duckdb.sql(f"""SELECT count(*), CAST(sum(amount_usd) FILTER (dest_address = $1) AS DOUBLE), min(timestamp) FROM
        (SELECT DISTINCT * FROM read_parquet('{folder}/money_flows.parquet'))
        WHERE (source_address = $1) <> (dest_address = $1) AND amount_usd >= 0""", params=[alert[1]]).fetchone()
    answer = transfers(server, alert[1], limit=1000, bins=10)
    assert answer["total_transfers"] == rows[0]
    times = [one["timestamp"] for one in answer["transfers"]]
    assert times == sorted(times) and times[0] == rows[2] // 1000 * 1000
    received = sum(one["amount_usd"] or 0 for one in answer["transfers"] if one["direction"] == "in")
    assert received == pytest.approx(sum(answer["timeline"]["incoming_usd"]), rel=1e-9)
    assert received == pytest.approx(rows[1], abs=1)


@pytest.mark.parametrize("asked", ["limit=0", "limit=1001", "bins=401", "bins=0", "from=-1", "from=x", "to=1&to=2", "offset=-1"])
def test_wrong_questions_are_refused_by_name(server, alert, asked):
    answer = server.get(f"/transfers/{NEWER}/{alert[1]}?{asked}")
    assert answer.status == 400 and asked.split("=")[0] in answer.detail
