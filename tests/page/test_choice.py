"""A server of several networks: which one is shown is chosen in the head of the page."""

import json
import shutil

from analyst import OLDER


def test_a_network_is_chosen_where_there_are_several(visit, serve, days, tmp_path):
    for name in ("bitcoin", "tron"):
        shutil.copytree(days / "output" / OLDER, tmp_path / "output" / name / OLDER)
        file = tmp_path / "output" / name / OLDER / "metadata.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), "network": name}))
    page = visit(on=serve(tmp_path / "output", "--networks", "bitcoin,tron")).ready()
    choice = page.get("select[aria-label='Network']")
    choice.wait_for()
    assert choice.input_value() == "bitcoin" and page.get("#network").is_hidden()
    choice.select_option("tron")
    page.page.wait_for_url("**/tron/**")
    page.ready()
    choice = page.get("select[aria-label='Network']")
    choice.wait_for()
    assert choice.input_value() == "tron"
    choice.select_option("bitcoin")
    page.page.wait_for_url("**/bitcoin/**")
    page.ready()


def test_one_network_looks_as_it_did(visit):
    page = visit().ready()
    assert page.get("#network").is_visible() and page.get("#network").inner_text().lower() == "bitcoin"
    assert page.get("#networks").inner_text() == ""
