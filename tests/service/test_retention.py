"""What stays of a day whose input is removed."""

import json
import pathlib
import shutil
import subprocess
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

KEPT = ["format", "network", "alert_id", "address", "typology_type", "severity", "volume_usd", "score", "rank", "is_sar_filed",
        "truth_known_second", "truth_is_said", "truth_is_of_day", "truth_rows"]
IN_HASTE = ["[stages]", "nice = 0"]
ONE_DAY = [*IN_HASTE, "[retention]", "input-days = 1"]


@pytest.fixture
def days(simulate, made, tmp_path):
    """Three, the oldest first."""
    return [simulate("2025-10-24", tmp_path), *made]


def rows_of(run, day):
    return pq.read_table(run.folder / "input" / "kept" / f"{day}.parquet")


def test_of_a_removed_input_a_small_file_stays_and_is_served(run, days):
    for day in days[:3]:
        run.publish(day)
    run.configure(more=ONE_DAY)
    assert run.once() == 0
    oldest = days[0].name
    assert not (run.folder / "input" / oldest).exists()
    table = rows_of(run, oldest)
    assert table.column_names == KEPT
    batch = run.folder / "output" / oldest
    scores = {row["alert_id"]: row["score"] for row in pq.read_table(batch / "alerts_scored.parquet").to_pylist()}
    ranks = {row["alert_id"]: row["rank"] for row in pq.read_table(batch / "alerts_ranked.parquet").to_pylist()}
    kept = table.to_pylist()
    assert {row["alert_id"]: row["score"] for row in kept} == scores
    assert {row["alert_id"]: row["rank"] for row in kept} == ranks
    alerts = {row["alert_id"]: row for row in pq.read_table(days[0] / "alerts.parquet").to_pylist()}
    assert all(row["address"] == alerts[row["alert_id"]]["address"] for row in kept)

    # Its batch goes, too: the page still has the address's earlier days.
    address = kept[0]["address"]
    run.configure(more=[*ONE_DAY, "output-days = 1"])
    assert run.once() == 0
    assert not batch.exists()
    run.start()
    run.wait_for(lambda: run.get("/healthz")[0] == 200)
    status, answer = run.get(f"/addresses/{address}")
    assert status == 200 and answer["days_searched"] == 3
    found = {day["processing_date"]: day for day in answer["days"]}[oldest]
    assert not found["has_batch"]
    assert {one["alert_id"]: one["score"] for one in found["alerts"]} == {
        row["alert_id"]: row["score"] for row in kept if row["address"] == address}
    assert run.get(f"/scores/alerts/{oldest}")[0] == 404


def test_features_of_a_later_day_are_the_same_bits(run, days, aml_miner, tmp_path):
    for day in days[:3]:
        run.publish(day)
    run.configure(more=IN_HASTE)
    assert run.once() == 0

    def matrix(name):
        subprocess.run(run.command("process", "--input-dir", days[2], "--output-dir", tmp_path / name / days[2].name, "--history", run.folder / "input",
                                   "--write-matrix", tmp_path / f"{name}-matrix"), env=run.environment, check=True, capture_output=True)
        return [path.read_bytes() for path in sorted((tmp_path / f"{name}-matrix").glob("*.parquet"))]

    before = matrix("before")
    run.configure(more=ONE_DAY)
    assert run.once() == 0
    assert not (run.folder / "input" / days[0].name).exists()
    assert before and matrix("after") == before


def is_keeping(run):
    """Whether the service runs a stage `keep` right now."""
    try:
        children = pathlib.Path(f"/proc/{run.process.pid}/task/{run.process.pid}/children").read_text().split()
        return any(b"keep" in pathlib.Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0") for child in children)
    except OSError:  # one has just ended
        return False


def test_killed_while_it_removes_it_loses_nothing(run, days, tmp_path):
    for day in days[:3]:
        run.publish(day)
    run.configure(more=IN_HASTE)
    assert run.once() == 0
    folders = [run.folder / kind / days[0].name for kind in ("input", "output")]
    kept = run.folder / "input" / "kept" / f"{days[0].name}.parquet"
    whole = {day.name: rows_of(run, day.name) for day in days[:2]}
    for folder in folders:
        shutil.copytree(folder, tmp_path / "of-before" / folder.parent.name)
    run.configure(more=[*ONE_DAY, "output-days = 1"])

    was_there = set()

    def kill_after(sign, pause):
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(tmp_path / "of-before" / folder.parent.name, folder)
        before = (kept.stat().st_ino, kept.stat().st_mtime_ns)
        run.start()
        deadline = time.monotonic() + 240
        while not sign(before):
            assert run.process.poll() is None and time.monotonic() < deadline, run.log_file.read_text()[-6000:]
        time.sleep(pause)
        run.kill()
        was_there.add((folders[0] / "alerts.parquet").exists())
        for day in days[:2]:
            # Read whole at any moment, with the scores that the batch had.
            assert rows_of(run, day.name).equals(whole[day.name])

    def is_new(before):
        return (kept.stat().st_ino, kept.stat().st_mtime_ns) != before

    def has_begun(before):
        return is_keeping(run) or is_new(before)

    signs = [has_begun, is_new, lambda _: not (folders[0] / "alerts.parquet").exists(), lambda _: not folders[1].exists()]
    for sign in signs:
        for pause in (0.0, 0.01, 0.05):
            kill_after(sign, pause)
    while True not in was_there:  # on a machine where this test came too late each time
        kill_after(has_begun, 0)
    assert was_there == {True, False}
    assert run.once() == 0
    assert not any(folder.exists() for folder in folders)
    assert rows_of(run, days[0].name).equals(whole[days[0].name])


def test_a_day_that_has_not_been_makes_no_other_one_old(run, days):
    for day in days[:3]:
        run.publish(day)
    run.configure(more=IN_HASTE)
    assert run.once() == 0
    for kind in ("input", "output"):
        shutil.copytree(run.folder / kind / days[2].name, run.folder / kind / "2099-01-01")
    metadata = run.folder / "output" / "2099-01-01" / "metadata.json"
    metadata.write_text(json.dumps({**json.loads(metadata.read_text()), "processing_date": "2099-01-01"}))
    run.configure(more=[*IN_HASTE, "[retention]", "input-days = 60", "output-days = 60"])
    assert run.once() == 0
    for kind in ("input", "output"):
        assert all((run.folder / kind / name).exists() for name in [*(day.name for day in days[:3]), "2099-01-01"])


def once_old(run, days):
    """The oldest of three days, published, whose input and batch go with the next look."""
    for day in days[:3]:
        run.publish(day)
    run.configure(more=IN_HASTE)
    assert run.once() == 0
    run.configure(more=[*ONE_DAY, "output-days = 1"])
    return run.folder / "input" / days[0].name, run.folder / "output" / days[0].name


def test_without_a_truth_or_a_batch_that_can_be_read_the_rest_stays(run, days):
    folder, batch = once_old(run, days)
    before = rows_of(run, folder.name)
    alert = before.column("alert_id")[0].as_py()
    pq.write_table(pa.table({"alert_id": [alert, alert], "is_sar_filed": [True, False]}), folder / f"ground_truth_{folder.name}.parquet")
    scored = batch / "alerts_scored.parquet"
    scored.write_bytes(scored.read_bytes()[:1000])
    assert run.once() == 0
    assert not folder.exists() and not batch.exists()
    # The scores are those that stayed when the day was published.
    assert rows_of(run, folder.name).equals(before)
    reasons = {line["message"]: line["reason"] for line in run.log() if line["message"].endswith("not kept")}
    assert "contradict" in reasons["a truth that cannot be read is not kept"]
    assert "alerts_scored.parquet" in reasons["scores that cannot be read are not kept"]


def test_without_any_scores_that_can_be_read_the_alerts_stay(run, days):
    folder, batch = once_old(run, days)
    kept = run.folder / "input" / "kept" / f"{folder.name}.parquet"
    before = rows_of(run, folder.name)
    (batch / "alerts_ranked.parquet").write_bytes(b"PAR1 no more")
    kept.write_bytes(b"PAR1 no more")
    assert run.once() == 0
    assert not folder.exists()
    after = rows_of(run, folder.name)
    assert after.drop_columns(["score", "rank"]).equals(before.drop_columns(["score", "rank"]))
    assert after.column("score").null_count == after.num_rows


def test_only_with_alerts_that_are_damaged_it_goes_without_a_file(run, days):
    folder, batch = once_old(run, days)
    kept = run.folder / "input" / "kept" / f"{folder.name}.parquet"
    kept.unlink()
    alerts = folder / "alerts.parquet"
    whole = alerts.read_bytes()
    alerts.unlink()
    alerts.symlink_to(alerts)  # what the system does not give may come back
    run.once()
    assert alerts.is_symlink() and batch.exists() and not kept.exists()
    alerts.unlink()
    alerts.write_bytes(whole)
    kept.parent.rename(folder.parent / "aside")
    kept.parent.write_text("a file in the place of the folder")
    run.once()
    assert folder.exists() and batch.exists()
    kept.parent.unlink()
    (folder.parent / "aside").rename(kept.parent)
    alerts.write_bytes(whole[:len(whole) // 2])
    done = subprocess.run(run.command("keep", "--input-dir", folder), env=run.environment, capture_output=True, text=True)
    assert done.returncode == 11 and "alerts.parquet" in json.loads(done.stderr.splitlines()[-1])["message"]
    assert run.once() == 0
    assert not folder.exists() and not batch.exists() and not kept.exists()
    assert any(line["message"] == "a stage ended with a warning" and line["stage"] == "keep" for line in run.log())


def test_keep_refuses_what_has_no_day(run, days, tmp_path):
    (tmp_path / "today").symlink_to(days[0])
    done = subprocess.run(run.command("keep", "--input-dir", tmp_path / "today"), env=run.environment, capture_output=True, text=True)
    assert done.returncode == 2 and "its name must be the day" in json.loads(done.stderr.splitlines()[-1])["message"]


def test_a_day_that_cannot_be_removed_keeps_no_other(run, days):
    """A file system is mounted within it, as root that is all that cannot be removed."""
    for day in days[:3]:
        run.publish(day)
    run.configure(more=IN_HASTE)
    assert run.once() == 0
    held = run.folder / "input" / days[0].name / "held"
    held.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "none", held], capture_output=True).returncode != 0:
        pytest.skip("nothing can be mounted here")
    inside = held
    try:
        run.configure(more=[*ONE_DAY, "output-days = 1"])
        run.once()
        assert sorted(path.name for path in (run.folder / "output").iterdir() if not path.name.startswith(".")) == [
            day.name for day in days[1:3]]
        assert (run.folder / "input" / days[2].name).exists()
        assert [line["level"] for line in run.log() if "cannot remove" in line["message"]] == ["error"]
        inside = next((run.folder / "input").glob(f"*{days[0].name}*/held"))
    finally:
        subprocess.run(["umount", inside], check=True)
    # Once it can be, what is left goes too.
    assert run.once() == 0
    assert not list((run.folder / "input").glob(f"*{days[0].name}*/held"))
