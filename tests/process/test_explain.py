"""explain tells of an alert what process published of it."""

import json
import re
import subprocess

import pytest

from batches import SNAPSHOTS, error_of, rows

SNAPSHOT, _ = SNAPSHOTS["clickhouse"]


@pytest.fixture
def explain(aml_miner, models_dir):
    def run(*arguments):
        command = [aml_miner, "explain", "--input-dir", SNAPSHOT, "--models-dir", models_dir, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    return run


@pytest.mark.parametrize("kind", ["alert", "cluster"])
def test_agrees_with_the_batch(kind, explain, batch):
    output, _ = batch
    published = rows(output / f"{kind}s_scored.parquet", f"{kind}_id, score, probability, explain_json")
    for identity, score, probability, text in (published[3], published[-1]):
        found = json.loads(explain(f"--{kind}-id", identity, "--json"))
        expected = json.loads(text)
        assert found[f"{kind}_id"] == identity and found["processing_date"] == "2025-10-25"
        assert found["score"] == score and found["probability"] == probability and found["base_value"] == expected["base_value"]
        top = found["features"][: len(expected["top_features"])]
        assert [f["name"] for f in top] == expected["top_features"]
        # A batch has eleven digits of each.
        assert {f["name"]: f["contribution"] for f in top} == pytest.approx(expected["feature_contributions"], rel=1e-9)
        assert {f["name"]: f["value"] for f in top} == expected["feature_values"]
        total = found["base_value"] + sum(f["contribution"] for f in found["features"])
        assert total == pytest.approx(found["raw_score"], rel=1e-9)


def test_text_fits_eighty_columns_and_adds_up(explain, batch):
    output, _ = batch
    identity, score = rows(output / "alerts_scored.parquet", "alert_id, score")[7]
    text = explain("--alert-id", identity, "--top", "5")
    lines = text.splitlines()
    assert lines[0] == f"alert {identity} of ethereum, 2025-10-25"
    assert all(len(line) <= 80 for line in lines)
    bars, meanings = text.rsplit("\n\n", 1)
    assert len(re.findall(r"^\w+\n  \S", meanings, re.MULTILINE)) == 5
    numbers = {line[:32].strip(): float(line[44:55]) for line in bars.splitlines()[4:]}
    assert numbers.pop("score") == pytest.approx(score, abs=1e-4)
    assert 0.12 + 0.86 * numbers.pop("probability") == pytest.approx(score, abs=1e-4)
    raw = numbers.pop("raw score, their sum")
    assert len(numbers) == 7  # five features, the others, and the base value
    assert sum(numbers.values()) == pytest.approx(raw, abs=1e-3)
    bars = re.findall(r"(-*)\|(\+*)$", text, re.MULTILINE)
    assert len(bars) == 6 and max(len(left + right) for left, right in bars) == 11


def test_takes_any_model(explain, models_dir, batch):
    output, _ = batch
    identity, score = rows(output / "alerts_ranked.parquet", "alert_id, score")[0]
    ranker = next(models_dir.glob("alert_ranker_v*.txt"))
    assert json.loads(explain("--alert-id", identity, "--model", ranker, "--json"))["score"] == score


def test_names_the_alert_that_is_not_there(aml_miner, models_dir):
    arguments = ["explain", "--input-dir", SNAPSHOT, "--models-dir", models_dir]
    message = error_of(aml_miner, *arguments, "--alert-id", "nobody", exit_code=4)
    assert "no alert nobody: it has 500" in message and "mean" not in message
    near = rows(SNAPSHOT / "alerts.parquet", "alert_id")[0][0]
    assert f"; did you mean {near}?" in error_of(aml_miner, *arguments, "--alert-id", near + "x", exit_code=4)
    assert "no cluster nobody: it has" in error_of(aml_miner, *arguments, "--cluster-id", "nobody", exit_code=4)
    message = error_of(aml_miner, *arguments, exit_code=2)
    assert "--alert-id" in message and "--cluster-id" in message
    error_of(aml_miner, *arguments, "--alert-id", "a", "--cluster-id", "b", exit_code=2)


def test_looks_for_the_row_before_it_computes(aml_miner, models_dir, tmp_path):
    sql = tmp_path / "sql"
    sql.mkdir()
    (sql / "20_alert__mine.sql").write_text("SELECT no_such_column FROM alerts")
    arguments = ["explain", "--input-dir", SNAPSHOT, "--models-dir", models_dir, "--features-dir", sql]
    assert "no alert nobody" in error_of(aml_miner, *arguments, "--alert-id", "nobody", exit_code=4)
    error_of(aml_miner, *arguments, "--alert-id", rows(SNAPSHOT / "alerts.parquet", "alert_id")[0][0], exit_code=3)
