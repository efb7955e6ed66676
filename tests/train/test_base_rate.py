"""The base rate that probabilities stand at is that of days like the newest one."""

import json
import subprocess

from batches import rewrite


def simulated(aml_miner, folder, date, *options):
    subprocess.run([aml_miner, "simulate", "--processing-date", date, "--output-dir", folder, "--scale", "0.03", *options], check=True,
                   capture_output=True)
    return folder, folder.parent / f"{folder.name}.ground_truth" / f"ground_truth_{date}.parquet"


def test_a_day_of_another_economy_moves_no_base_rate(aml_miner, tmp_path):
    days = [simulated(aml_miner, tmp_path / date, date, "--seed", str(seed))
            for seed, date in enumerate(["2025-10-26", "2025-11-04"], start=1)]
    other = simulated(aml_miner, tmp_path / "other", "2025-10-20", "--network", "ethereum", "--seed", "9")
    rewrite(other[1], "SELECT alert_id, hash(alert_id) % 10 < 7 AS is_sar_filed FROM old")
    arguments = [str(word) for folder, truth in [other, *days] for word in ("--input-dir", folder, "--ground-truth", truth)]
    subprocess.run([aml_miner, "train", *arguments, "--models-dir", tmp_path / "models"], check=True, capture_output=True)
    calibration = json.loads((tmp_path / "models" / "alert_scorer_v1.0.0.json").read_text())["calibration"]
    bins = calibration["like"]
    expected = sum(one["predicted"] * one["rows"] for one in bins) / sum(one["rows"] for one in bins)
    observed = sum(one["positives"] for one in bins) / sum(one["rows"] for one in bins)
    assert observed < 0.1
    assert expected < 1.5 * observed, "of the other day's 7 in 10"
