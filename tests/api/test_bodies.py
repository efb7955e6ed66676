"""What the server says is what stands in the Parquet files."""

import gzip
import io
import json

import duckdb
import pyarrow
import pytest

from serving import copy_batch

LISTS = {
    "/scores/alerts/": ("alerts_scored.parquet", "scores", "total_alerts"),
    "/rankings/alerts/": ("alerts_ranked.parquet", "rankings", "total_alerts"),
    "/scores/clusters/": ("clusters_scored.parquet", "scores", "total_clusters"),
}
ALIASES = {
    "/scores/alerts/{}": "/alerts/{}/scores",
    "/rankings/alerts/{}": "/alerts/{}/rankings",
    "/scores/clusters/{}": "/clusters/{}/scores",
}


def table(file):
    """The rows of a Parquet file as objects, in the file's order."""
    query = duckdb.sql(f"FROM read_parquet('{file}')")
    return [dict(zip(query.columns, row)) for row in query.fetchall()]


def unzstd(data):
    return pyarrow.CompressedInputStream(io.BytesIO(data), "zstd").read()


@pytest.mark.parametrize("path", LISTS)
def test_a_list_equals_the_parquet_file(server, day, path):
    file, rows_key, total_key = LISTS[path]
    body = server.get(path + day.name).json()
    expected = table(day / file)
    assert body[rows_key] == expected
    metadata = json.loads((day / "metadata.json").read_text())
    assert body[total_key] == len(expected) > 0
    assert body["metadata"][total_key] == len(expected)
    assert body["processing_date"] == day.name
    assert body["network"] == metadata["network"]
    assert body["window_days"] == metadata["window_days"]
    assert body["model_version"] == body["metadata"]["model_version"] == "1.0.0"
    assert body["metadata"]["processed_at"] == metadata["processed_at"]
    if "latency_ms" in expected[0]:
        total = sum(row["latency_ms"] for row in expected)
        assert body["metadata"]["total_latency_ms"] == pytest.approx(total)
        assert body["metadata"]["avg_latency_ms"] == pytest.approx(total / len(expected))


def test_explanations_are_strings_that_hold_json(server, day):
    row = server.get(f"/scores/alerts/{day.name}?limit=1").json()["scores"][0]
    assert isinstance(row["explain_json"], str)
    explanation = json.loads(row["explain_json"])
    assert set(explanation) - {"other_contributions", "other_values"} == {
        "base_value", "top_features", "feature_contributions", "feature_values", "families"}


@pytest.mark.parametrize("path", ALIASES)
def test_an_alias_and_latest_give_the_same_bytes(server, day, path):
    answer = server.get(path.format(day.name))
    for other in (path.format("latest"), ALIASES[path].format(day.name), ALIASES[path].format("latest")):
        same = server.get(other)
        assert same.body == answer.body
        assert same.headers["ETag"] == answer.headers["ETag"]


def test_rows_can_be_chosen(server, day):
    scores = table(day / "alerts_scored.parquet")
    ask = f"/scores/alerts/{day.name}?"
    assert server.get(ask + "limit=3&offset=2").json()["scores"] == scores[2:5]
    body = server.get(ask + "min_score=0.5&offset=1&limit=4").json()
    assert body["scores"] == [row for row in scores if row["score"] >= 0.5][1:5]
    assert body["total_alerts"] == len(scores)
    without = server.get(ask + "explain=false").json()["scores"]
    assert without == [{k: v for k, v in row.items() if k != "explain_json"} for row in scores]
    assert server.get(ask + f"offset={len(scores)}").json()["scores"] == []
    ranked = server.get(f"/rankings/alerts/{day.name}?limit=5&explain=false").json()["rankings"]
    assert ranked == table(day / "alerts_ranked.parquet")[:5]


def test_one_alert_and_one_cluster(server, day):
    ranks = {row["alert_id"]: row["rank"] for row in table(day / "alerts_ranked.parquet")}
    for row in table(day / "alerts_scored.parquet")[:3]:
        answer = server.get(f"/alerts/{day.name}/{row['alert_id']}").json()
        assert answer == {
            "processing_date": day.name, "network": answer["network"],
            "window_days": answer["window_days"], **row, "rank": ranks[row["alert_id"]]}
    cluster = table(day / "clusters_scored.parquet")[-1]
    answer = server.get(f"/clusters/latest/{cluster['cluster_id']}").json()
    assert {key: answer[key] for key in cluster} == cluster


def test_metadata_is_the_file_itself(server, day):
    assert server.get(f"/metadata/{day.name}").body == (day / "metadata.json").read_bytes()


def test_parquet_is_the_file_itself(server, day):
    for path, (file, _, _) in LISTS.items():
        answer = server.get(path + "latest", Accept="application/vnd.apache.parquet", Accept_Encoding="gzip")
        assert answer.body == (day / file).read_bytes()
        assert answer.headers["Content-Type"] == "application/vnd.apache.parquet"
        assert answer.headers["Content-Encoding"] is None


def test_ndjson_is_a_line_per_row(server, day):
    answer = server.get("/scores/alerts/latest?limit=7", Accept="application/x-ndjson")
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    assert answer.body.endswith(b"\n")
    lines = [json.loads(line) for line in answer.body.splitlines()]
    assert lines == table(day / "alerts_scored.parquet")[:7]


def test_codings_hold_the_same_bytes(server, day):
    path = f"/scores/alerts/{day.name}"
    plain = server.get(path)
    assert plain.headers["Content-Encoding"] is None
    for accepted, coding, unpack in (
        ("gzip, deflate", "gzip", gzip.decompress),
        ("gzip;q=0.5, zstd", "zstd", unzstd),
        ("br, gzip;q=1.0, zstd;q=0", "gzip", gzip.decompress),
    ):
        packed = server.get(path, Accept_Encoding=accepted)
        assert packed.headers["Content-Encoding"] == coding
        assert packed.headers["Vary"] == "Accept, Accept-Encoding"
        assert packed.headers["ETag"] != plain.headers["ETag"]
        assert len(packed.body) < len(plain.body)
        assert unpack(packed.body) == plain.body


def test_what_there_is(server, day):
    assert server.get("/dates/available").json() == {"dates": [day.name], "total_count": 1}
    processed_at = json.loads((day / "metadata.json").read_text())["processed_at"]
    assert server.get("/dates/latest").json() == {"latest_date": day.name, "processed_at": processed_at}
    health = server.get("/health").json()
    assert health["status"] == "healthy" and health["latest_date"] == day.name
    assert health["models_loaded"] == {"alert_scorer": True, "alert_ranker": True, "cluster_scorer": True}
    assert server.get("/version").json()["model_versions"] == {
        "alert_scorer": "1.0.0", "alert_ranker": "1.0.0", "cluster_scorer": "1.0.0"}


def test_strange_text_is_valid_json(serve, day, tmp_path):
    """Ids that need escaping come through, whoever wrote them."""
    batch = copy_batch(day, tmp_path / day.name)
    first = table(day / "alerts_scored.parquet")[0]["alert_id"]
    strange = 'q"b\\s/n\nt\tz\x01ü猫🙂'
    for file in ("alerts_scored.parquet", "alerts_ranked.parquet"):
        duckdb.sql(
            f"COPY (SELECT * REPLACE (CASE WHEN alert_id = '{first}' THEN '{strange}' ELSE alert_id END AS alert_id) "
            f"FROM '{day}/{file}') TO '{batch}/{file}' (FORMAT parquet)")
    running = serve(tmp_path)
    served = [row["alert_id"] for row in running.get("/scores/alerts/latest").json()["scores"]]
    assert strange in served
    assert strange in [row["alert_id"] for row in running.get("/rankings/alerts/latest").json()["rankings"]]
