"""How many to review: what so many reviews would find, and a slider that cuts the list."""

import math
import pathlib
import re
import sys

import pytest
from analyst import NEWER, OLDER
from playwright.sync_api import expect

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "cases"))

Z = 1.96


@pytest.fixture(scope="module")
def day(server):
    """Probabilities by rank, and what became of alerts like them."""
    columns = server.get(f"/table/alerts/{NEWER}").json()["columns"]
    metadata = server.get(f"/metadata/{NEWER}").json()
    return columns["probability"], metadata["models"]["alert_scorer"]["calibration"]["like"], metadata


def expected(probabilities, like, reviews):
    """By the definition: each alert finds what alerts of its probability found."""
    bins = [next((i for i, bin in enumerate(like) if p >= bin["from"]), len(like) - 1) for p in probabilities[:reviews]]
    found = sum(like[i]["share"] for i in bins)
    chance = sum(like[i]["share"] * (1 - like[i]["share"]) for i in bins)
    known = sum((bins.count(i) * (bin["high"] - bin["low"]) / (2 * Z)) ** 2 for i, bin in enumerate(like))
    half = Z * math.sqrt(chance + known)
    return found, max(0, found - half), min(reviews, found + half)


def numbers(text):
    return [float(one.replace(",", "")) for one in re.findall(r"\d[\d,]*", text)]


def test_probabilities_of_the_table_are_the_published_ones(server, day):
    scores = {row["alert_id"]: row["probability"] for row in server.get(f"/scores/alerts/{NEWER}?explain=false").json()["scores"]}
    ids = server.get(f"/table/alerts/{NEWER}").json()["columns"]["alert_id"]
    assert day[0] == pytest.approx([scores[id] for id in ids], abs=5.1e-5)


def test_the_slider_says_what_reviews_find_and_cuts_the_list(visit, day):
    probabilities, like, metadata = day
    if metadata["fit"]["verdict"] == "foreign":
        pytest.skip("nothing is known of a foreign day")
    page = visit(f"#{NEWER}").ready()
    page.get("#capacity output").wait_for()
    total = len(probabilities)
    for reviews in (40, 7):
        page.get("#reviews").fill(str(reviews))
        expect(page.get("#count")).to_have_text(f"{reviews} of {total:,} alerts")
        said = page.get("#capacity output").inner_text()
        found, low, high = expected(probabilities, like, reviews)
        everything = expected(probabilities, like, total)[0]
        assert numbers(said)[:5] == pytest.approx([reviews, found, low, high, everything], abs=0.51)
    assert "rank%3A%3C%3D7" in page.page.url
    page.page.reload()
    page.ready()
    expect(page.get("#count")).to_have_text(f"7 of {total:,} alerts")
    assert page.get("#reviews").input_value() == "7"
    # Beside another search, and back to all.
    page.get("#search").fill("severity:high rank:<=7")
    page.until("document.querySelector('#search').value.includes('severity') && location.hash.includes('severity')")
    page.get("#reviews").fill(page.get("#reviews").get_attribute("max"))
    page.until("!location.hash.includes('rank')")
    assert page.get("#search").input_value() == "severity:high"


def test_the_teams_own_decisions_are_told_beside_cases(begin, sit_down):  # noqa: F811
    server = begin()
    person = server.person("anna")
    ids = person.get(f"/table/alerts/{OLDER}").json()["columns"]["alert_id"]
    assert person.decide(ids[:6], "report", day=OLDER).status == 200
    assert person.decide(ids[6:10], "no_report", day=OLDER).status == 200
    anna = sit_down(server, "anna")
    anna.get("#reviews").fill("10")
    expect(anna.get("#capacity output")).to_contain_text("Of the first 10 of a day your team decided 10 since")
    # Wilson's interval of 6 in 10.
    expect(anna.get("#capacity output")).to_contain_text("60 % reports (between 31 and 83)")


def test_hidden_scores_are_left_out_and_counted(begin, sit_down):  # noqa: F811
    server = begin("--cases-blind", "0.3")
    person = server.person("anna")
    metadata = person.get(f"/metadata/{OLDER}").json()
    if metadata["fit"]["verdict"] == "foreign":
        pytest.skip("nothing is known of a foreign day")
    like = metadata["models"]["alert_scorer"]["calibration"]["like"]
    shown = person.get(f"/table/alerts/{OLDER}").json()["columns"]["probability"]
    anna = sit_down(server, "anna")
    first = next(n for n in range(1, len(shown)) if shown[n - 1] is not None)
    for reviews in (40, first):
        anna.get("#reviews").fill(str(reviews))
        expect(anna.get("#count")).to_have_text(f"{reviews} of {len(shown):,} alerts")
        known = [p for p in shown[:reviews] if p is not None]
        said = anna.get("#capacity output").inner_text()
        assert numbers(said)[:4] == pytest.approx([reviews, *expected(known, like, len(known))], abs=0.51)
        hidden = reviews - len(known)
        assert (f"Without {hidden} whose score is hidden" in said) == (hidden > 0)
