"""Alerts that another engine has scored, beside its groups: process takes the rows of its models, and no others. Without Spark."""

import json
import subprocess

import duckdb
import pytest

from tables import difference, rows_of
from test_sql_statements import DATA, DAYS, MODELS, groups, run  # noqa: F401 -- a fixture

SCORER = MODELS / "alert_scorer_v1.0.0.txt"


@pytest.fixture
def scored(aml_miner, groups, tmp_path):  # noqa: F811
    """Words of `process` with groups and rows that were scored, and the embedded batch."""
    words, engine = groups
    embedded = tmp_path / "embedded" / DATA.joinpath(DAYS["pandas"]).name
    run(aml_miner, *words[:3], "--output-dir", embedded, "--models-dir", MODELS, "--write-matrix", tmp_path / "m")
    features = json.loads((embedded / "features.json").read_text())["alerts"]
    (tmp_path / "families.json").write_text(json.dumps({feature["name"]: feature["family"] for feature in features}))
    run(aml_miner, "predict", "--model", SCORER, "--input", tmp_path / "m" / "alert_matrix.parquet", "--output", tmp_path / "rows.parquet",
        "--published", tmp_path / "families.json")
    (tmp_path / "groups" / "engine.json").write_text(json.dumps(engine))
    return words, embedded


def give(tmp_path, select):
    """Puts a SELECT from the rows beside the groups."""
    duckdb.sql(f"COPY (SELECT {select.format(rows=tmp_path / 'rows.parquet')}) TO '{tmp_path}/groups/scored_rows.parquet' (FORMAT parquet)")


def test_they_are_taken_as_they_are(aml_miner, scored, tmp_path):
    words, embedded = scored
    give(tmp_path, "* REPLACE (4321.5 AS latency_ms) FROM '{rows}'")
    run(aml_miner, *words)
    batch = tmp_path / embedded.name
    connection = duckdb.connect()
    assert connection.execute(f"SELECT DISTINCT latency_ms FROM '{batch}/alerts_scored.parquet'").fetchall() == [(4321.5,)]
    for file in ("alerts_scored", "alerts_ranked", "clusters_scored"):
        ours, theirs = (rows_of(connection, f"FROM read_parquet('{folder}/{file}.parquet')", ["latency_ms"]) for folder in (embedded, batch))
        assert difference(ours, theirs) is None, file


def test_rows_of_another_model_are_not(aml_miner, scored, tmp_path):
    words, embedded = scored
    give(tmp_path, "* REPLACE (4321.5 AS latency_ms, 'x' AS model_sha256) FROM '{rows}'")
    run(aml_miner, *words)
    assert duckdb.sql(f"FROM '{tmp_path}/{embedded.name}/alerts_scored.parquet' WHERE latency_ms = 4321.5").fetchall() == []


def test_rows_of_other_alerts_are_refused(aml_miner, scored, tmp_path):
    words, _ = scored
    give(tmp_path, "* FROM '{rows}' LIMIT 499")
    assert "499 rows" in run(aml_miner, *words, exit_code=3)


def test_sql_names_the_models_that_are_to_score(aml_miner):
    plan = json.loads(run(aml_miner, "sql", "--input-dir", DATA / DAYS["pandas"], "--models-dir", MODELS, "--json"))
    assert plan["scorers"] == [str(SCORER)], "the ranker is the same model"
    families = {step["table"]: (step["family"], step["families"]) for step in plan["steps"] if step["is_group"]}
    assert families["alert__flows"] == ("flows", {})


@pytest.mark.parametrize("text", ["tree\nversion=v3\n", (MODELS / SCORER.name).read_text()], ids=["damaged", "alone"])
def test_sql_needs_no_models_that_nobody_named(aml_miner, tmp_path, text):
    """A folder that happens to lie here, with a damaged model or without the others, stops no SQL; one that is named does."""
    (tmp_path / "trained_models").mkdir()
    (tmp_path / "trained_models" / SCORER.name).write_text(text)
    words = [aml_miner, "sql", "--input-dir", DATA / DAYS["pandas"], "--json"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and json.loads(done.stdout)["scorers"] == [], done.stderr
    assert "no models are named" in done.stderr
    assert subprocess.run([*words, "--models-dir", "trained_models"], cwd=tmp_path, capture_output=True).returncode in (3, 4)
