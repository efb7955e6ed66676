"""promote: a challenger takes the champion's place only where later days with truth say so."""

import json
import shutil
import subprocess

import duckdb
import pytest

from batches import copy_snapshot, folder_bytes, rewrite, run

DATES = ["2025-11-01", "2025-11-02", "2025-11-09", "2025-11-10"]


@pytest.fixture(scope="module")
def world(aml_miner, tmp_path_factory):
    """Four days; a good model of the first, and one that learned from shuffled labels."""
    folder = tmp_path_factory.mktemp("world")
    for date in DATES:
        run(aml_miner, "simulate", "--processing-date", date, "--output-dir", folder / date, "--scale", "0.03", "--seed", "5")
    truth = folder / "shuffled.parquet"
    duckdb.sql(f"""
        COPY (SELECT a.alert_id, b.is_sar_filed FROM
              (SELECT alert_id, row_number() OVER (ORDER BY hash(alert_id)) AS n FROM read_parquet('{folder}/{DATES[0]}.ground_truth/*')) a
              JOIN (SELECT is_sar_filed, row_number() OVER (ORDER BY alert_id) AS n FROM read_parquet('{folder}/{DATES[0]}.ground_truth/*')) b
              USING (n)) TO '{truth}' (FORMAT parquet)""")
    train(aml_miner, folder, folder / "good", f"{folder}/{DATES[0]}.ground_truth", "1.1.0")
    train(aml_miner, folder, folder / "bad", truth, "1.0.0")
    return folder


def train(aml_miner, folder, models, truth, version, *options):
    run(aml_miner, "train", "--input-dir", folder / DATES[0], "--ground-truth", truth, "--models-dir", models, "--version", version,
        "--param", "num_iterations=30", *options)


def promote(aml_miner, world, models, challenger_dir, version, *options, dates=(DATES[2],)):
    named = [part for date in dates for part in ["--input-dir", world / date, "--ground-truth", world / f"{date}.ground_truth"]]
    return subprocess.run([str(part) for part in [
        aml_miner, "promote", "--models-dir", models, "--challenger-dir", challenger_dir, "--challenger", version, *named,
        "--resamples", 200, *options]], capture_output=True, text=True, timeout=120)


@pytest.fixture
def champion(world, tmp_path):
    """A folder of models of its own to be changed."""
    def copy(name):
        return pathlib_copy(world / name, tmp_path / "models")
    return copy


def pathlib_copy(source, target):
    shutil.copytree(source, target)
    return target


def version_used(aml_miner, world, models, output, *options):
    run(aml_miner, "process", "--input-dir", world / DATES[3], "--output-dir", output / DATES[3], "--models-dir", models, *options)
    records = json.loads((output / DATES[3] / "metadata.json").read_text())["models"]
    [version] = {record["version"] for record in records.values()}
    return version


def test_a_better_one_is_promoted(aml_miner, world, champion, tmp_path):
    models = champion("bad")
    done = promote(aml_miner, world, models, world / "good", "1.1.0", dates=DATES[2:])
    assert done.returncode == 0, done.stderr
    assert DATES[2] in done.stdout and DATES[3] in done.stdout and "1.1.0 is in use now" in done.stdout
    assert version_used(aml_miner, world, models, tmp_path) == "1.1.0"
    for name, content in folder_bytes(world / "good").items():
        if not name.startswith("."):
            assert (models / name).read_bytes() == content
    again = promote(aml_miner, world, models, world / "good", "1.1.0")
    assert again.returncode == 2 and "in use" in again.stderr
    missing = promote(aml_miner, world, models, world / "good", "9.9.9")
    assert missing.returncode == 4 and "--challenger-dir" in missing.stderr and "--models-dir" not in missing.stderr
    unsigned = promote(aml_miner, world, models, world / "good", "1.1.0", "--seed", "-1")
    assert unsigned.returncode == 2 and "--seed" in unsigned.stderr


def test_a_dry_run_changes_nothing(aml_miner, world, champion):
    models = champion("bad")
    before = folder_bytes(models)
    done = promote(aml_miner, world, models, world / "good", "1.1.0", "--dry-run")
    assert done.returncode == 0 and "would be promoted" in done.stdout
    assert folder_bytes(models) == before


def test_one_that_would_be_fined_is_not(aml_miner, world, champion, tmp_path):
    models = champion("good")
    shutil.copytree(world / "bad", tmp_path / "bad")
    for file in (tmp_path / "bad").iterdir():
        file.rename(file.with_name(file.name.replace("1.0.0", "2.0.0")))
    before = folder_bytes(models)
    done = promote(aml_miner, world, models, tmp_path / "bad", "2.0.0")
    assert done.returncode == 10 and "would fine" in done.stderr
    assert folder_bytes(models) == before


def test_one_that_cannot_be_told_apart_is_not(aml_miner, world, champion, tmp_path):
    models = champion("good")
    shutil.copytree(world / "good", tmp_path / "same")
    for file in (tmp_path / "same").iterdir():
        file.rename(file.with_name(file.name.replace("1.1.0", "1.2.0")))
    done = promote(aml_miner, world, models, tmp_path / "same", "1.2.0")
    assert done.returncode == 11 and "the interval holds 0" in done.stderr


def test_days_that_either_learned_from_do_not_count(aml_miner, world, champion):
    models = champion("bad")
    done = promote(aml_miner, world, models, world / "good", "1.1.0", dates=[DATES[2], DATES[0]])
    assert done.returncode == 10 and f"{DATES[0]} is no later day" in done.stderr
    done = promote(aml_miner, world, models, world / "good", "1.1.0", dates=[DATES[2], DATES[2]])
    assert done.returncode == 2 and "named twice" in done.stderr
    (models / "alert_scorer_v1.0.0.json").unlink()
    done = promote(aml_miner, world, models, world / "good", "1.1.0")
    assert done.returncode == 3 and "card" in done.stderr


def test_a_challenger_that_lacks_a_model_changes_nothing(aml_miner, world, champion, tmp_path):
    models = champion("bad")
    shutil.copytree(world / "good", tmp_path / "good")
    (tmp_path / "good" / "cluster_scorer_v1.1.0.txt").unlink()
    before = folder_bytes(models)
    done = promote(aml_miner, world, models, tmp_path / "good", "1.1.0")
    assert done.returncode == 4 and "cluster_scorer_v1.1.0.txt" in done.stderr
    assert folder_bytes(models) == before


def test_a_champion_that_is_no_version_is_said(aml_miner, world, champion):
    models = champion("bad")
    (models / "champion").write_text("newest\n")
    done = promote(aml_miner, world, models, world / "good", "1.1.0")
    assert done.returncode == 3 and "names no version" in done.stderr


def test_a_day_is_judged_alike_beside_any_other(aml_miner, world, tmp_path):
    """Also one half of whose alerts are about addresses without transfers, of which a first stage says nothing."""
    days = tmp_path / "days"
    days.mkdir()
    for date in DATES[2:]:
        copy_snapshot(world / date, days / date)
        (days / f"{date}.ground_truth").symlink_to(world / f"{date}.ground_truth")
    silent = f"(SELECT address FROM '{days / DATES[3]}/alerts.parquet' WHERE hash(address) % 2 = 0)"
    rewrite(days / DATES[3] / "money_flows.parquet",
            f"FROM old WHERE source_address NOT IN {silent} AND dest_address NOT IN {silent}")
    train(aml_miner, world, tmp_path / "models", f"{world}/{DATES[0]}.ground_truth", "1.0.0", "--second-stage")
    train(aml_miner, world, tmp_path / "models", f"{world}/{DATES[0]}.ground_truth", "1.1.0", "--second-stage", "--param", "max_depth=3")
    (tmp_path / "models" / "champion").write_text("1.0.0\n")

    def line_of_the_day(*dates):
        done = promote(aml_miner, days, tmp_path / "models", tmp_path / "models", "1.1.0", "--dry-run", dates=dates)
        assert done.returncode in (0, 10, 11), done.stderr
        [line] = [line for line in done.stdout.splitlines() if line.startswith(DATES[3])]
        return line

    alone = line_of_the_day(DATES[3])
    assert line_of_the_day(DATES[2], DATES[3]) == alone
    assert line_of_the_day(DATES[3], DATES[2]) == alone


def test_a_fallback_stays_where_the_challenger_has_none(aml_miner, world, champion, tmp_path):
    models = champion("bad")
    for ending in ["txt", "json"]:
        shutil.copy(models / f"alert_scorer_v1.0.0.{ending}", models / f"fallback_scorer_v1.0.0.{ending}")
    done = promote(aml_miner, world, models, world / "good", "1.1.0", dates=DATES[2:])
    assert done.returncode == 0, done.stderr
    assert version_used(aml_miner, world, models, tmp_path, "--on-foreign", "fallback") == "1.1.0"


def test_models_of_the_days_network_are_promoted(aml_miner, world, champion, tmp_path):
    """Those of their own folder, as process takes them; the general ones stay."""
    general = champion("good")
    shutil.copytree(world / "bad", general / "bitcoin")
    before = folder_bytes_of_files(general)
    shutil.copytree(world / "good", tmp_path / "challengers" / "bitcoin")
    done = promote(aml_miner, world, general, tmp_path / "challengers", "1.1.0", dates=DATES[2:])
    assert done.returncode == 0, done.stderr
    assert (general / "bitcoin" / "champion").read_text() == "1.1.0\n"
    assert folder_bytes_of_files(general) == before
    assert version_used(aml_miner, world, general, tmp_path) == "1.1.0"


def folder_bytes_of_files(folder):
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file()}


def test_days_of_several_networks_are_refused(aml_miner, world, champion, tmp_path):
    models = champion("bad")
    other = tmp_path / DATES[3]
    run(aml_miner, "simulate", "--processing-date", DATES[3], "--output-dir", other, "--scale", "0.01", "--network", "torus")
    done = subprocess.run([str(part) for part in [
        aml_miner, "promote", "--models-dir", models, "--challenger-dir", world / "good", "--challenger", "1.1.0",
        "--input-dir", world / DATES[2], "--ground-truth", world / f"{DATES[2]}.ground_truth",
        "--input-dir", other, "--ground-truth", tmp_path / f"{DATES[3]}.ground_truth"]], capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert "is of bitcoin" in done.stderr and "is of torus" in done.stderr
