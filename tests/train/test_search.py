"""train --search: parameters are judged on days of their own, and a killed search goes on."""

import json
import signal
import subprocess
import time

import pytest

from batches import SNAPSHOTS, error_of, folder_bytes, run

DATES = ["2025-11-01", "2025-11-02", "2025-11-09", "2025-11-10"]
TREES = 12


@pytest.fixture(scope="module")
def days(aml_miner, tmp_path_factory):
    folder = tmp_path_factory.mktemp("days")
    for date in DATES:
        run(aml_miner, "simulate", "--processing-date", date, "--output-dir", folder / date, "--scale", "0.01", "--seed", "5")
    return folder


def command(days, models, dates, *options):
    named = [part for date in dates for part in ["--input-dir", days / date, "--ground-truth", days / f"{date}.ground_truth"]]
    return ["train", *named, "--models-dir", models, "--param", f"num_iterations={TREES}", *options]


@pytest.fixture(scope="module")
def searched(aml_miner, days, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    run(aml_miner, *command(days, folder, DATES, "--search", 4, "--threads", 2))
    return folder


def card_of(folder):
    return json.loads((folder / "alert_scorer_v1.0.0.json").read_text())


def models_in(folder):
    return {name: content for name, content in folder_bytes(folder).items() if not name.startswith(".")}


def test_the_card_keeps_all_trials(searched):
    card = card_of(searched)
    search = card["search"]
    assert search["trials"] == len(search["all"]) == 4
    assert search["all"][0]["parameters"] == {}
    points = [trial["stages"][0]["points"] for trial in search["all"]]
    assert search["recipe_points"] == points[0]
    assert search["points"] == points[search["chosen"]] == max(points)
    for key, value in search["parameters"].items():
        assert str(card["parameters"][key]).lower().startswith(value.rstrip("0").rstrip(".") or "0")
    assert search["days_apart_from_calibration"] is True
    calibrated = {day["processing_date"] for day in card["calibration"]["days"]}
    assert calibrated and not calibrated & set(search["judged_on"])
    assert card["calibration"]["validation"] == "independently validated"


def test_threads_change_no_byte(aml_miner, days, searched, tmp_path):
    run(aml_miner, *command(days, tmp_path, DATES, "--search", 4, "--threads", 1))
    assert models_in(tmp_path) == models_in(searched)


def test_a_killed_search_goes_on(aml_miner, days, searched, tmp_path):
    kept = tmp_path / "search_v1.0.0.json"
    started = subprocess.Popen([str(aml_miner), *map(str, command(days, tmp_path, DATES, "--search", 1000, "--threads", 1))],
                               stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 300
        while not kept.exists() or len(json.loads(kept.read_text())["trials"]) < 2:
            assert started.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        started.send_signal(signal.SIGKILL)
        started.wait()
    log = run(aml_miner, *command(days, tmp_path, DATES, "--search", 4, "--threads", 1))
    assert [line["trials"] for line in log if line["message"] == "search goes on"][0] >= 2
    ours, theirs = models_in(tmp_path), models_in(searched)
    for name in theirs:
        if not name.startswith("search_"):  # which may hold more trials than were asked for
            assert ours[name] == theirs[name], name


def test_with_few_days_nothing_is_said_to_be_validated(aml_miner, days, tmp_path):
    for dates in [DATES[:1], DATES[:2], DATES[:3]]:
        run(aml_miner, *command(days, tmp_path, dates, "--search", 2))
        card = card_of(tmp_path)
        assert card["calibration"]["validation"] == "not independently validated"
        assert card["search"]["days_apart_from_calibration"] is (len(dates) == 3)


def test_a_search_of_no_time_is_the_recipe(aml_miner, tmp_path):
    snapshot, truth = SNAPSHOTS["clickhouse"]
    run(aml_miner, "train", "--input-dir", snapshot, "--ground-truth", truth, "--models-dir", tmp_path,
        "--search", 1000, "--search-seconds", 1, "--param", "num_iterations=10")
    search = card_of(tmp_path)["search"]
    assert 1 <= search["trials"] < 1000


def test_more_trials_than_may_be_are_refused(aml_miner, tmp_path):
    snapshot, truth = SNAPSHOTS["clickhouse"]
    done = subprocess.run([str(aml_miner), "train", "--input-dir", snapshot, "--ground-truth", truth, "--models-dir", tmp_path,
                           "--search", "1001"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "--search" in done.stderr


def test_a_time_without_a_search_is_refused(aml_miner, tmp_path):
    snapshot, truth = SNAPSHOTS["clickhouse"]
    message = error_of(aml_miner, "train", "--input-dir", snapshot, "--ground-truth", truth, "--models-dir", tmp_path,
                       "--search-seconds", 5, exit_code=2)
    assert "--search" in message
