"""What the API reads from a day's input, against the Parquet files themselves."""

import json
import pathlib
import shutil
import urllib.parse

import duckdb
import pytest
from batches import SNAPSHOTS, processed, rewrite, run, tiny_snapshot, trained
from serving import Server

MODELS = pathlib.Path(__file__).resolve().parents[2] / "trained_models"

DAYS = {name: snapshot.name for name, (snapshot, _) in SNAPSHOTS.items()}


@pytest.fixture(scope="module", params=["clickhouse", "pandas", "torus"])
def evident(request, aml_miner):
    """A server with input, its day, and the snapshot."""
    batch, _ = processed(aml_miner, request.param)
    snapshot, _ = SNAPSHOTS[request.param]
    with Server(aml_miner, batch.parent, "--input-root", snapshot.parent) as server:
        yield server, snapshot.name, snapshot


@pytest.fixture
def changing(aml_miner, tmp_path, serve):
    """A server whose input the test may change, and that input's folder."""
    batch, _ = processed(aml_miner, "clickhouse")
    snapshot, _ = SNAPSHOTS["clickhouse"]
    folder = tmp_path / snapshot.name
    shutil.copytree(snapshot, folder)
    folder.chmod(0o755)
    for file in folder.iterdir():
        file.chmod(0o644)
    return serve(batch.parent, "--input-root", tmp_path), folder


def column(table, name):
    values = table["columns"][name]
    if values is None or isinstance(values, list):
        return values
    return [None if code is None else values["values"][code] for code in values["codes"]]


def test_table_holds_what_the_input_says(evident):
    server, day, snapshot = evident
    table = server.get(f"/table/alerts/{day}").json()
    assert table["inputs"] == {"alerts": "read", "clusters": "read", "money_flows": "read", "same_snapshot": True}
    rankings = server.get(f"/rankings/alerts/{day}").json()["rankings"]
    assert column(table, "alert_id") == [row["alert_id"] for row in rankings]
    assert column(table, "rank_score") == [row["score"] for row in rankings]
    scores = {row["alert_id"]: row["score"] for row in server.get(f"/scores/alerts/{day}?explain=false").json()["scores"]}
    assert column(table, "score") == [scores[alert] for alert in column(table, "alert_id")]
    inputs = {row[0]: row[1:] for row in duckdb.sql(
        f"""SELECT alert_id, address, typology_type, severity, CAST(volume_usd AS DOUBLE), alert_confidence_score
            FROM read_parquet('{snapshot}/alerts.parquet')""").fetchall()}
    rows = zip(column(table, "alert_id"), column(table, "address"), column(table, "typology_type"),
               column(table, "severity"), column(table, "volume_usd"), column(table, "alert_confidence_score"))
    for alert, address, typology, severity, volume, confidence in rows:
        expected = inputs[alert]
        assert (address, typology, severity) == expected[:3]
        assert volume == pytest.approx(expected[3], abs=1e-6)
        assert confidence == pytest.approx(expected[4])


def test_alert_has_the_clusters_that_name_it(evident):
    server, day, snapshot = evident
    cluster, members = duckdb.sql(
        f"""SELECT cluster_id, related_alert_ids FROM read_parquet('{snapshot}/clusters.parquet')
            ORDER BY len(related_alert_ids) DESC, 1 LIMIT 1""").fetchone()
    answer = server.get(f"/inputs/alerts/{day}/{members[0]}").json()
    found = next(one for one in answer["clusters"] if one["cluster_id"] == cluster)
    assert set(found["related_alert_ids"]) == set(members[:200])
    assert found["score"] == server.get(f"/clusters/{day}/{cluster}").json()["score"]


def test_flows_are_all_of_the_files(evident):
    server, day, snapshot = evident
    columns = [row[0] for row in duckdb.sql(f"DESCRIBE FROM read_parquet('{snapshot}/money_flows.parquet')").fetchall()]
    assert "source_address" in columns
    busiest, transfers, payers, amount = duckdb.sql(
        f"""SELECT dest_address, count(*), count(DISTINCT source_address), sum(CAST(amount_usd AS DOUBLE))
            FROM read_parquet('{snapshot}/money_flows.parquet') GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1""").fetchone()
    answer = server.get(f"/flows/{day}/{busiest}?limit=5").json()
    assert answer["incoming"]["transfers"] == transfers and answer["incoming"]["counterparties"] == payers
    assert answer["incoming"]["amount_usd"] == pytest.approx(amount, abs=1e-3 + transfers * 1e-4)
    for edge in answer["edges"]:
        count, amount, first = duckdb.sql(
            f"""SELECT count(*), sum(CAST(amount_usd AS DOUBLE)), min(timestamp) FROM read_parquet('{snapshot}/money_flows.parquet')
                WHERE source_address = '{edge["source_address"]}' AND dest_address = '{edge["dest_address"]}'""").fetchone()
        assert edge["transfers"] == count
        assert edge["amount_usd"] == pytest.approx(amount, abs=count * 1e-4)
        assert edge["first_timestamp"] == first // 1000 * 1000
    assert len([node for node in answer["nodes"] if node["hop"] == 1]) <= 10


def test_is_tagged_and_compressed_like_the_lists(evident):
    server, day, _ = evident
    plain = server.get(f"/table/alerts/{day}")
    packed = server.get(f"/table/alerts/{day}", Accept_Encoding="zstd")
    assert packed.headers["Content-Encoding"] == "zstd" and len(packed.body) < len(plain.body)
    assert packed.headers["ETag"] != plain.headers["ETag"]
    again = server.get(f"/table/alerts/{day}", If_None_Match=plain.headers["ETag"])
    assert again.status == 304 and again.body == b""
    assert server.get("/table/alerts/latest").headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path, status", [
    ("/table/alerts/DAY?limit=1", 400),
    ("/flows/DAY/x?hops=3", 400),
    ("/flows/DAY/x?hops=", 400),
    ("/flows/DAY/x?limit=0", 400),
    ("/flows/DAY/x?limit=101", 400),
    ("/flows/DAY/x?limit=1e1", 400),
    ("/flows/DAY/x?limit=2&limit=3", 400),
    ("/flows/DAY/x?depth=1", 400),
    ("/flows/DAY/", 404),
    ("/flows/2001-01-01/x", 404),
    ("/flows/yesterday/x", 400),
    ("/inputs/alerts/DAY/nobody", 404),
    ("/inputs/alerts/DAY/%27%20OR%201%3D1", 404),
    ("/inputs/alerts/DAY/%00", 400),
    ("/flows/DAY/%27%3B%20DROP%20TABLE%20flows", 200),
    ("/flows/DAY/" + urllib.parse.quote("🦆" * 50), 200),
])
def test_any_question_has_an_answer(evident, path, status):
    server, day, _ = evident
    answer = server.get(path.replace("DAY", day))
    assert answer.status == status
    if status != 200:
        assert answer.detail


def test_says_what_the_server_does_not_have(serve, aml_miner):
    batch, _ = processed(aml_miner, "clickhouse")
    server, day = serve(batch.parent), DAYS["clickhouse"]
    table = server.get(f"/table/alerts/{day}").json()
    assert table["inputs"]["alerts"] == "absent" and table["columns"]["address"] is None
    alert = table["columns"]["alert_id"][0]
    for path in (f"/inputs/alerts/{day}/{alert}", f"/flows/{day}/x"):
        answer = server.get(path)
        assert answer.status == 404 and "--input-root" in answer.detail


def test_sees_a_file_that_is_replaced(changing):
    server, folder = changing
    path = f"/table/alerts/{folder.name}"
    before = server.get(path)
    rewrite(folder / "alerts.parquet", "SELECT * REPLACE ('someone' AS address) FROM old")
    after = server.get(path)
    assert after.headers["ETag"] != before.headers["ETag"]
    assert set(after.json()["columns"]["address"]) == {"someone"}
    assert after.json()["inputs"]["same_snapshot"] is False
    (folder / "alerts.parquet").unlink()
    assert server.get(path).json()["inputs"]["alerts"] == "absent"


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"x" * 100000], ids=["empty", "short", "noise"])
def test_outlives_damaged_files(changing, damage):
    server, folder = changing
    day = folder.name
    alert = server.get(f"/table/alerts/{day}").json()["columns"]["alert_id"][0]
    for file in ("alerts", "clusters", "money_flows"):
        (folder / f"{file}.parquet").write_bytes(damage)
    table = server.get(f"/table/alerts/{day}").json()
    assert set(table["inputs"].values()) <= {"unreadable", False}
    for path in (f"/inputs/alerts/{day}/{alert}", f"/flows/{day}/x"):
        answer = server.get(path)
        assert answer.status == 503 and str(folder) not in answer.detail
    assert server.get(f"/scores/alerts/{day}").status == 200


def test_outlives_damage_within_a_file(changing):
    server, folder = changing
    flows = folder / "money_flows.parquet"
    middle = flows.stat().st_size // 2
    with open(flows, "r+b") as file:
        file.seek(middle // 2)
        file.write(b"\xff" * middle)
    answer = server.get(f"/flows/{folder.name}/x")
    assert answer.status == 503 and server.get("/health").status == 200


def test_reads_flows_by_pair(changing):
    server, folder = changing
    rewrite(folder / "money_flows.parquet",
            """SELECT source_address AS from_address, dest_address AS to_address, count(*) AS tx_count,
                 sum(amount_usd) AS amount_usd_sum FROM old GROUP BY ALL""")
    address, transfers = duckdb.sql(
        f"""SELECT from_address, sum(tx_count) FROM read_parquet('{folder}/money_flows.parquet')
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1""").fetchone()
    answer = server.get(f"/flows/{folder.name}/{address}").json()
    assert answer["outgoing"]["transfers"] == transfers
    assert {edge["first_timestamp"] for edge in answer["edges"]} == {None}


def test_refuses_flows_that_do_not_fit(serve, aml_miner, tmp_path):
    """16 MB, the least that --cache-mb gives, hold 372,827 transfers."""
    batch, _ = processed(aml_miner, "clickhouse")
    snapshot, _ = SNAPSHOTS["clickhouse"]
    folder = tmp_path / snapshot.name
    folder.mkdir()
    flows = f"read_parquet('{snapshot}/money_flows.parquet')"
    times = 372_827 // duckdb.sql(f"SELECT count(*) FROM {flows}").fetchone()[0] + 1
    duckdb.sql(f"COPY (SELECT f.* FROM {flows} f, range({times})) TO '{folder}/money_flows.parquet' (FORMAT parquet)")
    server = serve(batch.parent, "--input-root", tmp_path, "--cache-mb", "16")
    answer = server.get(f"/flows/{snapshot.name}/x")
    assert answer.status == 503 and "--cache-mb" in answer.detail


def test_rows_of_an_input_are_bounded(serve, aml_miner, tmp_path):
    batch, _ = processed(aml_miner, "clickhouse")
    snapshot, _ = SNAPSHOTS["clickhouse"]
    server = serve(batch.parent, "--input-root", snapshot.parent, "--max-rows", 10)
    answer = server.get(f"/flows/{snapshot.name}/x")
    assert answer.status == 503
    assert "has more rows than this server reads: serve with a larger --max-rows" in answer.detail
    assert str(snapshot) not in answer.detail and str(snapshot) in server.log_path.read_text()


def test_memory_for_inputs_is_bounded(serve, aml_miner):
    batch, _ = processed(aml_miner, "clickhouse")
    snapshot, _ = SNAPSHOTS["clickhouse"]
    server = serve(batch.parent, "--input-root", snapshot.parent, "--memory-limit", "500KB")
    answer = server.get(f"/flows/{snapshot.name}/x")
    assert answer.status == 503 and "more memory than the server gives it" in answer.detail
    assert server.get(f"/scores/alerts/{snapshot.name}").status == 200


def test_clusters_of_an_alert_are_bounded(changing):
    server, folder = changing
    (alert,) = duckdb.sql(f"SELECT primary_alert_id FROM '{folder}/clusters.parquet'").fetchone()
    rewrite(folder / "clusters.parquet", f"""
        SELECT o.* REPLACE (cluster_id || n AS cluster_id, list_transform(range(300), i -> 'a' || i) AS related_alert_ids)
        FROM (FROM old WHERE primary_alert_id = '{alert}' LIMIT 1) o, range(30) r(n)""")
    clusters = server.get(f"/inputs/alerts/{folder.name}/{urllib.parse.quote(alert)}").json()["clusters"]
    assert len(clusters) == 20
    assert {len(cluster["related_alert_ids"]) for cluster in clusters} == {200}


def test_who_is_sanctioned_is_said_everywhere(aml_miner, serve, tmp_path):
    """In lists, records, the table of the page and the description; in other batches there is no such member."""
    snapshot = tiny_snapshot()
    address = duckdb.sql(f"SELECT min(address) FROM read_parquet('{snapshot}/alerts.parquet')").fetchone()[0]
    (tmp_path / "list_2020-01-01.txt").write_text(address + "\n")
    day = duckdb.sql(f"SELECT min(processing_date) FROM read_parquet('{snapshot}/alerts.parquet')").fetchone()[0]
    run(aml_miner, "process", "--input-dir", snapshot, "--output-dir", tmp_path / "out" / str(day),
        "--models-dir", trained(aml_miner, "clickhouse"), "--labels", tmp_path / "list_2020-01-01.txt")
    server = serve(tmp_path / "out")
    listed = server.get(f"/scores/alerts/{day}?explain=false").json()["scores"]
    flagged = {row["alert_id"] for row in listed if row["sanctioned"]}
    assert flagged and len(flagged) < len(listed)
    assert {row["alert_id"] for row in server.get(f"/rankings/alerts/{day}").json()["rankings"] if row["sanctioned"]} == flagged
    table = server.get(f"/table/alerts/{day}").json()["columns"]
    assert {alert for alert, flag in zip(table["alert_id"], table["sanctioned"]) if flag == 1} == flagged
    assert server.get(f"/alerts/{day}/{min(flagged)}").json()["sanctioned"] is True
    assert server.get(f"/metadata/{day}").json()["known_files"][0]["file"] == "list_2020-01-01.txt"
    schemas = server.get("/openapi.json").json()["components"]["schemas"]
    assert "sanctioned" in json.dumps(schemas["AlertScore"]) and "sanctioned" not in json.dumps(schemas["ClusterScore"])


def test_tells_in_which_patterns_an_address_stands(changing, tmp_path):
    """Those that `aml-miner flows --patterns` lists, the largest first."""
    server, folder = changing
    hour = "epoch_ms(TIMESTAMP '2025-10-23') + 3600000 *"
    ways = ", ".join(f"('out', 'm{i}', {100 + i}, {i}), ('m{i}', 'in', {100 + i}, {i + 1})" for i in range(5))
    rewrite(folder / "money_flows.parquet",
            f"""SELECT old.* REPLACE (v.a AS source_address, v.b AS dest_address, CAST(v.usd AS DECIMAL(18, 4)) AS amount_usd,
                                      CAST({hour} v.h AS BIGINT) AS timestamp, 't' || v.a || v.b AS tx_hash)
                FROM (VALUES {ways}) v(a, b, usd, h), (SELECT * FROM old LIMIT 1) old""")
    day = folder.name
    plain = server.get(f"/flows/{day}/out").json()
    assert "patterns" not in plain
    answer = server.get(f"/flows/{day}/out?patterns=true").json()
    (pattern,) = [one for one in answer.pop("patterns") if one["pattern_type"] == "scatter_gather"]
    assert answer == plain
    assert (pattern["pattern_addresses"], pattern["transfers"], pattern["amount_usd"]) == (7, 10, 510)
    assert pattern["last_timestamp"] - pattern["first_timestamp"] == 5 * 3600 * 1000
    assert set(pattern["addresses"]) == {"out", "in", *(f"m{i}" for i in range(5))}
    assert server.get(f"/flows/{day}/m0?patterns=true").json()["patterns"]
    assert server.get(f"/flows/{day}/nobody?patterns=true").json()["patterns"] == []
    for wrong in ("patterns=1", "patterns=true&patterns=true"):
        assert server.get(f"/flows/{day}/out?{wrong}").status == 400


def test_addresses_are_found_over_the_days(changing):
    server, folder = changing
    day = folder.name
    address, alerts = duckdb.sql(f"""SELECT address, list(alert_id) FROM '{folder}/alerts.parquet'
                                     GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1""").fetchone()
    path = f"/addresses/{urllib.parse.quote(address, safe='')}"
    answer = server.get(path)
    found = answer.json()
    assert found["address"] == address and found["days_searched"] >= 1
    assert [one["processing_date"] for one in found["days"]] == [day]
    rows = found["days"][0]["alerts"]
    assert {row["alert_id"] for row in rows} == set(alerts)
    for row in rows:
        one = server.get(f"/alerts/{day}/{row['alert_id']}").json()
        assert (row["score"], row["rank"]) == (one["score"], one["rank"])
    assert [row["rank"] for row in rows] == sorted(row["rank"] for row in rows)
    assert server.get(path, **{"If-None-Match": answer.headers["ETag"]}).status == 304
    assert server.get("/addresses/nobody").json()["days"] == []
    for wrong in ("days=0", "days=91", "days=x", "days=1&days=2", "limit=3"):
        assert server.get(f"{path}?{wrong}").status == 400, wrong
    (folder / "alerts.parquet").write_bytes(b"not Parquet at all")
    assert server.get(path).json()["days"] == [{"processing_date": day, "has_batch": True, "alerts": None}]
    (folder / "alerts.parquet").unlink()
    assert server.get(path).json()["days"] == [{"processing_date": day, "has_batch": True, "alerts": None}]


def test_an_address_has_so_many_alerts_a_day(aml_miner, tmp_path, serve):
    day = "2025-10-26"
    run(aml_miner, "simulate", "--network", "bitcoin", "--processing-date", day, "--days", 7, "--scale", 0.005,
        "--seed", 3, "--output-dir", tmp_path / "input" / day)
    rewrite(tmp_path / "input" / day / "alerts.parquet", "SELECT * REPLACE ('one' AS address) FROM old")
    (tmp_path / "input" / day / "META.json").unlink()  # which names the file's size
    run(aml_miner, "process", "--input-dir", tmp_path / "input" / day, "--output-dir", tmp_path / "output" / day,
        "--models-dir", MODELS)
    server = serve(tmp_path / "output", "--input-root", tmp_path / "input")
    rows = server.get("/addresses/one").json()["days"][0]["alerts"]
    assert [row["rank"] for row in rows] == list(range(1, 101))


def test_says_which_batch_has_answered(changing, aml_miner):
    server, folder = changing
    day = folder.name
    alert = server.get(f"/table/alerts/{day}").json()["columns"]["alert_id"][0]
    tags = {server.get(path).headers["AML-Batch"] for path in (
        f"/table/alerts/{day}", f"/alerts/{day}/{alert}", f"/metadata/{day}", f"/features/{day}", "/models",
        f"/inputs/alerts/{day}/{alert}", f"/scores/alerts/{day}")}
    assert len(tags) == 1
    assert "AML-Batch" not in server.get("/dates/available").headers
    again = server.get(f"/metadata/{day}")
    assert server.get(f"/metadata/{day}", **{"If-None-Match": again.headers["ETag"]}).headers["AML-Batch"] in tags


def test_gives_the_cards_of_the_models(evident):
    server, day, _ = evident
    cards = server.get(f"/models/{day}").json()
    models = server.get(f"/metadata/{day}").json()["models"]
    assert set(cards) == set(models)
    assert all(card is None or card["model_sha256"] == models[task]["sha256"] for task, card in cards.items())
    assert server.get("/models").status == 200
    assert server.get("/models/2001-01-01").status == 404


def test_table_tells_the_indicators(evident):
    server, day, snapshot = evident
    table = server.get(f"/table/alerts/{day}").json()
    expected = dict(duckdb.sql(f"SELECT alert_id, array_to_string(list_sort(risk_indicators), ',') FROM '{snapshot}/alerts.parquet'").fetchall())
    for alert, indicators in zip(column(table, "alert_id"), column(table, "risk_indicators")):
        assert (indicators or "") == (expected[alert] or "")
