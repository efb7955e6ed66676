"""Files of strangers: read right, or refused by one sentence. tests/snapshot has the cases; here is what a user sees of them."""

import json
import subprocess

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from batches import SNAPSHOTS, copy_snapshot, error_of, rewrite, rows


def scores(output):
    return rows(output / "alerts_scored.parquet", "alert_id, score"), rows(output / "clusters_scored.parquet", "cluster_id, score")


def metadata(output):
    return json.loads((output / "metadata.json").read_text())


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    return copy_snapshot(SNAPSHOTS["clickhouse"][0], tmp_path_factory.mktemp("strangers") / "day")


@pytest.fixture
def expected(process, day, tmp_path):
    process(day, tmp_path / "expected" / "2025-10-25")
    return scores(tmp_path / "expected" / "2025-10-25")


@pytest.mark.parametrize("name", ["severity=low", "star*", "[a-z]", "it's"])
def test_names_of_folders_mean_nothing(process, day, expected, tmp_path, name):
    folder = copy_snapshot(day, tmp_path / name)
    for sibling in ("a", "starry"):  # what the name would mean as a pattern
        copy_snapshot(SNAPSHOTS["pandas"][0], tmp_path / sibling)
    process(folder, tmp_path / "out" / "2025-10-25")
    assert scores(tmp_path / "out" / "2025-10-25") == expected


def test_part_files_are_one_file(process, day, expected, tmp_path):
    folder = copy_snapshot(day, tmp_path / "parts")
    for name in ("alerts", "features", "clusters", "money_flows"):
        file = folder / f"{name}.parquet"
        file.rename(folder / "whole.parquet")
        file.mkdir()
        (file / "_SUCCESS").touch()
        for part in range(3):
            duckdb.sql(f"COPY (SELECT * EXCLUDE (n) FROM (SELECT *, row_number() OVER () AS n FROM '{folder}/whole.parquet') "
                       f"WHERE n % 3 = {part}) TO '{file}/part-{part}.parquet'")
        (folder / "whole.parquet").unlink()
    process(folder, tmp_path / "out" / "2025-10-25")
    assert scores(tmp_path / "out" / "2025-10-25") == expected
    told = metadata(tmp_path / "out" / "2025-10-25")
    assert len(told["input_sha256"]["alerts.parquet"]) == 64


@pytest.mark.parametrize("name", ["features", "clusters", "money_flows"])
def test_a_frame_that_never_had_a_column_is_a_table_without_rows(process, day, tmp_path, name):
    empty = copy_snapshot(day, tmp_path / "in")
    typed = copy_snapshot(day, tmp_path / "typed")
    duckdb.sql(f"COPY (FROM '{day}/{name}.parquet' LIMIT 0) TO '{typed}/{name}.parquet'")
    (empty / f"{name}.parquet").unlink()
    pq.write_table(pa.table({}), empty / f"{name}.parquet")
    process(empty, tmp_path / "out" / "2025-10-25")
    process(typed, tmp_path / "wanted" / "2025-10-25")
    assert scores(tmp_path / "out" / "2025-10-25") == scores(tmp_path / "wanted" / "2025-10-25")


def test_a_column_that_stands_twice_is_named(process, day, tmp_path):
    folder = copy_snapshot(day, tmp_path / "in")
    alerts = pq.read_table(folder / "alerts.parquet")
    (folder / "alerts.parquet").unlink()
    pq.write_table(alerts.append_column("severity", alerts.column("severity")), folder / "alerts.parquet")
    lines = process(folder, tmp_path / "out" / "2025-10-25")
    assert any("alerts.parquet has several columns of the same name, of which the first is read: severity" in line["message"]
               for line in lines)


def test_a_listed_file_that_is_missing_is_not_found(process, day, tmp_path):
    folder = copy_snapshot(day, tmp_path / "in")
    (folder / "META.json").write_text(json.dumps({"files": {"money_flows.parquet": {}}}))
    (folder / "money_flows.parquet").unlink()
    message = process(folder, tmp_path / "2025-10-25", exit_code=4)[-1]["message"]
    assert "money_flows.parquet" in message and "META.json" in message


def test_rows_of_another_day_are_refused(process, day, tmp_path):
    folder = copy_snapshot(day, tmp_path / "in")
    (folder / "META.json").write_text(json.dumps({"processing_date": "2025-10-26"}))
    message = process(folder, tmp_path / "2025-10-26", exit_code=3)[-1]["message"]
    assert all(word in message for word in ("processing_date", "2025-10-25", "2025-10-26", "rows")), message


def test_what_cannot_be_read_is_told(process, day, tmp_path):
    folder = copy_snapshot(day, tmp_path / "in")
    rewrite(folder / "alerts.parquet", """SELECT * REPLACE (to_json(CAST(to_json(risk_indicators) AS VARCHAR))::VARCHAR AS risk_indicators,
        CASE WHEN row_number() OVER () % 4 = 0 THEN 'x=1' ELSE '{}' END AS evidence_json) FROM old""")
    log = process(folder, tmp_path / "2025-10-25")
    count = duckdb.sql(f"SELECT count(*) FROM '{folder}/alerts.parquet'").fetchone()[0]
    told = metadata(tmp_path / "2025-10-25")
    warning, = (line for line in told["warnings"] if "risk_indicators" in line)
    assert f"{count} rows" in warning and any(line["message"] == warning for line in log)
    assert told["unreadable"]["alerts.parquet"]["risk_indicators"] == 1
    assert told["unreadable"]["alerts.parquet"]["evidence_json"] == pytest.approx(0.25, abs=0.01)
    assert not any("evidence_json" in line for line in told["warnings"])


def test_memory_has_an_exit_code_of_its_own(process, day, tmp_path):
    message = process(day, tmp_path / "2025-10-25", "--memory-limit", "20MB", exit_code=8)[-1]["message"]
    assert "--memory-limit" in message and "export it again" not in message
    assert not (tmp_path / "2025-10-25").exists()


def test_what_may_spill_is_a_size(process, day, tmp_path):
    message = process(day, tmp_path / "2025-10-25", "--spill-limit", "a lot", exit_code=2)[-1]["message"]
    assert '--spill-limit "a lot" is not a size like 100GB' in message
    assert not (tmp_path / "2025-10-25").exists()


def test_rows_are_bounded_on_every_command(aml_miner, process, models_dir, day, tmp_path):
    few = ("--max-rows", 10)
    truth = SNAPSHOTS["clickhouse"][1] / "ground_truth_2025-10-25.parquet"
    said = [
        process(day, tmp_path / "2025-10-25", *few, exit_code=3)[-1]["message"],
        error_of(aml_miner, "train", "--input-dir", day, "--ground-truth", truth, "--models-dir", tmp_path / "models", *few, exit_code=3),
        error_of(aml_miner, "explain", "--input-dir", day, "--models-dir", models_dir, "--alert-id", "x", *few, exit_code=3),
        error_of(aml_miner, "evaluate", "--scores", truth, "--ground-truth", truth, *few, exit_code=3),
        error_of(aml_miner, "flows", "--input-dir", day, "--output", tmp_path / "flows.parquet", *few, exit_code=3),
    ]
    assert all("--max-rows" in message for message in said), said


def test_part_files_are_bounded(process, day, tmp_path):
    folder = copy_snapshot(day, tmp_path / "parts")
    (folder / "alerts.parquet").unlink()
    (folder / "alerts.parquet").mkdir()
    for part in range(10_001):
        (folder / "alerts.parquet" / f"part-{part}.parquet").touch()
    message = process(folder, tmp_path / "2025-10-25", exit_code=3)[-1]["message"]
    assert "alerts.parquet holds 10001 part files, more than 10000" in message


def test_two_windows_are_judged_by_their_own_row(aml_miner, day, tmp_path):
    """evaluate takes the typology of the row that counts, as process does."""
    folder = copy_snapshot(day, tmp_path / "in")
    window, = duckdb.sql(f"SELECT DISTINCT window_days FROM '{folder}/alerts.parquet'").fetchone()
    (folder / "META.json").write_text(json.dumps({"window_days": window}))
    rewrite(folder / "alerts.parquet",
            "SELECT * REPLACE (window_days + 1 AS window_days, _version + 9 AS _version, 'other' AS typology_type) FROM old "
            "UNION ALL SELECT * REPLACE (0 AS _version, 'older' AS typology_type) FROM old "
            "UNION ALL SELECT * REPLACE ('right' AS typology_type) FROM old")
    duckdb.sql(f"COPY (SELECT alert_id, 0.5 AS score FROM '{folder}/alerts.parquet' GROUP BY 1) TO '{tmp_path}/scores.parquet'")
    truth = SNAPSHOTS["clickhouse"][1] / "ground_truth_2025-10-25.parquet"
    report = subprocess.run([aml_miner, "evaluate", "--scores", tmp_path / "scores.parquet", "--ground-truth", truth, "--alerts",
                             folder / "alerts.parquet", "--json"], capture_output=True, text=True, check=True)
    assert set(json.loads(report.stdout)["typologies"]) == {"right"}
