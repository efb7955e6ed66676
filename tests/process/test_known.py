"""Labels of addresses and truths of earlier days, as process, train and explain take them."""

import hashlib
import json
import shutil

import duckdb
import pytest

from batches import SNAPSHOTS, copy_snapshot, error_of, rewrite, rows, run

DAY = "2025-10-25"


@pytest.fixture
def snapshot(tmp_path):
    source, _ = SNAPSHOTS["clickhouse"]
    return copy_snapshot(source, tmp_path / "input" / DAY)


@pytest.fixture
def earlier(snapshot):
    """The same alerts five days before, with their truth."""
    day = snapshot.parent / "2025-10-20"
    day.mkdir()
    shutil.copy(snapshot / "alerts.parquet", day / "alerts.parquet")
    rewrite(day / "alerts.parquet", "SELECT * REPLACE (DATE '2025-10-20' AS processing_date) FROM old")
    duckdb.sql(f"""COPY (SELECT DISTINCT alert_id, hash(alert_id) % 2 = 0 AS is_sar_filed
                   FROM read_parquet('{day}/alerts.parquet'))
                   TO '{day}/ground_truth_2025-10-20.parquet' (FORMAT parquet)""")
    (day / "ground_truth_2025-10-20.parquet.known_since").write_text("2025-10-24\n")
    return snapshot.parent


def addresses(snapshot, count):
    return [row[0] for row in rows(snapshot / "alerts.parquet", "DISTINCT address")][:count]


def test_sanctioned_addresses_are_flagged_whatever_the_score(process, snapshot, tmp_path):
    first, second = addresses(snapshot, 2)
    (tmp_path / "ofac.txt").write_text(f"# two\n{first}\n")
    (tmp_path / "ofac.txt.known_since").write_text("2025-01-01\n")
    (tmp_path / "mine.csv").write_text(f"address,category,known_since\n{second},sanctions,2025-10-25T20:00:00Z\n")
    output = tmp_path / "output" / DAY
    log = process(snapshot, output, "--labels", tmp_path / "ofac.txt", tmp_path / "mine.csv", "--threads", 1)
    wanted = {row[0] for row in rows(snapshot / "alerts.parquet", "alert_id, address") if row[1] in (first, second)}
    for file in ("alerts_scored", "alerts_ranked"):
        flagged = rows(output / f"{file}.parquet", "alert_id, sanctioned")
        assert {alert for alert, is_flagged in flagged if is_flagged} == wanted
        assert all(is_flagged is not None for _, is_flagged in flagged)
    assert "sanctioned" not in duckdb.sql(f"FROM '{output}/clusters_scored.parquet'").columns
    assert [line["alerts"] for line in log if "sanctioned addresses" in line["message"]] == [len(wanted)]
    metadata = json.loads((output / "metadata.json").read_text())
    assert metadata["known_files"] == [
        {"file": "ofac.txt", "kind": "labels", "sha256": hashlib.sha256((tmp_path / "ofac.txt").read_bytes()).hexdigest(),
         "known_since": "2025-01-01T00:00:00Z", "rows": 1},
        {"file": "mine.csv", "kind": "labels", "sha256": hashlib.sha256((tmp_path / "mine.csv").read_bytes()).hexdigest(),
         "known_since": None, "rows": 1}]
    assert "alert__known" in metadata["feature_groups"] and "cluster__known" in metadata["feature_groups"]
    told = json.loads((output / "known_addresses.json").read_text())["addresses"]
    assert {address: [(one["category"], one["source"], one["known_since"]) for one in labels] for address, labels in told.items()} == {
        first: [("sanctions", "ofac.txt", "2025-01-01T00:00:00Z")], second: [("sanctions", "mine.csv", "2025-10-25T20:00:00Z")]}
    process(snapshot, output)  # over a batch that has it
    assert not (output / "known_addresses.json").exists()


def test_nothing_changes_where_nothing_is_named_or_all_is_known_too_late(process, snapshot, earlier, tmp_path):
    plain, late = tmp_path / "plain" / DAY, tmp_path / "late" / DAY
    process(snapshot, plain)
    (tmp_path / "late.csv").write_text(f"address,category,known_since\n{addresses(snapshot, 1)[0]},sanctions,2025-10-26\n")
    process(snapshot, late, "--labels", tmp_path / "late.csv", "--without", "known")
    scored = "alert_id, score, probability, model_version, explain_json"
    assert rows(plain / "alerts_scored.parquet", scored) == rows(late / "alerts_scored.parquet", scored)
    assert "sanctioned" not in duckdb.sql(f"FROM '{plain}/alerts_scored.parquet'").columns
    assert {row[0] for row in rows(late / "alerts_scored.parquet", "sanctioned")} == {False}
    metadata, of_late = (json.loads((folder / "metadata.json").read_text()) for folder in (plain, late))
    for key in ("whole_feature_sql_sha256", "feature_sql_sha256", "fit"):
        assert metadata.get(key) == of_late.get(key), key
    assert [warning for warning in of_late["warnings"] if "feature SQL" in warning] == []
    assert metadata["known_files"] == [] and not any("known" in group for group in metadata["feature_groups"])


def test_a_model_learns_from_earlier_days_and_says_what_it_needs(aml_miner, snapshot, earlier, tmp_path):
    _, truth = SNAPSHOTS["clickhouse"]
    models = tmp_path / "models"
    run(aml_miner, "train", "--input-dir", snapshot, "--ground-truth", truth, "--models-dir", models, "--history", earlier)
    output = tmp_path / "output" / DAY
    arguments = ["process", "--input-dir", snapshot, "--output-dir", output, "--models-dir", models]
    for threads in (1, 3):
        run(aml_miner, *arguments, "--history", earlier, "--threads", threads, "--write-matrix", tmp_path / str(threads))
    matrices = [rows(tmp_path / threads / "alert_matrix.parquet") for threads in ("1", "3")]
    assert str(matrices[0]) == str(matrices[1])
    reported = rows(tmp_path / "1" / "alert_matrix.parquet", "max(earlier_reported), min(earlier_alert_last_days)")
    assert reported[0][0] >= 1 and reported[0][1] == 5
    kinds = [file["kind"] for file in json.loads((output / "metadata.json").read_text())["known_files"]]
    assert kinds == ["ground_truth", "alerts"]
    message = error_of(aml_miner, *arguments, exit_code=2)
    assert "it was trained with --labels or --history: name them here too" in message
    alert = rows(snapshot / "alerts.parquet", "alert_id")[0][0]
    run(aml_miner, "explain", "--input-dir", snapshot, "--models-dir", models, "--history", earlier, "--alert-id", alert)


def test_what_is_wrong_with_a_file_is_said_in_a_sentence(aml_miner, process, snapshot, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("address,known_since\na,2025-10-01\nb,tomorrow\n")
    for command in (["process", "--input-dir", snapshot, "--output-dir", tmp_path / "out" / DAY], ["features", "--check"]):
        message = error_of(aml_miner, *command, "--labels", bad, exit_code=3)
        assert message.startswith(f"{bad}:3: column 2: known_since is 'tomorrow'")
    assert not (tmp_path / "out" / DAY).exists()
    undated = tmp_path / "list.txt"
    undated.write_text("x\n")
    message = error_of(aml_miner, "process", "--input-dir", snapshot, "--output-dir", tmp_path / "out" / DAY,
                       "--labels", undated, exit_code=3)
    assert f"write the day into {undated}.known_since" in message
    error_of(aml_miner, "process", "--input-dir", snapshot, "--output-dir", tmp_path / "out" / DAY,
             "--history", tmp_path / "nowhere", exit_code=4)


def test_long_files_are_refused_unread(aml_miner, tmp_path):
    for name, size in (("a.csv", 256), ("a.yaml", 32), ("a.xml", 256), ("a.txt", 64)):
        with (tmp_path / name).open("wb") as file:
            file.truncate((size << 20) + 1)
        assert name in error_of(aml_miner, "features", "--check", "--labels", tmp_path / name, exit_code=3)
