"""What the page does while days, servers and people come and go."""

import json
import shutil

from analyst import MODELS, NEWER, OLDER
from batches import run


def test_says_that_a_day_was_processed_again(visit, serve, aml_miner, days, tmp_path):
    shutil.copytree(days / "output" / NEWER, tmp_path / NEWER)
    page = visit(on=serve(tmp_path, "--input-root", days / "input")).ready()
    page.get(".slick-row").nth(1).click()
    page.get(".family").first.wait_for()
    run(aml_miner, "process", "--input-dir", days / "input" / NEWER, "--output-dir", tmp_path / NEWER,
        "--models-dir", MODELS, "--top-features", 3, "--full-explanations", 0)
    page.get(".slick-row").nth(2).click()
    page.get("#note:has-text('was processed again')").wait_for()
    page.get(".family").first.wait_for()
    page.until("document.querySelectorAll('.sentences li').length === 3")
    assert page.count == "1,000 alerts"


def test_shows_one_batch_though_the_browser_kept_another(visit, serve, days, tmp_path):
    shutil.copytree(days / "output", tmp_path / "output")
    for day in ((tmp_path / "output").iterdir()):
        if day.is_dir() and day.name not in (OLDER, NEWER):
            shutil.rmtree(day)
    page = visit(f"#{NEWER}", on=serve(tmp_path / "output")).ready()
    page.press("[")
    page.until(f"document.title.startsWith('{OLDER}')")
    metadata = json.loads((tmp_path / "output" / NEWER / "metadata.json").read_text())
    metadata["processed_at"] = "2031-02-03T04:05:06Z"
    shutil.copytree(tmp_path / "output" / NEWER, tmp_path / "output" / "new")
    (tmp_path / "output" / "new" / "metadata.json").write_text(json.dumps(metadata))
    shutil.rmtree(tmp_path / "output" / NEWER)
    (tmp_path / "output" / "new").rename(tmp_path / "output" / NEWER)
    tags = []
    page.page.on("response", lambda answer: "AML-Batch".lower() in answer.headers and NEWER in answer.url and tags.append(answer.headers["aml-batch"]))
    page.press("]")
    page.until(f"document.title.startsWith('{NEWER}')")
    page.until("document.querySelector('#batch').textContent.includes('2031-02-03')")
    assert len(set(tags)) == 1
    assert "processed again" not in page.get("#note").inner_text()  # which it was, but not while it was shown


def test_goes_back_while_the_search_has_the_focus(visit):
    page = visit(f"#{NEWER}").ready()
    page.get(".chip.high").click()
    page.until("location.hash.includes('severity=high')")
    page.press("/")
    page.page.keyboard.type("structuring")
    page.until("location.hash.includes('q=structuring')")
    filtered = page.count
    page.page.go_back()
    page.wait_for_count("1,000 alerts")
    assert filtered != "1,000 alerts"
    assert page.get("#search").input_value() == ""
    assert page.page.evaluate("document.activeElement.id") == "search"


def test_asks_again_for_what_failed_while_the_server_was_away(visit):
    page = visit(allow=["ERR_INTERNET_DISCONNECTED"]).ready()
    page.context.set_offline(True)
    page.get(".slick-row").first.click()
    page.get("#banner:has-text('does not answer')").wait_for()
    page.get("#detail .note").first.wait_for()
    page.context.set_offline(False)
    page.get("#detail .family").first.wait_for(timeout=20000)
    assert page.get("#banner").is_hidden()


def test_j_starts_at_the_first_row(visit, server):
    first = server.get(f"/table/alerts/{NEWER}").json()["columns"]["alert_id"][0]
    page = visit().ready()
    page.press("k")
    assert page.get("#detail").is_hidden()
    page.press("j")
    page.get(f"#detail code:text-is('{first}')").wait_for()


def test_names_files_after_day_and_filters(visit):
    page = visit(f"#{NEWER}?q=structuring&severity=high%2Clow&min=0.13").ready()
    name, _ = page.save()
    assert name == f"alerts_{NEWER}_q-structuring_severity-high+low_min-0.13.csv"
