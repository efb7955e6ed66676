"""What process writes, on snapshots that our simulator did not make."""

import json
import pathlib
import shutil

import duckdb
import lightgbm
import numpy
import pytest

from batches import SNAPSHOTS, copy_snapshot, processed, rewrite, rows, run

GOLDEN_MODELS = pathlib.Path(__file__).resolve().parent / "golden" / "models"

SCORED = ["score", "probability", "model_version", "latency_ms", "explain_json"]


def schema(parquet):
    return [(c[0], c[1]) for c in duckdb.sql(f"DESCRIBE FROM read_parquet('{parquet}')").fetchall()]


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_scores_every_alert_and_cluster_once(name, aml_miner):
    snapshot, _ = SNAPSHOTS[name]
    output, _ = processed(aml_miner, name)
    types = ["DOUBLE", "DOUBLE", "VARCHAR", "DOUBLE", "VARCHAR"]
    assert schema(output / "alerts_scored.parquet") == [("alert_id", "VARCHAR"), *zip(SCORED, types)]
    assert schema(output / "clusters_scored.parquet") == [
        ("cluster_id", "VARCHAR"),
        *zip(SCORED, types),
    ]
    assert schema(output / "alerts_ranked.parquet") == [
        ("alert_id", "VARCHAR"),
        ("rank", "BIGINT"),
        ("score", "DOUBLE"),
    ]

    scored = duckdb.sql(f"FROM '{output}/alerts_scored.parquet'").fetchall()
    ids = [row[0] for row in scored]
    assert ids == [row[0] for row in rows(snapshot / "alerts.parquet", "DISTINCT alert_id")]
    assert all(0 <= row[1] <= 1 for row in scored)
    assert all(row[3] == "1.0.0" and row[4] > 0 for row in scored)
    span = json.loads((output / "metadata.json").read_text())["models"]["alert_scorer"]["calibration"]["score_map"]["span"]
    assert span == (0.76 if name == "torus" else 0.86)
    assert all(row[1] == 0.12 + span * row[2] for row in scored)
    clusters = duckdb.sql(f"FROM '{output}/clusters_scored.parquet'").fetchall()
    assert [row[0] for row in clusters] == [
        row[0] for row in rows(snapshot / "clusters.parquet", "DISTINCT cluster_id")
    ]
    ranked = duckdb.sql(f"FROM '{output}/alerts_ranked.parquet'").fetchall()
    assert [row[1] for row in ranked] == list(range(1, len(ids) + 1))
    assert ranked == sorted(ranked, key=lambda row: (-row[2], row[0]))
    assert sorted(row[0] for row in ranked) == ids


def test_metadata_says_what_the_batch_was_made_of(batch):
    output, _ = batch
    snapshot, _ = SNAPSHOTS["clickhouse"]
    metadata = json.loads((output / "metadata.json").read_text())
    assert metadata["processing_date"] == "2025-10-25"
    assert metadata["network"] == "ethereum"
    assert metadata["window_days"] == 30
    assert metadata["input_counts"]["alerts"] == 500
    assert metadata["output_counts"] == {
        "alerts_ranked": 500, "alerts_scored": 500, "clusters_scored": 50,
    }
    meta = json.loads((snapshot / "META.json").read_text())
    for name, sha256 in meta["sha256"].items():
        assert metadata["input_sha256"][name] == sha256
    assert len(metadata["snapshot_sha256"]) == 64
    assert set(metadata["models"]) == {"alert_scorer", "alert_ranker", "cluster_scorer"}
    for stage in ["load_models", "features", "score_alerts", "rank_alerts", "score_clusters", "write"]:
        assert metadata["latencies_ms"][stage] >= 0
    assert metadata["feature_sql_sha256"]


def test_scores_equal_lightgbms_own(batch, models_dir):
    output, matrices = batch
    for model, matrix, scored, key in [
        ("alert_scorer", "alert_matrix", "alerts_scored", "alert_id"),
        ("alert_ranker", "alert_matrix", "alerts_ranked", "alert_id"),
        ("cluster_scorer", "cluster_matrix", "clusters_scored", "cluster_id"),
    ]:
        booster = lightgbm.Booster(model_file=models_dir / f"{model}_v1.0.0.txt")
        frame = duckdb.sql(f"FROM '{matrices}/{matrix}.parquet' ORDER BY {key}").df()
        raw = booster.predict(frame[booster.feature_name()], raw_score=True)
        published = [row[0] for row in rows(output / f"{scored}.parquet", "score", key)]
        calibration = json.loads((models_dir / f"{model}_v1.0.0.json").read_text())["calibration"]
        probability = 1 / (1 + numpy.exp(-(calibration["slope"] * raw + calibration["intercept"])))
        numpy.testing.assert_allclose(published, 0.12 + 0.86 * probability, rtol=0, atol=1e-15)


def test_a_model_without_a_card_gives_no_probability(process, tiny, models_dir, tmp_path):
    models = tmp_path / "models"
    shutil.copytree(models_dir, models)
    for card in models.glob("*.json"):
        card.unlink()
    process(tiny, tmp_path / "out", models=models, *["--write-matrix", tmp_path / "matrices"])
    booster = lightgbm.Booster(model_file=models / "alert_scorer_v1.0.0.txt")
    frame = duckdb.sql(f"FROM '{tmp_path}/matrices/alert_matrix.parquet' ORDER BY alert_id").df()
    raw = booster.predict(frame[booster.feature_name()], raw_score=True)
    found = rows(tmp_path / "out" / "alerts_scored.parquet", "score, probability", "alert_id")
    assert {probability for _, probability in found} == {None}
    numpy.testing.assert_allclose([score for score, _ in found], 1 / (1 + numpy.exp(-raw)), rtol=0, atol=1e-15)
    metadata = json.loads((tmp_path / "out" / "metadata.json").read_text())
    assert metadata["models"]["alert_scorer"]["calibration"] is None
    assert metadata["fit"]["verdict"] == "unknown"


def test_ranks_are_the_order_of_the_scores(batch, models_dir):
    output, _ = batch
    assert (models_dir / "alert_ranker_v1.0.0.txt").read_bytes() == (models_dir / "alert_scorer_v1.0.0.txt").read_bytes()
    scores = dict(rows(output / "alerts_scored.parquet", "alert_id, score"))
    assert dict(rows(output / "alerts_ranked.parquet", "alert_id, score")) == scores


def test_a_ranker_of_its_own_is_explained(process, tiny, tmp_path):
    process(tiny, tmp_path / "out", models=GOLDEN_MODELS, *["--write-matrix", tmp_path / "matrices"])
    booster = lightgbm.Booster(model_file=GOLDEN_MODELS / "alert_ranker_v1.0.0.txt")
    names = booster.feature_name()
    frame = duckdb.sql(f"FROM '{tmp_path}/matrices/alert_matrix.parquet' ORDER BY alert_id").df()[names]
    contributions = booster.predict(frame, pred_contrib=True)
    texts = rows(tmp_path / "out" / "alerts_ranked.parquet", "rank_explain_json", "alert_id")
    for row, (text,) in enumerate(texts):
        found = json.loads(text)
        assert found["base_value"] == pytest.approx(contributions[row, -1])
        for name, contribution in found["feature_contributions"].items():
            assert contribution == pytest.approx(contributions[row, names.index(name)], rel=1e-9, abs=1e-12)


def test_clusters_see_their_alerts_scores(batch):
    output, matrices = batch
    snapshot, _ = SNAPSHOTS["clickhouse"]
    found = rows(matrices / "cluster_matrix.parquet",
                 "cluster_id, alert_probability_max, alert_probability_mean, scored_alerts")
    expected = duckdb.sql(
        f"SELECT cluster_id, max(probability), avg(probability), count(DISTINCT alert_id) FROM "
        f"(SELECT cluster_id, unnest(related_alert_ids) AS alert_id FROM '{snapshot}/clusters.parquet') "
        f"JOIN '{output}/alerts_scored.parquet' USING (alert_id) GROUP BY 1 ORDER BY 1").fetchall()
    scored = [row for row in found if row[3] > 0]
    assert len(scored) == len(expected)
    for row, wanted in zip(scored, expected):
        assert row[0] == wanted[0] and row[1] == wanted[1] and row[3] == wanted[3]
        assert row[2] == pytest.approx(wanted[2], rel=1e-12)


def test_a_day_is_compared_with_those_learned_from(aml_miner, process, models_dir, tmp_path):
    fits = {}
    for name, (snapshot, _) in SNAPSHOTS.items():
        process(snapshot, tmp_path / name, "--top-features", 1)
        fits[name] = json.loads((tmp_path / name / "metadata.json").read_text())["fit"]
    assert fits["clickhouse"]["verdict"] == "familiar", fits["clickhouse"]
    assert fits["clickhouse"]["reasons"] == []
    assert fits["torus"]["verdict"] == "foreign"
    assert fits["torus"]["reasons"]

    # Under the training's network and window it is as foreign as before.
    renamed = copy_snapshot(SNAPSHOTS["torus"][0], tmp_path / "renamed")
    rewrite(renamed / "alerts.parquet", "SELECT * REPLACE (30 AS window_days) FROM old")
    rewrite(renamed / "features.parquet", "SELECT * REPLACE (30 AS window_days) FROM old")
    rewrite(renamed / "clusters.parquet", "SELECT * REPLACE (30 AS window_days) FROM old")
    rewrite(renamed / "money_flows.parquet", "SELECT * REPLACE ('ethereum' AS network) FROM old")
    (renamed / "META.json").write_text(
        '{"network":"ethereum","processing_date":"2025-11-20","window_days":30,"files":{}}')
    lines = run(aml_miner, "process", "--input-dir", renamed, "--output-dir", tmp_path / "2025-11-20",
                "--models-dir", models_dir, "--top-features", 1)
    fit = json.loads((tmp_path / "2025-11-20" / "metadata.json").read_text())["fit"]
    assert fit["verdict"] == "foreign" and not any("network" in reason for reason in fit["reasons"])
    assert any(line.get("fit") == "foreign" for line in lines)


def test_explanations_equal_lightgbms_own(batch, models_dir):
    output, matrices = batch
    booster = lightgbm.Booster(model_file=models_dir / "alert_scorer_v1.0.0.txt")
    names = booster.feature_name()
    frame = duckdb.sql(f"FROM '{matrices}/alert_matrix.parquet' ORDER BY alert_id").df()[names]
    contributions = booster.predict(frame, pred_contrib=True)
    texts = rows(output / "alerts_scored.parquet", "explain_json", "alert_id")
    for row, (text,) in enumerate(texts):
        explanation = json.loads(text)
        assert explanation["base_value"] == contributions[row, -1]
        top = explanation["top_features"]
        found = explanation["feature_contributions"]
        assert len(top) == 10
        assert list(found) == top == sorted(top, key=lambda name: -abs(found[name]))
        rest = [abs(contributions[row, i]) for i, name in enumerate(names) if name not in top]
        assert max(rest) <= abs(found[top[-1]]) + 1e-12
        for name in top:
            assert found[name] == pytest.approx(contributions[row, names.index(name)], rel=1e-9, abs=1e-12)
            value = explanation["feature_values"][name]
            assert value == frame[name][row] or (value is None and numpy.isnan(frame[name][row]))


def published(output):
    """All published values but latency_ms."""
    return [
        rows(output / "alerts_scored.parquet", "* EXCLUDE (latency_ms)"),
        rows(output / "alerts_ranked.parquet"),
        rows(output / "clusters_scored.parquet", "* EXCLUDE (latency_ms)"),
    ]


def test_threads_change_no_bit(process, tmp_path):
    snapshot = copy_snapshot(SNAPSHOTS["torus"][0], tmp_path / "in")
    rewrite(snapshot / "alerts.parquet", "FROM old ORDER BY alert_id LIMIT 1000")
    outputs = []
    for threads in [1, 2, 4]:
        process(snapshot, tmp_path / f"out{threads}", "--threads", threads)
        outputs.append(published(tmp_path / f"out{threads}"))
    assert outputs[0] == outputs[1] == outputs[2]


def test_works_without_money_flows_and_says_so(process, tmp_path):
    snapshot = copy_snapshot(SNAPSHOTS["pandas"][0], tmp_path / "in")
    (snapshot / "money_flows.parquet").unlink()
    process(snapshot, tmp_path / "out")
    metadata = json.loads((tmp_path / "out" / "metadata.json").read_text())
    assert any("money_flows" in warning for warning in metadata["warnings"])
    assert len(rows(tmp_path / "out" / "alerts_scored.parquet")) == 500


def test_a_day_without_alerts_is_a_day(process, tmp_path):
    snapshot = copy_snapshot(SNAPSHOTS["clickhouse"][0], tmp_path / "in")
    rewrite(snapshot / "alerts.parquet", "FROM old LIMIT 0")
    (snapshot / "META.json").write_text(
        '{"network":"ethereum","processing_date":"2025-10-25","window_days":30,"files":{}}'
    )
    process(snapshot, tmp_path / "2025-10-25")
    for name in ["alerts_scored", "alerts_ranked"]:
        assert rows(tmp_path / "2025-10-25" / f"{name}.parquet") == []


def test_top_features_sets_the_length_of_explanations(process, tiny, tmp_path):
    process(tiny, tmp_path / "out", "--top-features", 3)
    for (text,) in rows(tmp_path / "out" / "alerts_scored.parquet", "explain_json"):
        assert len(json.loads(text)["top_features"]) == 3
