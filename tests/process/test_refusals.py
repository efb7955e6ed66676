"""Bad input, wrong settings and violent ends: one clear sentence, and nothing lost."""

import json
import random
import shutil
import signal
import subprocess
import time

import pytest

from batches import SNAPSHOTS, copy_snapshot, folder_bytes, rewrite, rows


@pytest.fixture
def published(batch, tmp_path):
    """A published batch that must stay as it is: (folder, its bytes)."""
    output = tmp_path / "root" / "2025-10-25"
    shutil.copytree(batch[0], output)
    return output, folder_bytes(output)


def truncate(snapshot):
    data = (snapshot / "features.parquet").read_bytes()
    (snapshot / "features.parquet").write_bytes(data[: len(data) // 2])


DAMAGE = {
    "truncated file": (truncate, ["features.parquet"]),
    "no key column": (
        lambda s: rewrite(s / "alerts.parquet", "SELECT * EXCLUDE (alert_id) FROM old"),
        ["alerts.parquet", "alert_id"],
    ),
    "wrong type": (
        lambda s: rewrite(s / "alerts.parquet", "SELECT * REPLACE ([1] AS address) FROM old"),
        ["alerts.parquet", "address"],
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damaged_input_names_file_and_column(name, process, published, tmp_path):
    damage, words = DAMAGE[name]
    snapshot = copy_snapshot(SNAPSHOTS["clickhouse"][0], tmp_path / "in")
    damage(snapshot)
    message = process(snapshot, published[0], exit_code=3)[-1]["message"]
    assert all(word in message for word in words), message
    assert folder_bytes(published[0]) == published[1]


def test_missing_alerts_is_not_found(process, published, tmp_path):
    snapshot = copy_snapshot(SNAPSHOTS["clickhouse"][0], tmp_path / "in")
    (snapshot / "alerts.parquet").unlink()
    assert "alerts.parquet" in process(snapshot, published[0], exit_code=4)[-1]["message"]
    assert folder_bytes(published[0]) == published[1]


def test_a_model_with_features_that_the_sql_does_not_make(process, models_dir, published, tmp_path):
    models = tmp_path / "models"
    shutil.copytree(models_dir, models)
    path = models / "alert_ranker_v1.0.0.txt"
    path.write_text(path.read_text().replace("alert_confidence_score", "phase_of_the_moon"))
    message = process(SNAPSHOTS["clickhouse"][0], published[0], models=models, exit_code=3)[-1]
    assert "alert_ranker_v1.0.0.txt" in message["message"]
    assert "phase_of_the_moon" in message["message"]
    path.write_text(path.read_text()[:5000])
    message = process(SNAPSHOTS["clickhouse"][0], published[0], models=models, exit_code=3)[-1]
    assert "alert_ranker_v1.0.0.txt" in message["message"]
    path.unlink()
    message = process(SNAPSHOTS["clickhouse"][0], published[0], models=models, exit_code=4)[-1]
    assert "alert_ranker" in message["message"]
    assert folder_bytes(published[0]) == published[1]


def test_refuses_a_folder_named_after_another_day(process, tiny, tmp_path):
    message = process(tiny, tmp_path / "2025-10-26", exit_code=2)[-1]["message"]
    assert "2025-10-25" in message
    assert not (tmp_path / "2025-10-26").exists()


def test_refuses_to_replace_a_folder_that_is_no_batch(process, tiny, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.txt").write_text("years of work")
    process(tiny, tmp_path / "thesis", exit_code=2)
    assert (tmp_path / "thesis" / "chapter1.txt").read_text() == "years of work"


def test_refuses_to_replace_what_is_no_file_of_a_batch(process, tiny, published):
    (published[0] / "META.json").write_text("{}")  # as `run` publishes
    (published[0] / "labels.csv").write_text("address,category\n")
    before = folder_bytes(published[0])
    assert "labels.csv" in process(tiny, published[0], exit_code=2)[-1]["message"]
    assert folder_bytes(published[0]) == before
    (published[0] / "labels.csv").unlink()
    process(tiny, published[0])


def test_replaces_an_earlier_batch(process, tiny, published):
    process(tiny, published[0])
    after = folder_bytes(published[0])
    assert set(after) == set(published[1])
    assert after["metadata.json"] != published[1]["metadata.json"]
    assert len(rows(published[0] / "alerts_scored.parquet")) == 30


def old_batch(published, date):
    directory = published.parent / date
    shutil.copytree(published, directory)
    metadata = json.loads((directory / "metadata.json").read_text())
    (directory / "metadata.json").write_text(json.dumps({**metadata, "processing_date": date}))
    return directory


def test_retention_removes_old_batches_alone(process, tiny, published):
    output = published[0]
    expired = old_batch(output, "2025-07-26")
    young = old_batch(output, "2025-07-27")
    foreign = output.parent / "2020-01-01"
    foreign.mkdir()
    process(tiny, output)
    assert not expired.exists()
    assert young.exists() and foreign.exists() and output.exists()
    process(tiny, output, "--retention-days", 10)
    assert not young.exists()
    assert foreign.exists() and output.exists()


def start(aml_miner, models_dir, snapshot, output):
    return subprocess.Popen(
        [aml_miner, "process", "--input-dir", snapshot, "--output-dir", output,
         "--models-dir", models_dir],
        stderr=subprocess.DEVNULL,
    )


def test_kill_at_any_moment_leaves_a_whole_batch_or_none(aml_miner, models_dir, tiny, tmp_path):
    output = tmp_path / "root" / "2025-10-25"
    began = time.monotonic()
    assert start(aml_miner, models_dir, tiny, output).wait() == 0
    duration = time.monotonic() - began
    expected = rows(output / "alerts_ranked.parquet")
    shutil.rmtree(output)
    generator = random.Random(7)
    killed = 0
    for attempt in range(60):
        if killed >= 24:
            break
        had_batch = output.exists()
        began = time.monotonic()
        program = start(aml_miner, models_dir, tiny, output)
        # The last third is where files are written and renamed.
        moment = generator.uniform(0, 1) if attempt % 2 else generator.uniform(0.66, 1.02)
        try:
            program.wait(duration * moment)
            duration = time.monotonic() - began  # the machine is faster than it was
        except subprocess.TimeoutExpired:
            program.kill()
        killed += program.wait() == -signal.SIGKILL
        assert output.exists() or not had_batch
        visible = [path.name for path in output.parent.iterdir() if not path.name.startswith(".")]
        assert visible in ([], ["2025-10-25"])
        if output.exists():
            assert set(path.name for path in output.iterdir()) == {
                "alerts_scored.parquet", "alerts_ranked.parquet", "clusters_scored.parquet",
                "metadata.json", "features.json", "model_cards.json",
            }
            assert rows(output / "alerts_ranked.parquet") == expected
            assert len(rows(output / "alerts_scored.parquet")) == 30
            json.loads((output / "metadata.json").read_text())
            if killed % 3 == 0:
                shutil.rmtree(output)
    assert killed >= 20
    assert start(aml_miner, models_dir, tiny, output).wait() == 0
    assert not (output.parent / ".2025-10-25.staging").exists()


def test_a_signal_ends_it_cleanly(aml_miner, models_dir, published):
    program = start(aml_miner, models_dir, SNAPSHOTS["torus"][0], published[0].parent / "2025-11-20")
    time.sleep(0.3)
    program.terminate()
    assert program.wait() == 130
    assert not (published[0].parent / "2025-11-20").exists()
    assert not (published[0].parent / ".2025-11-20.staging").exists()
