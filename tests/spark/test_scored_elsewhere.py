"""Alerts that another engine has scored, beside its groups: process takes the rows of its models, and no others. Without Spark."""

import json
import subprocess

import duckdb
import pytest

from tables import difference, rows_of
from test_sql_statements import DATA, DAYS, MODELS, groups, run  # noqa: F401 -- a fixture

SCORER = MODELS / "alert_scorer_v1.0.0.txt"


def score_elsewhere(aml_miner, words, embedded, scorer, folder):
    """An embedded batch, and beside it rows.parquet, as executors score alerts, with families.json, which they are told."""
    run(aml_miner, *words[:3], "--output-dir", embedded, "--models-dir", scorer.parent, "--write-matrix", folder / "m")
    features = json.loads((embedded / "features.json").read_text())["alerts"]
    (folder / "families.json").write_text(json.dumps({feature["name"]: feature["family"] for feature in features}))
    run(aml_miner, "predict", "--model", scorer, "--input", folder / "m" / "alert_matrix.parquet", "--output", folder / "rows.parquet",
        "--published", folder / "families.json")


@pytest.fixture
def scored(aml_miner, groups, tmp_path):  # noqa: F811
    """Words of `process` with groups and rows that were scored, and the embedded batch."""
    words, engine = groups
    embedded = tmp_path / "embedded" / words[4].name
    score_elsewhere(aml_miner, words, embedded, SCORER, tmp_path)
    (tmp_path / "groups" / "engine.json").write_text(json.dumps(engine))
    return words, embedded


def give(tmp_path, select):
    """Puts a SELECT from the rows beside the groups."""
    duckdb.sql(f"COPY (SELECT {select.format(rows=tmp_path / 'rows.parquet')}) TO '{tmp_path}/groups/scored_rows.parquet' (FORMAT parquet)")


def scored_rows(batch):
    """How many, as the batch tells."""
    return json.loads((batch / "metadata.json").read_text())["engine"]["scored_rows"]


def test_they_are_taken_as_they_are(aml_miner, scored, tmp_path):
    words, embedded = scored
    give(tmp_path, "* REPLACE (4321.5 AS latency_ms) FROM '{rows}'")
    run(aml_miner, *words)
    batch = tmp_path / embedded.name
    connection = duckdb.connect()
    assert connection.execute(f"SELECT DISTINCT latency_ms FROM '{batch}/alerts_scored.parquet'").fetchall() == [(4321.5,)]
    assert scored_rows(batch) == 500
    for file in ("alerts_scored", "alerts_ranked", "clusters_scored"):
        ours, theirs = (rows_of(connection, f"FROM read_parquet('{folder}/{file}.parquet')", ["latency_ms"]) for folder in (embedded, batch))
        assert difference(ours, theirs) is None, file


def test_rows_of_another_model_are_not(aml_miner, scored, tmp_path):
    words, embedded = scored
    give(tmp_path, "* REPLACE (4321.5 AS latency_ms, 'x' AS model_sha256) FROM '{rows}'")
    run(aml_miner, *words)
    assert duckdb.sql(f"FROM '{tmp_path}/{embedded.name}/alerts_scored.parquet' WHERE latency_ms = 4321.5").fetchall() == []
    assert scored_rows(tmp_path / embedded.name) == 0, "whatever the engine believes"


@pytest.mark.parametrize("groups", ["torus"], indirect=True)
def test_rows_that_the_fallback_replaced_are_not_counted(aml_miner, groups, tmp_path):  # noqa: F811
    """A foreign day is scored anew, by a model that no executor had."""
    words, engine = groups
    models = tmp_path / "models"
    run(aml_miner, "train", "--input-dir", DATA / DAYS["clickhouse"], "--ground-truth", DATA / "clickhouse/ground_truth_2025-10-25.parquet",
        "--models-dir", models, "--fallback")
    words = [models if word == MODELS else word for word in words]
    score_elsewhere(aml_miner, words, tmp_path / "embedded" / words[4].name, models / SCORER.name, tmp_path)
    give(tmp_path, "* FROM '{rows}'")
    (tmp_path / "groups" / "engine.json").write_text(json.dumps(engine))
    for choice, count in (("stock", 3991), ("fallback", 0)):
        run(aml_miner, *words, "--on-foreign", choice)
        metadata = json.loads((tmp_path / words[4].name / "metadata.json").read_text())
        assert metadata["fit"]["verdict"] == "foreign" and metadata["fit"]["scored_by"].startswith({"stock": "alert", "fallback": "fallback"}[choice])
        assert metadata["engine"]["scored_rows"] == count


def test_columns_that_are_not_published_are_refused(aml_miner, scored, tmp_path):
    words = ["predict", "--model", SCORER, "--input", tmp_path / "m" / "alert_matrix.parquet", "--output", tmp_path / "more.parquet",
             "--published", tmp_path / "families.json"]
    assert "leave out --contributions" in run(aml_miner, *words, "--contributions", exit_code=2)
    assert "leave out --keep" in run(aml_miner, *words, "--keep", "alert_id", exit_code=2)
    assert not (tmp_path / "more.parquet").exists()


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
