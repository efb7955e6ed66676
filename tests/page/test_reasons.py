"""Why a score, in families and sentences; what a batch says of itself."""

import json
import re

import pytest
from analyst import NEWER
from axe import violations
from batches import copy_snapshot
from serving import Server


@pytest.fixture(scope="module")
def ranked(server):
    return server.get(f"/table/alerts/{NEWER}").json()["columns"]["alert_id"]


def explanation(server, alert):
    """With what further features the first ranks name."""
    found = json.loads(server.get(f"/alerts/{NEWER}/{alert}").json()["explain_json"])
    found["top_features"] += list(found.get("other_contributions", {}))
    found["feature_contributions"] |= found.get("other_contributions", {})
    found["feature_values"] |= found.get("other_values", {})
    return found


def number(text):
    return float(text.replace("−", "-").replace("+", "").replace(",", ""))


def test_families_open_to_their_features(visit, server, ranked):
    page = visit(f"#{NEWER}/{ranked[0]}").ready()
    page.get(".family").first.wait_for()
    found = explanation(server, ranked[0])
    features = {f["name"]: f for f in server.get(f"/features/{NEWER}").json()["alerts"]}
    shown = {}
    for family in page.get(".family").all():
        family.locator("summary").click()
        name = family.get_attribute("data-family")
        shown[name] = number(family.locator("summary .size").inner_text())
        sizes = [number(text) for text in family.locator("li .size").all_inner_texts()]
        assert sum(sizes) == pytest.approx(shown[name], abs=0.0006 * (len(sizes) + 1))
        names = family.locator("li code").all_inner_texts()
        assert names == [one for one in found["top_features"] if features[one]["family"] == name]
        for told, feature in zip(family.locator("li").all_inner_texts(), names):
            assert features[feature]["meaning"][1:] in told
            value = found["feature_values"][feature]
            assert value is not None or "not known" in told
    assert shown == pytest.approx(found["families"], abs=6e-4)
    sizes = [abs(size) for size in shown.values()]
    assert sizes == sorted(sizes, reverse=True)


def test_opens_the_first_models_reasons(visit, aml_miner, days, ranked, tmp_path):
    """What process stores of a model with a second stage (tests/train/test_second_stage.py), shown and reported."""
    reason = {"feature": "graph_in_senders", "value": 33.0, "contribution": 1.25, "meaning": "addresses that pay it"}
    lowers = {"feature": "pagerank", "value": None, "contribution": -0.5}
    told = {"address": "bc1own", "score": 0.4312, "reasons": [reason, lowers], "counterparties": 12, "counterparties_in_highest_hundredth": 3,
            "highest_counterparties": [{"address": "bc1-the-other-address", "score": 0.9123, "reasons": [reason], "amount_usd": 12000.4}]}
    output = copy_snapshot(days / "output" / NEWER, tmp_path / "output" / NEWER)
    (output / "first_stage.json").write_text(f'{{"model":"x","alerts":{{\n{json.dumps(ranked[0])}:{json.dumps(told)}\n}}}}\n')
    with Server(aml_miner, tmp_path / "output", "--input-root", days / "input") as server:
        assert server.get(f"/alerts/{NEWER}/{ranked[0]}").json()["first_stage"] == told
        assert "first_stage" not in server.get(f"/alerts/{NEWER}/{ranked[1]}").json()
        page = visit(f"#{NEWER}/{ranked[0]}", on=server).ready()
        page.get(".first-stage > summary").click()
        text = page.get(".first-stage").inner_text()
        assert "gives the address 0.4312; of 12 that it deals with, 3 are" in text
        assert "Raises it: Addresses that pay it: 33." in text and "Lowers it: It is not known: pagerank." in text
        page.get(".neighbour summary").click()
        assert "0.9123 for bc1-the-ot" in page.get(".neighbour summary").inner_text() and page.get(".neighbour li").count() == 1
        assert violations(page.page) == {}
        page.get("#report-open").click()
        assert "It gives 0.9123 to bc1-the-other-address, $12,000 between the two." in page.get("#report ul.first-stage").inner_text()


def test_nothing_unnamed_is_above_a_tenth(visit, server, ranked):
    page = visit(f"#{NEWER}/{ranked[0]}").ready()
    page.get(".family").first.wait_for()
    rise = abs(sum(explanation(server, ranked[0])["families"].values()))
    for family in page.get(".family").all():
        family.locator("summary").click()
        rest = family.locator("li.muted .size")
        assert rest.count() == 0 or abs(number(rest.inner_text())) <= 0.1 * rise + 1e-3
    page.get(".steps summary").click()
    assert "all other features" not in page.get(".steps").inner_text()


def test_says_the_strongest_reasons_in_sentences(visit, server, ranked):
    page = visit(f"#{NEWER}/{ranked[0]}").ready()
    page.get(".sentences li").first.wait_for()
    told = page.get(".sentences li").all_inner_texts()
    found = explanation(server, ranked[0])
    answer = server.get(f"/features/{NEWER}").json()
    features = {f["name"]: f for f in answer["alerts"]}
    assert len(told) == 5
    for sentence, name in zip(told, found["top_features"]):
        lowers = found["feature_contributions"][name] < 0
        assert sentence.startswith("Lowers it: " if lowers else "Raises it: ") and sentence.endswith(".")
        assert features[name]["meaning"][1:] in sentence
        value = found["feature_values"][name]
        above = re.search(r"above (\d+) % of the day's alerts", sentence)
        if above:
            stands = dict(zip(answer["percentiles"], features[name]["percentiles"]))
            assert stands[int(above[1])] < value


def test_says_how_many_like_it_were_reported(visit, server, ranked):
    page = visit(f"#{NEWER}/{ranked[0]}").ready()
    page.get("#like:has-text('alerts like this were reported')").wait_for()
    probability = server.get(f"/alerts/{NEWER}/{ranked[0]}").json()["probability"]
    like = server.get(f"/metadata/{NEWER}").json()["models"]["alert_scorer"]["calibration"]["like"]
    bin = next(one for one in like if probability >= one["from"])
    assert page.get("#like").inner_text().startswith(
        f"About {round(bin['share'] * 100)} of 100 alerts like this were reported (from {bin['rows']:,} like it")


def test_an_explanation_of_an_earlier_version_is_shown(visit, serve, days, aml_miner, tmp_path):
    import duckdb
    import shutil
    shutil.copytree(days / "output" / NEWER, tmp_path / NEWER)
    file = tmp_path / NEWER / "alerts_scored.parquet"
    duckdb.sql(f"""COPY (SELECT * REPLACE (regexp_replace(explain_json, ',"families":[{{].*?[}}]', '') AS explain_json)
                   FROM '{file}' ORDER BY alert_id) TO '{tmp_path}/old.parquet'""")
    (tmp_path / "old.parquet").replace(file)
    (tmp_path / NEWER / "features.json").unlink()
    (tmp_path / NEWER / "model_cards.json").unlink()
    page = visit(on=serve(tmp_path)).ready()
    page.get(".slick-row").first.click()
    page.get(".sentences li").first.wait_for()
    assert page.get(".family").count() == 0
    page.get(".steps summary").click()
    assert "all other features" in page.get(".steps").inner_text()
    page.get("#model-open").click()
    page.get("#model:has-text('has no card')").wait_for()


def test_the_head_tells_fit_warnings_and_model(visit, serve, days, tmp_path):
    import shutil
    shutil.copytree(days / "output" / NEWER, tmp_path / NEWER)
    metadata = json.loads((tmp_path / NEWER / "metadata.json").read_text())
    metadata["warnings"] = ["<b>one</b> is missing", "another was doubled"]
    (tmp_path / NEWER / "metadata.json").write_text(json.dumps(metadata))
    page = visit(on=serve(tmp_path)).ready()
    page.get("#warnings summary:has-text('2 warnings')").click()
    assert page.get("#warnings li").all_inner_texts() == metadata["warnings"]
    page.get("#model-open").click()
    page.get("#model .body section").first.wait_for()
    text = page.get("#model").inner_text()
    assert metadata["models"]["alert_scorer"]["sha256"] in text and "auc roc" in text
    page.press("Escape")
    page.get("#model").wait_for(state="hidden")


def test_what_would_be_otherwise_is_said_of_the_first_ranks(visit, server, ranked):
    features = {f["name"]: f for f in server.get(f"/features/{NEWER}").json()["alerts"]}
    for alert in ranked[:5]:
        found = server.get(f"/alerts/{NEWER}/{alert}").json()["counterfactual"]
        page = visit(f"#{NEWER}/{alert}").ready()
        page.get("#otherwise").wait_for()
        said = page.get("#otherwise").inner_text()
        assert "the first 5" in said
        for change in found["changes"]:
            assert features[change["feature"]]["meaning"] in said
        assert bool(found["changes"]) == said.startswith("It would not be among")
    page = visit(f"#{NEWER}/{ranked[5]}").ready()
    page.get(".family").first.wait_for()
    assert page.get("#otherwise").count() == 0
