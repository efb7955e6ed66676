"""Links to a block explorer: where the server was told of one, opened by a click alone, and told of nothing but the address."""

import http.server
import pathlib
import threading
import urllib.parse

import pytest
from analyst import HOSTILE, HOSTILE_ADDRESS, HOSTILE_ID, NEWER


class Explorer:
    """Somebody else's server, which writes down what it is asked."""

    def __init__(self):
        asked = self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append((self.path, self.headers.get("Referer")))
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b"<!doctype html><title>explorer</title>")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.place = f"http://127.0.0.1:{self.server.server_port}/address"

    def of(self, address):
        return f"{self.place}/{urllib.parse.quote(address, safe='')}?from=aml"


@pytest.fixture(scope="module")
def explorer():
    explorer = Explorer()
    yield explorer
    explorer.server.shutdown()


@pytest.fixture
def there(serve, days, explorer):
    return serve(days / "output", "--input-root", days / "input", "--explorer", f"bitcoin={explorer.place}/{{address}}?from=aml")


@pytest.fixture(scope="module")
def first(server):
    columns = server.get(f"/table/alerts/{NEWER}").json()["columns"]
    return columns["alert_id"][0], columns["address"][0]


def test_a_click_and_nothing_else_leads_to_the_explorer(visit, there, explorer, first):
    alert, address = first
    page = visit(f"#{NEWER}/{alert}", on=there).ready()
    page.get(".transfers summary").click()
    page.get(".transfers tbody tr").first.wait_for()
    page.get(".flows caption:has-text('Largest flows')").wait_for()
    page.get(".graph canvas").last.wait_for()
    page.get(".patterns, .flows p:has-text('stands in no pattern')").first.wait_for()
    for view in (".facts", ".flows > table", ".transfers tbody"):
        links = page.get(f"#detail {view} a.explorer")
        assert links.count() > 0, view
        for link in links.all():
            assert link.get_attribute("rel") == "noopener noreferrer" and link.get_attribute("target") == "_blank"
    own = page.get("#detail .facts a.explorer").first
    own.hover()
    own.focus()
    page.page.wait_for_timeout(300)
    assert explorer.asked == [] and page.strangers == []  # neither by being shown, nor under the mouse
    with page.context.expect_page() as opened:
        own.click()
    opened.value.wait_for_load_state()
    assert opened.value.url == explorer.of(address)
    assert opened.value.evaluate("window.opener") is None and opened.value.evaluate("document.referrer") == ""
    asked = [one for one in explorer.asked if "favicon" not in one[0]]
    assert asked == [(urllib.parse.urlsplit(explorer.of(address)).path + "?from=aml", None)]
    assert page.page.url.endswith(f"#{NEWER}/{alert}")  # the page stays where it was


def test_a_report_holds_the_links(visit, there, explorer, first):
    alert, address = first
    page = visit(f"#{NEWER}/{alert}?report=alert", on=there).ready()
    page.get("#report article").wait_for()
    assert page.get("#report .facts a.explorer").first.get_attribute("href") == explorer.of(address)
    edges = page.get("#report table.plain").first.locator("tbody tr").count()
    assert page.get("#report table.plain").first.locator("a.explorer").count() == 2 * edges
    with page.page.expect_download() as info:
        page.get("#report button:text-is('Markdown')").click()
    assert f"](<{explorer.of(address)}>)" in pathlib.Path(info.value.path()).read_text("utf-8")


def test_no_address_leads_anywhere_else(visit, there, explorer):
    """A stranger's text stays one part of the path."""
    page = visit(f"#{HOSTILE}/{urllib.parse.quote(HOSTILE_ID, safe='')}?report=alert", on=there).ready()
    page.get("#report article").wait_for()
    found = {link.get_attribute("href") for link in page.get("#report a.explorer").all()}
    assert explorer.of(HOSTILE_ADDRESS).replace("%28", "(").replace("%29", ")") in found  # which encodeURIComponent leaves
    for one in found:
        assert one.startswith(explorer.place + "/") and one.count("/") == explorer.place.count("/") + 1, one
    places = page.page.evaluate("""async (addresses) => {
        const { placeOf, setExplorers } = await import(new URL('web/analyst/explorer.js', document.baseURI));
        setExplorers({ x: { address: 'https://e.example/{address}' }, y: { address: 'javascript:alert(1)//{address}' }, z: {} });
        return [...addresses.map((one) => placeOf('x', one)), placeOf('y', 'a'), placeOf('z', 'a'), placeOf('toString', 'a'), placeOf('x', '')];
    }""", ["../a", "a@b.example/", "$&", "{address}", "\\evil"])
    assert places == ["https://e.example/..%2Fa", "https://e.example/a%40b.example%2F", "https://e.example/%24%26", "https://e.example/%7Baddress%7D",
                      "https://e.example/%5Cevil", "", "", "", ""]


def test_without_the_option_there_are_no_links(visit, server, first):
    assert "explorers" not in server.get("/networks").json()
    page = visit(f"#{NEWER}/{first[0]}").ready()
    page.get(".flows caption:has-text('Largest flows')").wait_for()
    assert page.get("a.explorer").count() == 0


def test_another_networks_explorer_is_not_used(visit, serve, days, first):
    on = serve(days / "output", "--input-root", days / "input", "--explorer", "tron=https://tron.example/{address}")
    assert on.get("/networks").json()["explorers"] == {"tron": {"address": "https://tron.example/{address}"}}
    page = visit(f"#{NEWER}/{first[0]}", on=on).ready()
    page.get(".flows caption:has-text('Largest flows')").wait_for()
    assert page.get("a.explorer").count() == 0


def test_a_page_of_cases_has_them_too(begin, sit_down, explorer, first):
    cases = begin("--cases-blind", "0", "--explorer", f"bitcoin={explorer.place}/{{address}}?from=aml")
    desk = sit_down(cases, "anna", f"review#{NEWER}/{first[0]}")
    assert desk.get("#detail .facts a.explorer").first.get_attribute("href") == explorer.of(first[1])
