"""The validator's page in Debian's Chromium, on the judged subnet."""

import pytest
from playwright import sync_api as playwright


@pytest.fixture(scope="module")
def page(subnet, browser):
    page = browser.new_page()
    page.complaints = []
    page.on("console", lambda message: message.type == "error" and page.complaints.append(message.text))
    page.on("response", lambda answer: answer.status >= 400 and page.complaints.append(f"{answer.status} {answer.url}"))
    page.on("requestfailed", lambda request: page.complaints.append(f"{request.failure} {request.url}"))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(subnet.api + "/")
    page.wait_for_selector("#checks tbody tr")
    yield page
    page.close()


def test_the_leaderboard_is_that_of_the_api(subnet, page):
    shown = page.locator("#board tbody tr td:nth-child(3)").all_inner_texts()
    assert shown == [miner["hotkey"] for miner in subnet.get("/miners/rankings")["miners"]]


def test_a_miner_is_shown_with_its_reasons_and_its_chart(subnet, page):
    copier = subnet.hotkeys["copier"]
    page.click(f"text={copier} >> nth=0")
    # Conditions in JavaScript would be text that the page's policy does not let run.
    playwright.expect(page.locator("#miner-title")).to_contain_text(copier)
    playwright.expect(page.locator("#sum")).to_contain_text("a copy earns nothing")
    assert "identical" in page.locator("#checks tr.failed").last.inner_text()
    assert page.locator("#date option").count() == len(subnet.days)
    assert page.evaluate("() => Chart.getChart('history').data.labels") == subnet.days
    assert page.inner_text("#paid").startswith("No contribution")
    page.click(f"text={subnet.hotkeys['honest-1']} >> nth=0")
    playwright.expect(page.locator("#paid")).to_contain_text("standard errors for the rest, of ")
    playwright.expect(page.locator("#paid")).to_contain_text("Covariance of ranks, a reference that changes no weight: ")
    assert page.evaluate("() => Chart.getChart('contributions').data.labels") == subnet.days
    page.click(f"text={copier} >> nth=0")
    playwright.expect(page.locator("#paid")).to_contain_text("No contribution")
    assert copier in page.text_content("#proof")


def test_the_leaderboard_says_why_a_miner_has_nothing(subnet, page):
    remarks = dict(zip(page.locator("#board tbody tr td:nth-child(3)").all_inner_texts(),
                       page.locator("#board tbody tr td:last-child").all_inner_texts()))
    nothing = [miner["hotkey"] for miner in subnet.get("/miners/rankings")["miners"] if miner["last_score"] == 0]
    assert nothing and all(remarks[hotkey] for hotkey in nothing)


def test_it_says_what_became_of_the_weights(subnet, page):
    latest = subnet.get("/weights/latest")
    assert page.inner_text("#weights").startswith(f"The weights of {latest['processing_date']} are on the chain, block ")


def column(page, number):
    return page.locator(f"#board tbody tr:visible td:nth-child({number})").all_inner_texts()


def test_the_list_is_sorted_by_any_column(subnet, page):
    ranked = column(page, 3)
    page.click("#board th:has-text('UID') button")
    assert column(page, 2) == sorted(column(page, 2), key=int)
    page.click("#board th:has-text('Last score') button")
    assert column(page, 7) == sorted(column(page, 7), key=float, reverse=True)
    assert page.locator("#board th[aria-sort]").all_text_contents() == ["Last score"]
    page.click("#board th:has-text('Last score') button")
    assert column(page, 7) == sorted(column(page, 7), key=float)
    page.focus("#board th:has-text('#') button")
    page.keyboard.press("Enter")
    assert column(page, 3) == ranked


def test_the_list_is_searched_by_hotkey_uid_and_remark(subnet, page):
    copier = subnet.hotkeys["copier"]
    everyone = len(column(page, 3))
    (uid,) = [miner["uid"] for miner in subnet.get("/miners/rankings")["miners"] if miner["hotkey"] == copier]
    for words in (f"{copier} copy", str(uid)):
        page.fill("#search", words)
        assert column(page, 3) == [copier], words
    page.fill("#search", "COPY OF")
    assert copier in column(page, 3)
    assert page.inner_text("#count") == f"{len(column(page, 3))} of {everyone}"
    page.fill("#search", "no such miner")
    assert column(page, 3) == []
    page.fill("#search", "")
    assert len(column(page, 3)) == everyone and page.inner_text("#count") == ""


def test_it_says_where_round_and_chain_stand(subnet, page):
    assert page.inner_text("#round") == f"The round of {subnet.days[-1]} is judged by its truth."
    assert page.inner_text("#chain").startswith("Subnet 7 at block ")


def test_a_miner_stands_beside_the_list(subnet, page):
    page.set_viewport_size({"width": 1400, "height": 900})
    board, miner = page.locator("#list").bounding_box(), page.locator("#miner").bounding_box()
    assert miner["x"] >= board["x"] + board["width"] and abs(miner["y"] - board["y"]) < 2
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 1400


def test_the_interface_is_documented(subnet, browser):
    docs = browser.new_page()
    docs.goto(subnet.api + "/docs")
    docs.wait_for_selector("text=Miners by what they contributed")
    docs.close()


def test_it_fits_a_telephone(subnet, browser):
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    narrow = context.new_page()
    narrow.goto(subnet.api + "/")
    narrow.wait_for_selector("#checks tbody tr")
    assert narrow.evaluate("() => document.documentElement.scrollWidth") <= 390
    paid = narrow.locator("#board th:has-text('Contribution')").bounding_box()
    assert paid["x"] + paid["width"] <= 390  # who leads is seen without scrolling aside
    narrow.tap(f"#board button[title='{subnet.hotkeys['honest-2']}']")
    playwright.expect(narrow.locator("#miner-title")).to_contain_text(subnet.hotkeys["honest-2"])
    playwright.expect(narrow.locator("#miner-title")).to_be_in_viewport()
    assert narrow.evaluate("() => document.documentElement.scrollWidth") <= 390
    context.close()


def test_nothing_breaks_the_pages_policy(page):
    assert page.complaints == []
