"""What a screen reader reads: roles, names and states of the page's tree, on a desktop and on a phone."""

import pytest
from analyst import NEWER, OLDER
from playwright.sync_api import expect

WIDTHS = (1440, 390)

HEAD = """
- button "Skip to the alerts"
- banner:
  - heading /^Alerts/ [level=1]
  - group "Day":
    - button "Older day"
    - combobox "Processing date":
      - option "2025-10-26" [selected]
    - button "Newer day" [disabled]
  - combobox "Compare with":
    - option "no other day" [selected]
  - button "Download CSV"
  - button /colours/
  - button "Keys and meanings"
- region "The batch":
  - button /^model/
"""
FILTERS = """
- main:
  - region "Alerts":
    - searchbox "Search alert, address, typology or cluster"
    - group "Severity":
      - checkbox "critical"
      - checkbox "high" [checked]
    - group "Score":
      - spinbutton "Lowest score"
      - spinbutton "Highest score"
"""
LIST = """
- main:
  - region "Alerts":
    - searchbox "Search alert, address, typology or cluster"
    - slider "How many to review"
    - status: /The first/
    - combobox "Group":
      - option "no" [selected]
    - grid "Alerts":
      - row /^Rank Score Severity Typology/:
        - columnheader "Rank"
        - columnheader "Score"
      - rowgroup:
        - row /^1 0\\.\\d{4} /:
          - gridcell "1"
          - gridcell /^0\\.\\d{4}$/
"""
DETAIL = """
- complementary "The chosen alert":
  - button "Previous alert (k)"
  - button "Next alert (j)"
  - button "Report"
  - button "Close"
  - heading [level=2]
  - term: Alert
  - definition:
    - code
    - button /^Copy /
  - term: Address
  - region "Why":
    - heading "Why this score" [level=3]
    - list:
      - listitem:
        - strong: /it:$/
    - group:
      - meter /^Size of what/
    - img "Waterfall of contributions; the table below says the same"
  - region "The alert":
    - heading "The alert" [level=3]
  - region "Cluster"
  - region "Earlier days"
"""
MONEY = """
- region "Money flows":
  - heading "Money flows" [level=3]
  - group "Hops":
    - button "1 hop" [pressed]
    - button "2 hops"
  - group "Zoom":
    - button "Zoom in"
    - button "Zoom out"
    - button "Fit"
  - img /^Graph of \\d+ addresses and \\d+ flows; the largest are listed below$/
  - table "Largest flows":
    - rowgroup:
      - row "Way Address Amount Transfers Remark":
        - columnheader "Way"
        - columnheader "Address"
    - rowgroup:
      - row:
        - cell /^(to|from)$/
        - cell:
          - button
  - group:
    - textbox "From (UTC)"
    - textbox "Until (UTC)"
    - img /^What goes in and out from/
    - table "Transfers in order of time":
      - rowgroup:
        - row "Time Way Address Amount Remark"
"""
DECISION = """
- complementary "The chosen alert":
  - region "Decision":
    - heading "Decision" [level=3]
    - paragraph: /^undecided/
    - button "Report (r)"
    - button "No report (n)"
    - button "Unsure (u)"
    - button "Seen (s)"
    - combobox "Reason"
    - textbox "Note (e)"
    - textbox "Due"
    - button "Set"
"""
DECIDED = """
- complementary "The chosen alert":
  - region "Decision":
    - paragraph: /^report · by anna/
    - button "Report (r)" [disabled]
    - button "No report (n)" [disabled]
    - button "Reopen, with a reason"
"""


def tree(page, expected, within="body"):
    expect(page.get(within)).to_match_aria_snapshot(expected, timeout=60000)


@pytest.fixture(scope="module")
def alert(server):
    return server.get(f"/table/alerts/{NEWER}").json()["columns"]["alert_id"][0]


@pytest.mark.parametrize("width,scheme", [(1440, "light"), (390, "dark")])
def test_the_list(visit, width, scheme):
    page = visit(f"#{NEWER}", viewport={"width": width, "height": 900}, color_scheme=scheme).ready()
    tree(page, HEAD)
    tree(page, LIST)
    if width == 390:
        tree(page, '- button "Filters"', "#filters")
        page.get("#filters-open").click()
        tree(page, '- button "Filters" [expanded]', "#filters")
    page.get(".chip.high").click()
    tree(page, FILTERS)


@pytest.mark.parametrize("width,scheme", [(1440, "dark"), (390, "light")])
def test_an_alert_and_its_money(visit, alert, width, scheme):
    page = visit(f"#{NEWER}/{alert}", viewport={"width": width, "height": 900}, color_scheme=scheme).ready()
    tree(page, DETAIL)
    tree(page, '- grid "Alerts":\n  - rowgroup:\n    - row /^1 / [selected]\n    - row /^2 / [selected=false]')
    page.get(".transfers summary").click()
    page.get(".transfers tbody tr").first.wait_for()
    tree(page, MONEY)
    page.get(".family summary").first.click()
    tree(page, "- group:\n  - meter /^Size of what/\n  - list:\n    - listitem", ".families")
    page.get(".flows button:text-is('2 hops')").click()
    tree(page, '- group "Hops":\n  - button "1 hop"\n  - button "2 hops" [pressed]', ".flows")


@pytest.mark.parametrize("width", WIDTHS)
def test_deciding(begin, sit_down, width):
    server = begin()
    anna = sit_down(server, "anna", viewport={"width": width, "height": 900})
    tree(anna, """
- region "Cases":
  - strong: anna
  - button /^ranked 0 of/
  - button "Next (q)"
  - button "Undo (z)" [disabled]
  - status
""")
    anna.press("j")
    anna.get("#case-state").wait_for()
    tree(anna, DECISION)
    first = anna.chosen
    anna.decide("r")
    tree(anna, '- region "Cases":\n  - button "Undo (z)"\n  - status: report')
    anna.page.goto(f"http://127.0.0.1:{server.cases_port}/review#{OLDER}/{first}")
    anna.get("#case-state:has-text('report · by anna')").wait_for()
    tree(anna, DECIDED)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_report(visit, alert, width):
    page = visit(f"#{NEWER}/{alert}?report=alert", viewport={"width": width, "height": 900}).ready()
    page.get("#report article").wait_for()
    tree(page, """
- region "Case report":
  - button "Alert" [pressed]
  - button "Address"
  - button "Cluster"
  - button "Print"
  - button "Markdown"
  - button "Close"
  - article:
    - heading /^Case report/ [level=2]
    - heading [level=3]
    - list:
      - listitem
    - img /^Money flows of/
    - table "Transfers between these addresses, the largest first":
      - rowgroup:
        - row "From To Amount Transfers First Last"
""")
