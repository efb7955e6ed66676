"""What process writes, on snapshots that our simulator did not make."""

import json

import duckdb
import lightgbm
import numpy
import pytest

from batches import SNAPSHOTS, copy_snapshot, processed, rewrite, rows

SCORED = ["score", "model_version", "latency_ms", "explain_json"]


def schema(parquet):
    return [(c[0], c[1]) for c in duckdb.sql(f"DESCRIBE FROM read_parquet('{parquet}')").fetchall()]


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_scores_every_alert_and_cluster_once(name, aml_miner):
    snapshot, _ = SNAPSHOTS[name]
    output, _ = processed(aml_miner, name)
    types = ["DOUBLE", "VARCHAR", "DOUBLE", "VARCHAR"]
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
    assert all(row[2] == "1.0.0" and row[3] > 0 for row in scored)
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
        numpy.testing.assert_allclose(published, 1 / (1 + numpy.exp(-raw)), rtol=0, atol=1e-15)


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
