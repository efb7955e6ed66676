"""What the page of cases learns of what others did."""

import re

from playwright.sync_api import expect


def test_what_others_did_before_ones_own_write_is_shown_with_it(begin, sit_down):
    """Between two looks of hers somebody else decides, and then she does: her version is newer than both then."""
    server = begin()
    anna, ben = sit_down(server, "anna"), sit_down(server, "ben")
    looks = re.compile(r"/cases/days/[^/?]+([?].*)?$")
    anna.page.route(looks, lambda route: route.abort())
    ben.get(".slick-row").nth(1).click()
    ben.decide("r")
    anna.get(".slick-row").first.click()
    anna.decide("n")
    anna.page.unroute(looks)
    expect(anna.get(".slick-row .decision").filter(has_text="no report")).to_have_count(1)
    expect(anna.get(".slick-row .decision").filter(has_text=re.compile("^report"))).to_have_count(1)
    # The next look asks for no more than what is new.
    with ben.page.expect_response(lambda answer: looks.search(answer.url) and answer.json()["alerts"]) as info:
        pass
    answer = info.value.json()
    assert [state["author"] for state in answer["alerts"]] == ["anna"] and "hidden" not in answer
    expect(ben.get(".slick-row .decision").filter(has_text="no report")).to_have_count(1)
