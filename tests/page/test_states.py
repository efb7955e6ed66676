"""What the page shows when there is little to show, and how it looks where it is narrow or dark."""

import json
import os
import shutil

import pytest
from analyst import NEWER, OLDER, process
from batches import copy_snapshot, rewrite


def test_says_what_needs_an_input(visit, serve, days):
    alone = serve(days / "output")
    page = visit(on=alone).ready()
    page.get("#note:has-text('no input of this day')").wait_for()
    assert page.get("#severities").is_hidden()
    page.get(".slick-row").first.click()
    page.get("#waterfall").wait_for()
    assert "has no input of this day" in page.get("#detail").inner_text()


def test_says_which_part_of_an_input_is_damaged(visit, serve, days, tmp_path):
    shutil.copytree(days / "input" / OLDER, tmp_path / OLDER)
    (tmp_path / OLDER / "money_flows.parquet").write_bytes(b"not Parquet at all")
    (tmp_path / OLDER / "clusters.parquet").unlink()
    page = visit(f"#{OLDER}", on=serve(days / "output", "--input-root", tmp_path)).ready()
    page.get(".slick-row").first.click()
    page.get("#detail :text('money_flows.parquet cannot be read')").wait_for()
    assert "no clusters.parquet" in page.get("#detail").inner_text()


def test_shows_a_day_that_cannot_be_compared(visit, serve, days, tmp_path):
    shutil.copytree(days / "output", tmp_path / "output")
    (tmp_path / "output" / OLDER / "alerts_scored.parquet").write_bytes(b"not Parquet at all")
    page = visit(f"#{NEWER}", on=serve(tmp_path / "output", "--input-root", days / "input"), allow=["503", "404"]).ready()
    page.get("#compare").select_option(OLDER)
    page.get(f"#note:has-text('Not compared with {OLDER}')").wait_for()
    assert page.count == "1,000 alerts" and page.get("#changes").is_hidden()
    page.get("#compare").select_option("")
    page.get("#note").wait_for(state="hidden")
    page.page.goto(page.page.url.partition("#")[0] + f"#{NEWER}?compare=2001-01-01")
    page.page.reload()
    page.get("#note:has-text('no batch for 2001-01-01')").wait_for()
    page.ready()


def test_says_what_the_miner_committed_to(visit, serve, days, tmp_path):
    state = {"network": "bitcoin", "clock": "blocks", "state": "committed", "block": 7101940, "open": True, "revealed_to": 3, "of": 5}
    waiting = {"network": "bitcoin", "clock": "blocks", "state": "not committed", "block": None, "open": False, "revealed_to": 0, "of": 5}
    (tmp_path / "states.json").write_text(json.dumps({"format_version": 1, "days": {OLDER: state, NEWER: waiting}}))
    server = serve(days / "output", "--commitments", tmp_path)
    page = visit(f"#{OLDER}", on=server).ready()
    page.get("#commitment:text-is('committed at block 7,101,940, revealed to 3 of 5 validators')").wait_for()
    page.get("#day").select_option(NEWER)
    page.get("#commitment:text-is('not committed')").wait_for()
    state |= {"clock": "seconds", "block": 1761501840, "of": None}
    (tmp_path / "states.json").write_text(json.dumps({"format_version": 1, "days": {OLDER: state}}))
    os.utime(tmp_path / "states.json", (1761588000, 1761588000))
    page.get("#day").select_option(OLDER)
    page.get("#commitment:text-is('committed 2025-10-26 18:04 UTC, revealed to 3 validators (as of 2025-10-27 18:00 UTC)')").wait_for()
    page = visit(on=serve(days / "output")).ready()
    page.get("#batch :text('model')").first.wait_for()
    assert page.get("#commitment").count() == 0


def test_waits_for_the_first_batch(visit, serve, days, tmp_path):
    (tmp_path / "output").mkdir()
    page = visit(on=serve(tmp_path / "output"))
    page.get("#message:has-text('No batch has been published yet')").wait_for()
    shutil.copytree(days / "output" / OLDER, tmp_path / "output" / OLDER)
    page.ready()


def test_says_that_a_day_is_empty(visit, serve, aml_miner, days, tmp_path):
    snapshot = copy_snapshot(days / "input" / OLDER, tmp_path / "input" / OLDER)
    rewrite(snapshot / "alerts.parquet", "FROM old LIMIT 0")
    meta = {"network": "bitcoin", "processing_date": OLDER, "window_days": 7}
    (snapshot / "META.json").write_text(json.dumps(meta))
    process(aml_miner, tmp_path, OLDER)
    page = visit(on=serve(tmp_path / "output", "--input-root", tmp_path / "input"))
    page.get(f"#message:has-text('The batch of {OLDER} has no alerts.')").wait_for()
    assert page.count == "0 alerts"


def test_survives_a_server_that_is_gone(visit):
    page = visit(allow=["ERR_INTERNET_DISCONNECTED"]).ready()
    page.context.set_offline(True)
    page.press("[")
    page.get("#banner:has-text('does not answer')").wait_for()
    page.context.set_offline(False)
    page.get("#banner-retry").click()
    page.ready()
    assert page.get("#banner").is_hidden()


def width_of(page):
    return page.page.evaluate("document.documentElement.scrollWidth")


def test_fits_a_telephone(visit):
    page = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).ready()
    assert width_of(page) <= 390
    assert page.get(".histogram").is_hidden()
    page.get("#filters-open").click()
    page.get(".chip.critical").click()
    page.until("document.querySelector('#count').textContent.includes(' of ')")
    page.get(".slick-row").first.click()
    page.get(".graph, #detail .note").first.wait_for()
    box = page.get("#detail").bounding_box()
    assert (box["x"], box["y"], box["width"]) == (0, 0, 390)
    assert width_of(page) <= 390
    page.page.evaluate("document.querySelector('#detail').scrollTo(0, 1e6)")
    assert page.get("#close").bounding_box()["y"] >= 0  # in reach, however far down one reads
    page.get("#close").click()
    page.get("#detail").wait_for(state="hidden")
    assert page.get(".slick-row").first.is_visible()
    page.get("#compare").select_option(OLDER)
    page.get(".slick-header-column:has-text('Change')").wait_for()


def brightness(page):
    return page.page.evaluate(
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((sum, n) => sum + +n, 0) / 3")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_follows_the_systems_colours_unless_told(visit, scheme):
    page = visit(f"#{NEWER}", color_scheme=scheme).ready()
    assert (brightness(page) > 128) == (scheme == "light")
    page.get("#theme").click()  # light
    assert brightness(page) > 128
    page.get("#theme").click()  # dark
    assert brightness(page) < 128
    page.page.reload()
    page.ready()
    assert brightness(page) < 128


TEXTS = ["text", "muted", "accent", "risk", "calm", "inflow", "outflow", "cycle", "critical", "high", "medium", "low"]
GROUNDS = ["ground", "panel", "hover", "chosen"]


def luminance(color):
    """Of "#rrggbb", as WCAG 2 defines it."""
    parts = [int(color[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_it_stands_on(visit, scheme):
    """4.5 to 1, which WCAG 2 asks of text (AA)."""
    page = visit(color_scheme=scheme).ready()
    colors = page.page.evaluate(
        """names => Object.fromEntries(names.map(name => [name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()]))""",
        TEXTS + GROUNDS)
    for text in TEXTS:
        for ground in GROUNDS:
            darker, lighter = sorted((luminance(colors[text]), luminance(colors[ground])))
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5, f"{text} on {ground}"


TOKEN = "a-token-of-the-desk-0123456789abcdef"


def test_asks_for_the_token_that_a_server_wants(visit, serve, days, tmp_path):
    tokens = tmp_path / "tokens"
    tokens.write_text(f"{TOKEN}\n")
    guarded = serve(days / "output", "--input-root", days / "input", "--token-file", tokens)
    page = visit(on=guarded, allow=["401"])
    page.get("#token-dialog").wait_for()
    assert page.page.evaluate("document.activeElement.id") == "token"
    page.get("#token").fill("not-the-one-0123456789abcdef")
    page.get("#token-ok").click()
    page.get("#token-why:has-text('does not know this token')").wait_for()
    page.get("#token").fill(f" {TOKEN} ")  # as it comes from a copied line
    page.press("Enter")
    page.ready()
    assert page.get("#token-dialog").is_hidden() and page.get("#banner").is_hidden()
    page.get(".slick-row").first.click()
    page.get("#waterfall").wait_for()
    page.get(".graph, #detail .note").first.wait_for()
    assert TOKEN not in page.page.url and TOKEN not in guarded.log_path.read_text()
    page.page.reload()  # the tab keeps it, another tab does not have it
    page.ready()
    assert page.page.evaluate("localStorage.length") == 0
    stranger = visit(on=guarded, allow=["401"])
    stranger.get("#token-dialog").wait_for()
    assert stranger.get(".slick-row").count() == 0


def test_leaves_a_dismissed_token_box_reachable(visit, serve, days, tmp_path):
    tokens = tmp_path / "tokens"
    tokens.write_text(f"{TOKEN}\n")
    page = visit(on=serve(days / "output", "--token-file", tokens), allow=["401"])
    page.get("#token-dialog").wait_for()
    page.press("Escape")
    page.get("#token-dialog").wait_for(state="hidden")
    page.get("#banner:has-text('wants a token')").wait_for()
    page.get("#banner-retry").click()
    page.get("#token-dialog").wait_for()
    page.press("Escape")
    page.get("#token-open").click()
    page.get("#token").fill("not-the-one-0123456789abcdef")
    page.press("Enter")
    page.get("#token-why:has-text('does not know this token')").wait_for()
    page.press("Escape")
    page.get("#token-dialog").wait_for(state="hidden")
    page.get("#token-open").click()
    page.get("#token-cancel").click()
    page.get("#token-dialog").wait_for(state="hidden")
    page.get("#token-open").click()
    page.get("#token").fill(TOKEN)
    page.get("#token-ok").click()
    page.ready()
