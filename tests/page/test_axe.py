"""axe-core finds nothing in any state of the page."""

import pytest
from analyst import NEWER, OLDER
from axe import violations

WIDTHS = (1440, 1024, 390)


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
