"""The day's alerts: table, filters, order, comparison, CSV."""

import collections
import csv
import io

import pytest
from analyst import HOSTILE, NEWER, OLDER


@pytest.fixture(scope="module")
def table(server):
    return server.get(f"/table/alerts/{NEWER}").json()


def values(table, name):
    column = table["columns"][name]
    if isinstance(column, list):
        return column
    return [None if code is None else column["values"][code] for code in column["codes"]]


def test_shows_the_newest_day_by_rank(visit, table):
    page = visit().ready()
    assert page.get("#day").input_value() == NEWER
    assert page.count == "1,000 alerts"
    assert page.column(0)[:3] == ["1", "2", "3"]
    assert page.column(1)[:5] == [f"{score:.4f}" for score in values(table, "score")[:5]]
    assert page.column(3)[:5] == [text.replace("_", " ") for text in values(table, "typology_type")[:5]]


def test_draws_only_what_is_visible(visit):
    page = visit().ready()
    assert page.get(".slick-row").count() < 80
    page.page.evaluate("document.querySelector('.slick-viewport').scrollTo(0, 1e7)")
    page.until("[...document.querySelectorAll('.slick-row')].some(row => row.textContent.startsWith('1,000'))")
    assert page.get(".slick-row").count() < 80


def test_searches_alert_address_and_typology(visit, table):
    page = visit().ready()
    address = values(table, "address")[10]
    wanted = values(table, "address").count(address)
    page.get("#search").fill(address.upper())
    page.wait_for_count(f"{wanted} of 1,000 alerts")
    page.get("#search").fill(values(table, "alert_id")[500])
    page.wait_for_count("1 of 1,000 alerts")
    typology = values(table, "typology_type")[0]
    both = sum(t == typology and "1q" in a for t, a in zip(values(table, "typology_type"), values(table, "address")))
    page.get("#search").fill(f"{typology} 1q")
    page.wait_for_count(f"{both:,} of 1,000 alerts" if both < 1000 else "1,000 alerts")
    page.get("#search").fill("no such thing")
    page.wait_for_count("0 of 1,000 alerts")
    assert page.get("#message").inner_text() == "No alert fits these filters."
    page.get("#clear").click()
    page.wait_for_count("1,000 alerts")


def test_filters_by_severity_and_score(visit, table):
    page = visit().ready()
    page.get(".chip.high").click()
    high = [s for s, severity in zip(values(table, "score"), values(table, "severity")) if severity == "high"]
    page.wait_for_count(f"{len(high)} of 1,000 alerts")
    page.get("#min-score").fill("0.5")
    page.wait_for_count(f"{sum(score >= 0.5 for score in high)} of 1,000 alerts")
    page.get("#max-score").fill("0.7")
    page.wait_for_count(f"{sum(0.5 <= score <= 0.7 for score in high)} of 1,000 alerts")
    assert "severity=high" in page.page.url and "min=0.5" in page.page.url


def test_takes_a_range_from_the_histogram(visit, table):
    page = visit().ready()
    box = page.get("#histogram").bounding_box()
    y = box["y"] + box["height"] / 3
    page.page.mouse.move(box["x"] + box["width"] * 0.6, y)
    page.page.mouse.down()
    page.page.mouse.move(box["x"] + box["width"] * 0.8, y, steps=4)
    page.page.mouse.up()
    page.until("document.querySelector('#min-score').value !== ''")
    low, high = (float(page.get(f"#{end}-score").input_value()) for end in ("min", "max"))
    assert 0.4 < low < high < 0.9
    page.wait_for_count(f"{sum(low <= score <= high for score in values(table, 'score'))} of 1,000 alerts")
    page.get("#histogram").dblclick()
    page.wait_for_count("1,000 alerts")


def test_sorts_by_a_column(visit, table):
    page = visit().ready()
    page.get(".slick-header-column:has-text('Volume')").click()
    page.until("location.hash.includes('sort=-volume')")
    largest = sorted(values(table, "volume_usd"), reverse=True)[:5]
    column = [text for text in page.page.locator(".slick-header-column").all_inner_texts()].index("Volume")
    assert page.column(column)[:5] == [f"${volume:,.0f}" for volume in largest]
    page.get(".slick-header-column:has-text('Volume')").click()
    page.until("location.hash.includes('sort=volume')")


def test_lets_tab_through_and_orders_by_keyboard(visit):
    page = visit().ready()
    page.get("#max-score").focus()
    seen = []
    for _ in range(30):  # were every cell a stop, this would end in the first rows
        page.press("Tab")
        seen.append(page.page.evaluate("document.activeElement.closest('#table') === null ? 'out' : document.activeElement.textContent"))
        if seen[-1] == "Volume":
            page.press("Enter")
    assert "out" in seen
    page.until("location.hash.includes('sort=-volume')")
    assert page.get(".slick-header-column[aria-sort=descending]").inner_text() == "Volume"


def test_goes_from_day_to_day(visit):
    page = visit().ready()
    page.get("#older").click()
    page.until(f"document.title.startsWith('{OLDER}')")
    assert page.page.url.endswith(f"#{OLDER}")
    page.press("]")
    page.until(f"document.title.startsWith('{NEWER}')")
    page.get("#day").select_option(HOSTILE)
    page.until(f"document.title.startsWith('{HOSTILE}')")
    page.page.go_back()
    page.until(f"document.title.startsWith('{NEWER}')")


def keys(table):
    return list(zip(values(table, "address"), values(table, "typology_type")))


def changes(newer, older):
    before = {}
    for key, score in zip(keys(older), values(older, "score")):
        before.setdefault(key, score)
    found = []
    for key, score in zip(keys(newer), values(newer, "score")):
        change = None if key not in before else score - before[key]
        found.append("new" if change is None else "risen" if change >= 0.01 else "fallen" if change <= -0.01 else "steady")
    return collections.Counter(found) + collections.Counter(gone=len(gone_alerts(newer, older)))


def gone_alerts(newer, older):
    """(rank, alert_id, score) of the older day's alerts whose address has no alert of that typology any more."""
    still = set(keys(newer))
    return [(rank, alert, score) for key, rank, alert, score in zip(
        keys(older), values(older, "rank"), values(older, "alert_id"), values(older, "score")) if key not in still]


def test_compares_with_yesterday(visit, server, table):
    expected = changes(table, server.get(f"/table/alerts/{OLDER}").json())
    assert expected["risen"] and expected["new"]
    page = visit().ready()
    page.get("#compare").select_option(OLDER)
    page.get("#changes .chip").first.wait_for()
    assert page.get("#changes .chip").all_inner_texts() == [
        f"{name} {expected[name]:,}" for name in ("new", "risen", "fallen", "gone", "steady")]
    page.get("#changes .chip:has-text('risen')").click()
    page.wait_for_count(f"{expected['risen']} of 1,000 alerts")
    assert all(text.startswith("+") for text in page.column(2))
    _, text = page.save()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["change"] for row in rows} == {"risen"} and len(rows) == expected["risen"]
    assert all(float(row["score_change"]) >= 0.01 for row in rows)


def test_lists_what_is_gone_since_yesterday(visit, server, table):
    gone = gone_alerts(table, server.get(f"/table/alerts/{OLDER}").json())
    page = visit().ready()
    page.get("#compare").select_option(OLDER)
    page.get("#changes .chip:has-text('gone')").click()
    page.wait_for_count(f"{len(gone)} of 1,000 alerts of {OLDER} gone since, with that day's rank and score")
    shown = list(zip(page.column(0), page.column(1), page.column(2)))
    assert shown[:5] == [(f"{rank:,}", f"{score:.4f}", "gone") for rank, _, score in gone[:5]]
    _, text = page.save()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [(int(row["rank_before"]), row["alert_id"], float(row["score_before"])) for row in rows] == gone
    assert {(row["rank"], row["score"], row["change"]) for row in rows} == {("", "", "gone")}
    page.get(".slick-row").nth(1).click()
    page.get(f"#detail .change:has-text('gone by {NEWER}')").wait_for()
    page.get("#waterfall").wait_for()
    assert gone[1][1] in page.get("#detail").inner_text()
    page.get("section[aria-label='The alert']").wait_for()
    page.press("j")
    page.get(f"#detail code:text-is('{gone[2][1]}')").wait_for()
    again = visit("#" + page.page.url.partition("#")[2]).ready()  # as a link
    again.get(f"#detail code:text-is('{gone[2][1]}')").wait_for()
    page.get("#changes .chip:has-text('new')").click()  # together with what is of the day
    page.until("document.querySelector('#count').textContent.includes('; ')")
    page.get("#clear").click()
    page.wait_for_count("1,000 alerts")


def test_leads_from_a_gone_alert_to_its_own_day(visit, server, table):
    older = server.get(f"/table/alerts/{OLDER}").json()
    clusters = {alert: cluster for alert, cluster in zip(values(older, "alert_id"), values(older, "cluster_id")) if cluster}
    alert = next(alert for _, alert, _ in gone_alerts(table, older) if alert in clusters)
    page = visit(f"#{NEWER}/{alert}?compare={OLDER}&change=gone").ready()
    page.get("text=Show its alerts in the table").first.click()
    page.until(f"document.title.startsWith('{OLDER}')")
    page.until("document.querySelector('#count').textContent.includes(' of 1,000 alerts')")
    assert page.get("#search").input_value() == clusters[alert]
    assert page.get(".slick-row").count() >= 1
    page.page.go_back()
    page.get(f"#detail button:has-text('Open {OLDER}')").click()
    page.until(f"document.title.startsWith('{OLDER}')")
    page.get(".slick-row.opened").wait_for()
    assert alert in page.get("#detail").inner_text() and "gone" not in page.get("#detail").inner_text()


def test_gives_what_is_shown_as_csv(visit, table):
    page = visit(f"#{NEWER}?severity=low&sort=-score").ready()
    name, text = page.save()
    assert name == f"alerts_{NEWER}_severity-low.csv"
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    expected = sorted((-score, rank, alert) for score, rank, alert, severity in zip(
        values(table, "score"), values(table, "rank"), values(table, "alert_id"), values(table, "severity")) if severity == "low")
    assert [row["alert_id"] for row in rows] == [alert for _, _, alert in expected]
    assert [float(row["score"]) for row in rows] == [-score for score, _, _ in expected]


def test_keeps_filters_and_order_in_the_address(visit):
    place = f"#{NEWER}?q=structuring&sort=-volume&severity=critical%2Chigh&min=0.2&max=0.9"
    first, second = visit(place).ready(), visit(place).ready()
    assert first.get("#search").input_value() == "structuring"
    assert first.get(".chip.high input").is_checked() and not first.get(".chip.low input").is_checked()
    assert first.get("#min-score").input_value() == "0.2"
    assert first.count == second.count and first.column(0) == second.column(0)
