"""Families of features in explanations, and what a batch says of its features and models."""

import json
import math
import pathlib

import duckdb
import pytest
from batches import run

MODELS = pathlib.Path(__file__).resolve().parents[2] / "trained_models"
FAMILIES = {"alert", "address", "flows", "patterns", "neighbours", "history"}


def process(aml_miner, snapshot, output, *options):
    run(aml_miner, "process", "--input-dir", snapshot, "--output-dir", output, "--models-dir", MODELS, *options)
    return output


@pytest.fixture(scope="module")
def day(aml_miner, tmp_path_factory):
    """A day with its explanations as they are published, and with every feature named."""
    root = tmp_path_factory.mktemp("families")
    run(aml_miner, "simulate", "--network", "bitcoin", "--processing-date", "2025-10-26", "--days", 7, "--scale", 0.02,
        "--seed", 11, "--output-dir", root / "input")
    return (process(aml_miner, root / "input", root / "short" / "2025-10-26"),
            process(aml_miner, root / "input", root / "whole" / "2025-10-26", "--top-features", 10000), root / "input")


def explained(output, kind="alert"):
    rows = duckdb.sql(f"SELECT {kind}_id, score, probability, explain_json FROM '{output}/{kind}s_scored.parquet' ORDER BY 1").fetchall()
    return [(id, score, probability, json.loads(text)) for id, score, probability, text in rows]


def families_of(output, kind="alerts"):
    return {f["name"]: f["family"] for f in json.loads((output / "features.json").read_text())[kind]}


@pytest.mark.parametrize("kind", ["alert", "cluster"])
def test_families_add_up_to_the_raw_score(day, kind):
    output, whole, _ = day
    model = json.loads((output / "metadata.json").read_text())["models"][f"{kind}_scorer"]
    families = families_of(output, f"{kind}s")
    for (id, _, probability, found), (same, _, _, all) in zip(explained(output, kind), explained(whole, kind)):
        assert id == same
        log_odds = math.log(probability / (1 - probability))
        raw = (log_odds - model["calibration"]["intercept"]) / model["calibration"]["slope"]
        assert found["base_value"] + sum(found["families"].values()) == pytest.approx(raw, abs=1e-6)
        sums = dict.fromkeys(found["families"], 0.0)
        for name, contribution in all["feature_contributions"].items():
            sums[families[name]] += contribution
        assert found["families"] == pytest.approx(sums, abs=2e-6)
    if kind == "alert":
        assert set(found["families"]) == FAMILIES


def test_first_ranks_leave_little_unnamed(aml_miner, day, tmp_path):
    output, whole, snapshot = day
    families = families_of(output)
    ranked = [row[0] for row in duckdb.sql(f"SELECT alert_id FROM '{output}/alerts_ranked.parquet' ORDER BY rank").fetchall()]
    found = {id: explanation for id, _, _, explanation in explained(output)}
    assert {len(explanation["top_features"]) for explanation in found.values()} == {10}
    assert not any("other_contributions" in found[id] for id in ranked[10:])
    for id in ranked[:10]:
        unnamed = dict(found[id]["families"])
        rise = abs(sum(unnamed.values()))
        others = found[id]["other_contributions"]
        assert list(others) == list(found[id]["other_values"]) and not set(others) & set(found[id]["top_features"])
        for name, contribution in (found[id]["feature_contributions"] | others).items():
            unnamed[families[name]] -= contribution
        assert abs(sum(unnamed.values())) <= 0.1 * rise + 1e-5
        assert all(abs(rest) <= 0.1 * rise + 1e-5 for rest in unnamed.values())
        assert len(others) + 10 <= 128
    none = process(aml_miner, snapshot, tmp_path / "2025-10-26", "--full-explanations", 0)
    assert not any("other_contributions" in explanation for _, _, _, explanation in explained(none))


def test_tells_where_values_stand_in_the_day(day):
    output, whole, _ = day
    told = json.loads((output / "features.json").read_text())
    assert told["percentiles"][0] == 0 and told["percentiles"][-1] == 100 and told["percentiles"] == sorted(told["percentiles"])
    features = {f["name"]: f for f in told["alerts"]}
    values = [explanation["feature_values"] for _, _, _, explanation in explained(whole)]
    for name in ("alert_confidence_score", "flow_in_usd", "degree_total"):
        known = sorted(row[name] for row in values if row.get(name) is not None)
        stands = features[name]["percentiles"]
        assert len(stands) == len(told["percentiles"])
        assert stands == sorted(stands)
        for percentile, value in zip(told["percentiles"], stands):
            assert sum(one < value * (1 - 1e-5) for one in known) <= percentile / 100 * len(known) + 1
            assert sum(one <= value * (1 + 1e-5) for one in known) >= percentile / 100 * len(known) - 1


def test_keeps_the_cards_of_its_models(day):
    output, _, _ = day
    cards = json.loads((output / "model_cards.json").read_text())
    models = json.loads((output / "metadata.json").read_text())["models"]
    assert set(cards) == set(models)
    for task, card in cards.items():
        assert card["model_sha256"] == models[task]["sha256"]
        assert card["held_out"] and "training_profile" not in card and "feature_meanings" not in card
