"""What was decided, as the truth that models learn from."""

import sqlite3

import duckdb
import pytest
from casework import DAY

from analyst import MODELS
from batches import error_of, rows, run


@pytest.fixture
def truth(days):
    """What the simulation knows of the first day's alerts."""
    files = list(days.rglob(f"ground_truth_{DAY}.parquet"))
    return dict(rows(files[0], "alert_id, is_sar_filed"))


def test_only_what_was_decided_is_a_label(aml_miner, start, table, file, tmp_path):
    server = start("--cases-four-eyes", "report", "--cases-line", "3", "--cases-sample", "0.25")
    anna, ben = server.person("anna"), server.person("ben")
    ids = table["alert_id"]
    assert error_of(aml_miner, "labels", "export", "--cases", file, "--output-dir", tmp_path / "none", exit_code=4)
    assert anna.decide(ids[0], "report").status == 200  # proposed: no label yet
    assert anna.decide(ids[1], "no_report").status == 200
    assert anna.decide(ids[2], "unsure").status == 200
    drawn = anna.next("sample").json()["alert_id"]
    assert anna.decide(drawn, "no_report").status == 200
    run(aml_miner, "labels", "export", "--cases", file, "--output-dir", tmp_path / "truth")
    labels = tmp_path / "truth" / f"ground_truth_{DAY}.parquet"
    assert set(rows(labels)) == {(ids[1], False, 1.0), (drawn, False, 4.0)}
    assert ben.decide(ids[0], "report").status == 200
    run(aml_miner, "labels", "export", "--cases", file, "--output-dir", tmp_path / "truth", "--from", DAY, "--to", DAY)
    assert (ids[0], True, 1.0) in rows(labels)
    since = (tmp_path / "truth" / f"ground_truth_{DAY}.parquet.known_since").read_text().strip()
    assert since[:16] <= ben.state(ids[0])["decided_at"][:16]
    assert anna.undo(1).status == 409


def test_train_evaluate_and_history_read_it(aml_miner, days, server, anna, table, truth, file, tmp_path):
    ids = table["alert_id"]
    for verdict, filed in (("report", 1), ("no_report", 0)):
        chosen = [alert for alert in ids if truth.get(alert) is not None and int(truth[alert]) == filed]
        for at in range(0, len(chosen), 1000):
            assert anna.decide(chosen[at:at + 1000], verdict).status == 200
    run(aml_miner, "labels", "export", "--cases", file, "--output-dir", tmp_path / "truth")
    labels = tmp_path / "truth" / f"ground_truth_{DAY}.parquet"
    assert {alert: int(filed) for alert, filed, _ in rows(labels)} == {alert: int(filed) for alert, filed in truth.items() if alert in ids}
    run(aml_miner, "evaluate", "--scores", days / "output" / DAY / "alerts_scored.parquet", "--ground-truth", labels)
    run(aml_miner, "train", "--input-dir", days / "input" / DAY, "--ground-truth", tmp_path / "truth", "--models-dir", tmp_path / "models",
        "--param", "num_iterations=5")
    history = tmp_path / "history"
    (history / DAY).mkdir(parents=True)
    for name in ("alerts.parquet",):
        (history / DAY / name).write_bytes((days / "input" / DAY / name).read_bytes())
    for path in (tmp_path / "truth").iterdir():
        (history / DAY / path.name).write_bytes(path.read_bytes())
    (history / DAY / f"{labels.name}.known_since").write_text(DAY)
    run(aml_miner, "process", "--input-dir", days / "input" / "2025-10-26", "--output-dir", tmp_path / "out", "--models-dir", MODELS,
        "--history", history)
    assert duckdb.sql(f"SELECT count(*) FROM '{tmp_path}/out/alerts_scored.parquet'").fetchone()[0] > 0


@pytest.mark.parametrize("change", ["INSERT INTO states SELECT date, 'forged-alert', address, cluster_id, sequence, stage, 'report', author, second, assignee, due, "
                                    "decided_at, decided_by, changed_at, rank, score, stratum, 1000, blind, shown FROM states LIMIT 1",
                                    "UPDATE states SET weight = 1000 WHERE alert_id = (SELECT min(alert_id) FROM states)"])
def test_what_nobody_decided_is_no_label(aml_miner, anna, table, file, tmp_path, change):
    assert anna.decide(table["alert_id"][:2], "no_report").status == 200
    connection = sqlite3.connect(file)
    with connection:
        connection.execute(change)
    connection.close()
    why = error_of(aml_miner, "labels", "export", "--cases", file, "--output-dir", tmp_path / "truth", exit_code=3)
    assert "does not follow from its entries" in why and not (tmp_path / "truth").exists()
    assert "does not follow from its entries" in error_of(aml_miner, "cases", "verify", "--cases", file, exit_code=3)
