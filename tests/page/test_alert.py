"""One alert: why, cluster, money; and that strangers' text stays text."""

import json
import math
import shutil
import urllib.parse

import pytest
from analyst import HOSTILE, HOSTILE_ADDRESS, HOSTILE_ID, HOSTILE_TYPOLOGY, NEWER
from serving import Server


@pytest.fixture(scope="module")
def alerts(server):
    """(alert_id, address, cluster_id or None) by rank."""
    columns = server.get(f"/table/alerts/{NEWER}").json()["columns"]
    clusters = [None if code is None else columns["cluster_id"]["values"][code] for code in columns["cluster_id"]["codes"]]
    return list(zip(columns["alert_id"], columns["address"], clusters))


def flows(server, address, hops=1):
    return server.get(f"/flows/{NEWER}/{urllib.parse.quote(address, safe='')}?hops={hops}").json()


def number(text):
    return float(text.replace("−", "-").replace(",", ""))


def test_explains_a_score(visit, server, alerts):
    page = visit().ready()
    page.get(".slick-row").nth(0).click()
    page.get("#waterfall").wait_for()
    page.get(".steps summary").click()
    rows = [row.split("\t") for row in page.get(".steps tbody tr").all_inner_texts()]
    answer = server.get(f"/alerts/{NEWER}/{alerts[0][0]}").json()
    explanation = json.loads(answer["explain_json"])
    named = [row for row in rows[1:-1] if not row[0].startswith("others of ")]
    assert [row[0] for row in named] == explanation["top_features"][:10]
    for name, value, contribution in named:
        assert number(contribution) == pytest.approx(explanation["feature_contributions"][name], abs=5e-4)
        assert (value == "missing") == (explanation["feature_values"][name] is None)
    total = sum(number(row[2]) for row in rows[:-1])
    assert total == pytest.approx(number(rows[-1][2]), abs=0.01)
    calibration = server.get(f"/metadata/{NEWER}").json()["models"]["alert_scorer"]["calibration"]
    log_odds = math.log(answer["probability"] / (1 - answer["probability"]))
    assert number(rows[-1][2]) == pytest.approx((log_odds - calibration["intercept"]) / calibration["slope"], abs=1e-3)
    assert number(page.get("#chance").inner_text().removesuffix(" %")) == pytest.approx(answer["probability"] * 100, abs=0.06)
    like = next(one for one in calibration["like"] if answer["probability"] >= one["from"])
    assert f"from {like['rows']:,} like it" in page.get("#detail").inner_text()
    assert ink(page, "#waterfall") > 100
    features = {f["name"]: f for f in server.get(f"/features/{NEWER}").json()["alerts"]}
    named = page.get(".steps .facts dt").all_inner_texts()
    assert named == explanation["top_features"][:10]
    for i, (name, told) in enumerate(zip(named, page.get(".steps .facts dd").all_inner_texts())):
        assert features[name]["meaning"] and told.startswith(features[name]["meaning"])
        assert page.get(".steps tbody tr").nth(i + 1).locator("td").first.get_attribute("title") == told


def test_says_that_a_day_is_foreign(visit, aml_miner, days, tmp_path):
    shutil.copytree(days / "output" / NEWER, tmp_path / NEWER)
    metadata = json.loads((tmp_path / NEWER / "metadata.json").read_text())
    metadata["fit"] |= {"verdict": "foreign", "reasons": ["<b>everything</b> is other"]}
    (tmp_path / NEWER / "metadata.json").write_text(json.dumps(metadata))
    with Server(aml_miner, tmp_path) as other:
        page = visit(on=other).ready()
        page.until("!document.querySelector('#fit').hidden")
        assert "foreign" in page.get("#fit").inner_text() and "<b>everything</b>" in page.get("#fit").inner_text()
        page.get(".slick-row").nth(0).click()
        page.get("#chance").wait_for()
        assert "like it" not in page.get("#detail").inner_text()


def ink(page, selector):
    """How many pixels of the canvases under a selector are not empty."""
    return page.page.evaluate(
        """selector => { let n = 0; for (const canvas of document.querySelectorAll(selector)) {
             if (canvas.width === 0 || canvas.height === 0) continue;
             const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
             for (let i = 3; i < data.length; i += 4) n += data[i] > 0; } return n; }""", selector)


def test_tells_of_the_cluster(visit, server, alerts):
    alert, _, cluster = next(one for one in alerts if one[2])
    page = visit(f"#{NEWER}/{alert}").ready()
    section = page.get("section[aria-label=Cluster]")
    section.get_by_text(cluster, exact=True).wait_for()
    expected = server.get(f"/clusters/{NEWER}/{cluster}").json()["score"]
    assert f"{expected:.4f}" in section.inner_text()
    section.get_by_text("Show its alerts in the table").first.click()
    page.until("document.querySelector('#count').textContent.includes(' of ')")
    assert int(page.count.split()[0]) >= 1


def test_draws_the_money_around_an_address(visit, server, alerts):
    alert, address, _ = next(one for one in alerts if len(flows(server, one[1])["edges"]) > 6)
    expected = flows(server, address)
    page = visit(f"#{NEWER}/{alert}").ready()
    graph = page.get(".graph")
    graph.wait_for()
    label = graph.get_attribute("aria-label")
    assert f"{len(expected['nodes'])} addresses and {len(expected['edges'])} flows" in label
    page.until("document.querySelectorAll('.graph canvas').length > 0")
    page.page.wait_for_timeout(300)
    assert ink(page, ".graph canvas") > 300
    page.get("button:has-text('2 hops')").click()
    page.until(f"document.querySelector('.graph')?.ariaLabel !== {json.dumps(label)}")
    two = flows(server, address, 2)
    assert f"{len(two['nodes'])} addresses and {len(two['edges'])} flows" in graph.get_attribute("aria-label")
    page.get(".flows table button").first.click()
    page.get(".trail button:has-text(\"The alert's address\")").click()
    page.until("!document.querySelector('.flows').textContent.includes('Around')")


def test_tells_of_an_address_in_the_graph(visit, server, alerts):
    alert, address, _ = next(one for one in alerts if len(flows(server, one[1])["edges"]) > 6)
    page = visit(f"#{NEWER}/{alert}").ready()
    page.until("document.querySelectorAll('.graph canvas').length > 0")
    page.get(".graph").scroll_into_view_if_needed()
    page.page.wait_for_timeout(300)
    canvas = page.get(".graph canvas").last
    box = canvas.bounding_box()
    # The address stands where its neighbours leave it: look for it along the lines of a grid.
    for x in range(4, 97, 3):
        for y in range(10, 91, 10):
            page.page.mouse.click(box["x"] + box["width"] * x / 100, box["y"] + box["height"] * y / 100)
            if page.get(".told code").count():
                assert page.get(".told code").inner_text() in {node["address"] for node in flows(server, address)["nodes"]}
                return
    raise AssertionError("no node was found")


def test_marks_money_that_comes_back(visit, server, alerts):
    alert, address, _ = next(one for one in alerts if any(
        edge["on_cycle"] and one[1] in (edge["source_address"], edge["dest_address"]) for edge in flows(server, one[1])["edges"][:6]))
    page = visit(f"#{NEWER}/{alert}").ready()
    page.get(".flows tbody td:has-text('cycle')").first.wait_for()
    expected = sum(edge["on_cycle"] for edge in flows(server, address)["edges"] if address in (edge["source_address"], edge["dest_address"]))
    assert 1 <= page.get(".flows tbody td:text-is('cycle')").count() <= expected


def test_opens_where_a_link_points(visit, alerts):
    page = visit(f"#{NEWER}/{alerts[700][0]}").ready()
    page.get("#detail h2").wait_for()
    assert alerts[700][0] in page.get("#detail").inner_text()
    page.get(".slick-row.opened").wait_for()
    assert page.column(0) != [] and page.get(".slick-row.opened .slick-cell").first.inner_text() == "701"


def test_says_where_a_link_points_nowhere(visit):
    page = visit(f"#{NEWER}/nobody").ready()
    page.get("#banner:has-text('has no alert “nobody”')").wait_for()
    page = visit("#2001-01-01", allow=["404"])
    page.get("#banner:has-text('no batch for 2001-01-01')").wait_for()
    page.get("#day").select_option(NEWER)
    page.ready()


def test_works_by_keyboard_alone(visit, alerts):
    page = visit().ready()
    page.press("/")
    assert page.page.evaluate("document.activeElement.id") == "search"
    page.press("ArrowDown", "ArrowDown", "ArrowDown", "Enter")
    page.get(f"#detail code:text-is('{alerts[2][0]}')").wait_for()
    page.press("j")
    page.get(f"#detail code:text-is('{alerts[3][0]}')").wait_for()
    page.press("k", "k")
    page.get(f"#detail code:text-is('{alerts[1][0]}')").wait_for()
    page.press("Escape")
    page.get("#detail").wait_for(state="hidden")
    page.press("ArrowDown", "Enter")
    page.get(f"#detail code:text-is('{alerts[2][0]}')").wait_for()
    page.press("Escape", "?")
    page.get("#help").wait_for()
    page.press("Escape")
    page.get("#help").wait_for(state="hidden")


def test_keeps_strangers_text_text(visit):
    page = visit(f"#{HOSTILE}/{urllib.parse.quote(HOSTILE_ID, safe='')}").ready()
    page.get("section[aria-label='Money flows'] .graph, section[aria-label='Money flows'] .note").first.wait_for()
    page.get(f"#detail h2:text-is('{HOSTILE_TYPOLOGY.replace('_', ' ')}')").wait_for()
    assert HOSTILE_ID in page.get("section[aria-label='The alert']").inner_text()
    page.get("#search").fill("onerror")
    page.wait_for_count("1 of 40 alerts")
    assert page.get("#main img, #main script").count() == 0
    assert page.page.evaluate("window.hacked") is None
    _, text = page.save()
    line = text.splitlines()[1]
    assert '"\'=HYPERLINK(""http://example.invalid"",""x"")"' in line


def test_tells_of_the_patterns_an_address_stands_in(visit, server, alerts):
    def patterns(address):
        return server.get(f"/flows/{NEWER}/{urllib.parse.quote(address, safe='')}?patterns=true").json()["patterns"]

    alert, found = next((one[0], patterns(one[1])) for one in alerts if patterns(one[1]))
    page = visit(f"#{NEWER}/{alert}").ready()
    page.until("document.querySelectorAll('.patterns li').length > 0")
    told = page.get(".patterns li").all_inner_texts()
    assert len(told) == len(found)
    assert f"of {found[0]['pattern_addresses']} addresses" in told[0]
    page.get(".patterns button").first.click()
    page.until("document.querySelector('.flows')?.textContent.includes('Around ')")
