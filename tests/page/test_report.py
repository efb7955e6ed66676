"""Case reports: on the page, printed, as Markdown, JSON and GraphML; reasons as CSV."""

import csv
import io
import json
import pathlib
import urllib.parse
import xml.etree.ElementTree

import pytest
from analyst import HOSTILE, HOSTILE_ID, HOSTILE_TYPOLOGY, NEWER


@pytest.fixture(scope="module")
def first(server):
    columns = server.get(f"/table/alerts/{NEWER}").json()["columns"]
    return columns["alert_id"][0], columns["address"][0]


def taken(page, name):
    with page.page.expect_download() as info:
        page.get(f"#report button:text-is('{name}')").click()
    return info.value.suggested_filename, pathlib.Path(info.value.path()).read_text("utf-8")


def test_reports_an_alert(visit, server, first):
    alert, address = first
    page = visit(f"#{NEWER}/{alert}").ready()
    page.get("#report-open").click()
    page.get("#report article").wait_for()
    assert page.page.url.endswith("report=alert")
    metadata = server.get(f"/metadata/{NEWER}").json()
    text = page.get("#report").inner_text()
    for stated in (alert, address, metadata["snapshot_sha256"], metadata["whole_feature_sql_sha256"], metadata["models"]["alert_scorer"]["sha256"], "Draft, not filed"):
        assert stated in text
    assert page.get("#report .sentences li").count() == 12
    flows = server.get(f"/flows/{NEWER}/{urllib.parse.quote(address, safe='')}").json()
    assert page.get("#report table.plain").first.locator("tbody tr").count() == len(flows["edges"])
    assert page.get("#report svg.money line").count() >= 1
    name, found = taken(page, "JSON")
    assert name == f"report_{NEWER}_alert_{alert}.json"
    report = json.loads(found)
    assert report["alerts"][0]["alert_id"] == alert and report["made_from"]["snapshot_sha256"] == metadata["snapshot_sha256"]
    assert report["made_from"]["models"]["alert_scorer"]["sha256"] == metadata["models"]["alert_scorer"]["sha256"]
    _, markdown = taken(page, "Markdown")
    otherwise = report["alerts"][0]["otherwise"]
    assert otherwise.startswith(("It would not be among", "No ")) and otherwise in text
    assert otherwise.split("(")[0].split(",")[0] in markdown
    assert metadata["snapshot_sha256"] in markdown and "## What it was made from" in markdown
    _, graph = taken(page, "GraphML")
    root = xml.etree.ElementTree.fromstring(graph)
    space = "{http://graphml.graphdrawing.org/xmlns}"
    assert len(root.findall(f".//{space}edge")) == len(flows["edges"])
    addresses = {node.find(f"{space}data").text for node in root.findall(f".//{space}node")}
    assert addresses == {node["address"] for node in flows["nodes"]}
    page.press("Escape")
    page.get("#report").wait_for(state="hidden")
    assert page.get("#detail").is_visible()


def test_reports_an_address_and_a_cluster(visit, server):
    columns = server.get(f"/table/alerts/{NEWER}").json()["columns"]
    clusters = [None if code is None else columns["cluster_id"]["values"][code] for code in columns["cluster_id"]["codes"]]
    at = next(i for i, cluster in enumerate(clusters) if cluster is not None)
    page = visit(f"#{NEWER}/{columns['alert_id'][at]}?report=cluster").ready()
    page.get("#report article").wait_for()
    report = json.loads(taken(page, "JSON")[1])
    assert {one["alert_id"] for one in report["alerts"]} <= {alert for alert, cluster in zip(columns["alert_id"], clusters) if cluster == clusters[at]}
    assert len(report["alerts"]) + report["more_alerts"] == clusters.count(clusters[at])
    page.get("#report button:text-is('Address')").click()
    page.until("location.hash.includes('report=address')")
    page.get("#report h2:has-text('address')").wait_for()
    report = json.loads(taken(page, "JSON")[1])
    assert len(report["alerts"]) == min(20, columns["address"].count(columns["address"][at]))


def test_prints_the_report_alone(visit, first):
    page = visit(f"#{NEWER}/{first[0]}?report=alert", color_scheme="dark").ready()
    page.get("#report article").wait_for()
    page.page.emulate_media(media="print")
    assert page.get(".bar").is_hidden() and page.get("#detail").is_hidden() and page.get("#report .buttons").is_hidden()
    assert page.get("#report article").is_visible()
    assert page.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.page.evaluate("document.documentElement.scrollHeight > innerHeight")
    assert len(page.page.pdf()) > 10000


def test_strangers_text_does_nothing_in_a_report(visit):
    page = visit(f"#{HOSTILE}/{urllib.parse.quote(HOSTILE_ID, safe='')}?report=alert").ready()
    page.get("#report article").wait_for()
    assert page.get("#report img, #report script").count() == 0
    assert page.page.evaluate("window.hacked") is None
    _, markdown = taken(page, "Markdown")
    assert "<img" not in markdown.replace("\\<img", "") and "</td><script>" not in markdown
    xml.etree.ElementTree.fromstring(taken(page, "GraphML")[1])
    assert json.loads(taken(page, "JSON")[1])["alerts"][0]["typology"] == HOSTILE_TYPOLOGY


def test_gives_reasons_as_csv(visit, server, first):
    page = visit(f"#{NEWER}?q=rank%3A%3C%3D20").ready()
    page.wait_for_count("20 of 1,000 alerts")
    with page.page.expect_download() as info:
        page.get("#download-reasons").click()
    assert info.value.suggested_filename == f"alerts_{NEWER}_q-rank-20_reasons.csv"
    rows = list(csv.DictReader(io.StringIO(pathlib.Path(info.value.path()).read_text("utf-8"), newline="")))
    assert len(rows) == 20 and rows[0]["alert_id"] == first[0]
    assert all(row["reason_1"].split(" it: ")[0] in ("Raises", "Lowers") for row in rows)
    assert [row["otherwise"] != "" for row in rows] == [True] * 5 + [False] * 15  # process --counterfactuals 5


FORMULAS = ["=1+1", "+1", "-1", "@a", "\t1", "\r1", "\n=1", "\n1", " =1", "\u00a0=1", "\u3000@a", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20a", "\0=1"]


def test_no_text_of_strangers_is_a_formula_or_a_link(visit):
    page = visit(f"#{NEWER}").ready().page
    fields = page.evaluate("async (texts) => { const { field } = await import(new URL('web/analyst/csv.js', document.baseURI)); return texts.map(field); }",
                           [*FORMULAS, "a=1", " a", "(1"])
    assert all(text.lstrip('"').startswith("'") for text in fields[:len(FORMULAS)]), fields
    assert fields[len(FORMULAS):] == ["a=1", " a", "(1"]
    report = {"kind": "alert", "subject": "see https://a.example and HTTP://b.example", "processing_date": NEWER, "network": "x", "more_alerts": 0, "money": [], "earlier_days": [],
              "alerts": [], "made_from": {"program": "www.c.example", "models": {}, "warnings": ["ftp://d.example, xwww.e, Www.f.example, g@h.example, _https://i.example 9http://j.example _www.k.example"]}}
    markdown = page.evaluate("async (report) => (await import(new URL('web/analyst/report.js', document.baseURI))).markdownOf(report)", report)
    for link in ("https://", "HTTP://", "ftp://", " www.", "Www.", "g@h"):
        assert link not in markdown, link
    for text in ("https\\://a.example", "HTTP\\://b.example", "www\\.c.example", "ftp\\://d.example", "\\_https\\://i.example", "9http\\://j.example", "\\_www\\.k.example", "xwww.e", "Www\\.f.example", "g\\@h.example"):
        assert text in markdown, text
