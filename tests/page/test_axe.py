"""axe-core finds nothing in any state of the page: what it can see of the rules that help who cannot see, point or guess."""

import os
import pathlib

import pytest
from analyst import NEWER, OLDER

ROOT = pathlib.Path(__file__).resolve().parents[2]
AXE = pathlib.Path(os.environ.get("AML_DEPS", ROOT / ".deps")) / "axe" / "axe-core" / "axe.min.js"
WIDTHS = (1440, 1024, 390)


def violations(page):
    """Rules that are broken, each with where."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert len(found["passes"]) > 10
    return {rule["id"]: [(node["target"], node["failureSummary"]) for node in rule["nodes"]][:3] for rule in found["violations"]}


def view(visit, place, width=1440, scheme="light"):
    return visit(place, viewport={"width": width, "height": 900}, color_scheme=scheme).ready()


@pytest.fixture(scope="module")
def first(server):
    return server.get(f"/table/alerts/{NEWER}").json()["columns"]["alert_id"][0]


@pytest.mark.parametrize("scheme", ("light", "dark"))
@pytest.mark.parametrize("width", WIDTHS)
def test_the_list_and_an_alert_pass(visit, first, width, scheme):
    page = view(visit, f"#{NEWER}", width, scheme)
    assert violations(page.page) == {}
    page = view(visit, f"#{NEWER}/{first}", width, scheme)
    page.get(".family").first.wait_for()
    page.get(".family summary").first.click()
    assert violations(page.page) == {}


@pytest.mark.parametrize("state", ("facets", "group", "compare", "nothing fits", "money", "report", "model", "help", "warnings"))
def test_every_state_passes(visit, first, state):
    places = {"group": "?group=address", "compare": f"?compare={OLDER}", "nothing fits": "", "money": f"/{first}", "report": f"/{first}?report=alert"}
    page = view(visit, f"#{NEWER}{places.get(state, '')}")
    if state == "facets":
        page.get("#facets summary").click()
        page.get(".facet").first.wait_for()
    elif state == "nothing fits":
        page.get("#search").fill("nothing-has-this")
        page.get("#message:not([hidden])").wait_for()
    elif state == "money":
        page.get(".graph canvas, #graph canvas, canvas").last.wait_for()
        page.page.wait_for_timeout(500)
    elif state == "report":
        page.get("#report h2").first.wait_for()
    elif state == "model":
        page.get("#model-open").click()
        page.get("#model h3").first.wait_for()
    elif state == "help":
        page.get("#help-open").click()
    elif state == "warnings":
        page.get("#batch").wait_for()
    assert violations(page.page) == {}
