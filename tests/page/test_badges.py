"""Known addresses: a badge and who says so, wherever the page shows money."""

import json
import pathlib
import urllib.parse

import pytest
from analyst import MODELS, NEWER
from axe import violations
from batches import run
from playwright.sync_api import expect
from serving import Server

SOURCES = {"own": ("scam", "a list of ours"), "near": ("mixer", "Chain & Co <report>"), "good": ("exchange", "labels.csv"), "far": ("ransomware", "OFAC sdn.xml")}


def ends(server, address, hops=1):
    flows = server.get(f"/flows/{NEWER}/{urllib.parse.quote(address, safe='')}?hops={hops}").json()
    return [node["address"] for node in flows["nodes"] if node["hop"] == hops], flows


@pytest.fixture(scope="module")
def known(aml_miner, days, server, tmp_path_factory):
    """(server, alert, addresses by what they are) of a day for which labels were given."""
    columns = server.get(f"/table/alerts/{NEWER}").json()["columns"]
    for alert, own in zip(columns["alert_id"], columns["address"]):
        near, flows = ends(server, own)
        if not 4 < len(near) < 20 or flows["incoming"]["counterparties"] < 2:
            continue
        first = flows["edges"][0]
        other = first["dest_address"] if first["source_address"] == own else first["source_address"]
        far = [one for one in ends(server, other)[0] if one not in near and one != own]
        if far:
            break
    there = {"own": own, "near": other, "good": next(one for one in near if one != other), "far": far[0]}
    root = tmp_path_factory.mktemp("known")
    lines = ["address,label,category,source,known_since"]
    for name, address in there.items():
        category, source = SOURCES[name]
        lines.append(f'{address},{name} one,{category},{"" if source == "labels.csv" else source},2025-10-01')
    (root / "labels.csv").write_text("\n".join(lines) + "\n")
    run(aml_miner, "process", "--input-dir", days / "input" / NEWER, "--output-dir", root / "output" / NEWER, "--models-dir", MODELS, "--labels", root / "labels.csv")
    with Server(aml_miner, root / "output", "--input-root", days / "input") as running:
        yield running, alert, there


def said(name):
    return f"{SOURCES[name][0]}, says {SOURCES[name][1]}"


def opened(visit, known, place="", **options):
    page = visit(f"#{NEWER}/{known[1]}{place}", on=known[0], **options).ready()
    return page


def row_of(page, view, address):
    return page.get(f"{view} tr:has(button[title='{address}'])").first


def test_every_view_of_the_money_says_who_is_known_and_by_whom(visit, known):
    _, _, there = known
    page = opened(visit, known)
    expect(page.get(".facts:has-text('Known as') .known").first).to_have_text(said("own"))
    expect(page.get(".known-as .known")).to_have_text(said("own"))
    expect(row_of(page, ".flows > table", there["near"]).locator(".known")).to_have_text(said("near"))
    page.get(".transfers summary").click()
    page.until("document.querySelector('.transfers tbody')?.childElementCount > 0")
    while page.get(".transfers button:has-text('more of')").is_visible():
        shown = page.get(".transfers tbody tr").count()
        page.get(".transfers button:has-text('more of')").click()
        page.until(f"document.querySelector('.transfers tbody').childElementCount > {shown}")
    for name in ("near", "good"):
        expect(row_of(page, ".transfers", there[name]).locator(".known")).to_have_text(said(name))
        assert there[name] in [one.get_attribute("title") for one in page.get(".known-ones button").all()]
        expect(page.get(f".known-ones li:has(button[title='{there[name]}']) .known")).to_have_text(said(name))
    marks = page.get(".timeline .mark title").all_text_contents()
    assert any(there["near"] in mark and said("near").split(",")[1].strip() in mark for mark in marks)
    assert page.get(".timeline .mark.bad").count() >= 1
    unknown = [row for row in page.get(".transfers tbody tr").all() if row.locator("button").get_attribute("title") not in there.values()]
    assert all(row.locator(".known").count() == 0 for row in unknown)
    # The graph: what stands below a node, and what is told of it.
    page.get(".graph canvas").last.wait_for()
    box = page.get(".graph").bounding_box()
    page.get(".graph").scroll_into_view_if_needed()
    page.page.wait_for_timeout(300)
    box = page.get(".graph").bounding_box()
    page.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get(".told .known")).to_have_text(said("own"))


def test_expanded_neighbours_and_the_way_back_say_it_too(visit, known):
    _, _, there = known
    page = opened(visit, known)
    row_of(page, ".flows > table", there["near"]).locator("button").click()
    expect(page.get(".trail li[aria-current] .known")).to_have_text(said("near"))
    expect(page.get(".trail li").first.locator(".known")).to_have_text(said("own"))
    page.get(".transfers summary").click()
    page.until("document.querySelector('.transfers tbody')?.childElementCount > 0")
    expect(page.get(f".known-ones li:has(button[title='{there['far']}']) .known, .flows > table tr:has(button[title='{there['far']}']) .known").first).to_have_text(said("far"))
    assert violations(page.page) == {}


def test_labels_in_the_graph(visit, known):
    """As cytoscape is given them: canvases cannot be read."""
    _, _, there = known
    page = opened(visit, known).page
    labels = page.evaluate("""async ([day, address]) => {
        const api = await import(new URL('web/analyst/api.js', document.baseURI));
        const { elementsOf } = await import(new URL('web/analyst/graph.js', document.baseURI));
        const { Known } = await import(new URL('web/analyst/known.js', document.baseURI));
        const answer = await api.flows(day, address, 2);
        const elements = elementsOf(answer, { rowsOf: () => [] }, new Known().learn(answer.known));
        return elements.filter((one) => one.data.address).map((one) => [one.data.address, one.data.label, one.classes]);
    }""", [NEWER, there["own"]])
    told = {address: (label, classes.split()) for address, label, classes in labels}
    for name in ("own", "near", "good"):
        label, classes = told[there[name]]
        assert label.endswith(f"\n{SOURCES[name][0]}") and "known" in classes and ("bad" in classes) == (name != "good")
    assert all("\n" not in label and "known" not in classes for address, (label, classes) in told.items() if address not in there.values())


def test_a_report_says_it_in_every_form(visit, known):
    _, _, there = known
    page = opened(visit, known, "?report=alert", color_scheme="dark")
    page.get("#report article").wait_for()
    assert page.get("#report .facts .known").first.inner_text() == said("own")
    for name in ("near", "good"):
        cells = page.get(f"#report table.plain td:has(code:text-is('{there[name]}'))")
        assert cells.count() > 0
        assert {cell.locator(".known").inner_text() for cell in cells.all()} == {said(name)}
    pictures = page.get("#report svg .known-line title").all_text_contents()
    assert f"scam “own one”, says {SOURCES['own'][1]}" in pictures and f"mixer “near one”, says {SOURCES['near'][1]}" in pictures
    assert violations(page.page) == {}

    def taken(name):
        with page.page.expect_download() as info:
            page.get(f"#report button:text-is('{name}')").click()
        return pathlib.Path(info.value.path()).read_text("utf-8")

    report = json.loads(taken("JSON"))
    assert report["alerts"][0]["known_as"][0]["source"] == SOURCES["own"][1]
    assert report["money"][0]["known"][there["near"]][0] == {"category": "mixer", "label": "near one", "risk_level": "", "source": SOURCES["near"][1], "is_bad": True,
                                                             "known_since": "2025-10-01T00:00:00Z"}
    markdown = taken("Markdown")
    assert "(mixer “near one”, says Chain & Co \\<report\\>)" in markdown and "(exchange “good one”, says labels.csv)" in markdown
    graph = taken("GraphML")
    assert "mixer “near one”, says Chain &amp; Co &lt;report&gt;" in graph
    page.page.emulate_media(media="print")
    assert page.get("#report .known").first.is_visible()
    assert "says Chain & Co <report>" in page.get("#report article").inner_text()


def test_alerts_are_counted_and_found_by_what_their_addresses_are_known_as(visit, known):
    server, alert, there = known
    table = server.get(f"/table/alerts/{NEWER}").json()["columns"]
    own = sum(address == there["own"] for address in table["address"])
    page = opened(visit, known)
    page.get("#facets summary").click()
    facet = page.get(".facet:has(legend:text-is('Known as')) label:has-text('scam')")
    expect(facet).to_contain_text(str(own))
    page.get("#search").fill("known:scam")
    page.wait_for_count(f"{own:,} of 1,000 alerts" if own > 1 else "1 of 1,000 alerts")


def test_a_day_without_labels_says_nothing_of_anybody(server, known):
    _, _, there = known
    for path in (f"/flows/{NEWER}/{there['own']}", f"/transfers/{NEWER}/{there['own']}?bins=4"):
        assert "known" not in server.get(path).json()
    assert "known_as" not in server.get(f"/table/alerts/{NEWER}").json()["columns"]
