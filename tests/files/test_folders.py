"""Where a folder is published: links, mount points, disks that cannot exchange names, and death at any moment."""

import json
import os
import shutil
import signal
import subprocess

import pytest

from batches import folder_bytes, run

DATE = "2025-10-25"  # of the snapshot of thirty alerts


def finish(command, exit_code=0, **environment):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120,
                          env={**os.environ, **{name: str(value) for name, value in environment.items()}})
    assert done.returncode == exit_code, done.stderr
    return done.stderr


def parquet(folder):
    """What was downloaded, whatever the run noted beside it."""
    return {name: data for name, data in folder_bytes(folder).items() if name.endswith(".parquet")}


def hidden(folder):
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


@pytest.fixture
def days(aml_miner, download, tmp_path):
    """The files of two editions of a day, as they should be."""
    for date in ("2025-10-26", "2025-10-27"):
        finish(download(tmp_path / "expected" / date, date=date))
    return [parquet(tmp_path / "expected" / date) for date in ("2025-10-26", "2025-10-27")]


def test_a_link_stays_one_and_the_folder_it_names_is_filled(aml_miner, download, tiny, models, tmp_path):
    (tmp_path / "disk").mkdir()
    for command, file in (
        (download(tmp_path / "link"), "alerts.parquet"),
        ([aml_miner, "simulate", "--scale", "0.002", "--processing-date", "2025-10-26", "--output-dir", tmp_path / "link"],
         "alerts.parquet"),
        ([aml_miner, "process", "--input-dir", tiny, "--models-dir", models, "--output-dir", tmp_path / "link"],
         "metadata.json"),
    ):
        for target in ("disk/there", "disk/not-yet"):
            shutil.rmtree(tmp_path / "disk")
            (tmp_path / "disk" / "there").mkdir(parents=True)
            (tmp_path / "link").unlink(missing_ok=True)
            (tmp_path / "link").symlink_to(target)
            finish(command)
            finish(command)
            assert os.readlink(tmp_path / "link") == target
            assert (tmp_path / target / file).is_file()


def in_namespace(script, *arguments):
    """Runs a script that may mount."""
    done = subprocess.run(["unshare", "--mount", "--map-root-user", "bash", "-c", script, "bash", *map(str, arguments)],
                          capture_output=True, text=True, timeout=120)
    if done.returncode in (1, 99):
        pytest.skip("this machine lets nobody mount")
    return done


MOUNTS = {"another file system": 'mount -t tmpfs none "$1" || exit 99',
          "a folder of the same one": 'mkdir "$1.other" && mount --bind "$1.other" "$1" || exit 99'}


@pytest.mark.parametrize("kind", MOUNTS)
def test_a_mount_point_is_refused_before_any_work(kind, aml_miner, download, tiny, models, tmp_path):
    for number, command in enumerate([
        download(tmp_path / "in0"),
        [aml_miner, "simulate", "--scale", "0.002", "--processing-date", "2025-10-26", "--output-dir", tmp_path / "in1"],
        [aml_miner, "process", "--input-dir", tiny, "--models-dir", models, "--output-dir", tmp_path / "in2"],
    ]):
        folder = tmp_path / f"in{number}"
        folder.mkdir()
        done = in_namespace(MOUNTS[kind] + '; shift; "$@"; code=$?; ls -A "${0%/*}" >&2; exit $((code + 10))', folder, *command)
        assert done.returncode == 12, done.stderr
        assert "mount point" in done.stderr and "name a folder in it" in done.stderr
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_folder_below_a_mount_point_is_published(download, tmp_path):
    (tmp_path / "disk").mkdir()
    done = in_namespace('mount -t tmpfs none "$1" || exit 99; shift; "$@" && "$@" && exit 10', tmp_path / "disk",
                        *download(tmp_path / "disk" / "day"))
    assert done.returncode == 10, done.stderr


@pytest.mark.parametrize("disk", ["exchanges", "cannot exchange"])
def test_death_at_any_moment_leaves_the_old_folder_or_the_new_one(disk, download, broken_disk, days, tmp_path):
    settings = {"LD_PRELOAD": broken_disk, **({"NO_EXCHANGE": 1} if disk == "cannot exchange" else {})}
    old, new = days
    folder = tmp_path / "in" / "day"
    finish(download(folder), **settings)
    finish(download(folder, date="2025-10-27"), COUNT_CALLS=tmp_path / "calls", **settings)
    assert parquet(folder) == new
    calls = int((tmp_path / "calls").read_text())
    assert calls > 10
    away = 0
    for moment in range(1, calls + 1):
        finish(download(folder), **settings)
        finish(download(folder, date="2025-10-27"), exit_code=-signal.SIGKILL, KILL_AT=moment, **settings)
        if folder.exists():
            assert parquet(folder) in (old, new)
        else:  # between the two names, where they cannot be exchanged
            away += 1
            assert parquet(folder.parent / ".day.previous") == old
            # A run that fails brings it back before it looks for anything.
            finish(download(folder, date="2025-10-29"), exit_code=4, **settings)
            assert parquet(folder) == old
        finish(download(folder, date="2025-10-27"), **settings)
        assert parquet(folder) == new
        assert hidden(folder.parent) == [".day.lock"]
    assert away == (1 if disk == "cannot exchange" else 0)


def test_process_replaces_a_batch_where_names_cannot_be_exchanged(aml_miner, broken_disk, tiny, models, tmp_path):
    output = tmp_path / DATE
    command = [aml_miner, "process", "--input-dir", tiny, "--models-dir", models, "--output-dir", output]
    settings = {"LD_PRELOAD": broken_disk, "NO_EXCHANGE": 1}
    finish(command, **settings)
    before = json.loads((output / "metadata.json").read_text())["processed_at"]
    finish(command, COUNT_CALLS=tmp_path / "calls", **settings)
    calls = int((tmp_path / "calls").read_text())
    for moment in range(calls - 10, calls):
        finish(command, exit_code=-signal.SIGKILL, KILL_AT=moment, **settings)
        found = [path for path in (output, tmp_path / f".{DATE}.previous") if path.exists()]
        assert len(json.loads((found[0] / "metadata.json").read_text())["models"]) == 3
        assert json.loads((found[0] / "metadata.json").read_text())["processed_at"] >= before
    finish(command, **settings)
    assert hidden(tmp_path) == [f".{DATE}.lock"]


def test_a_private_folder_stays_private(download, tmp_path):
    folder = tmp_path / "day"
    finish(download(folder))
    folder.chmod(0o700)
    finish(download(folder, date="2025-10-27"))
    assert folder.stat().st_mode & 0o777 == 0o700


def other_kind(folder, exit_code, command):
    before = folder_bytes(folder)
    message = json.loads(finish(command, exit_code=exit_code).splitlines()[-1])["message"]
    assert folder_bytes(folder) == before
    return message


def test_a_snapshot_of_another_network_or_window_is_not_replaced(aml_miner, download, tmp_path):
    folder = tmp_path / "2025-10-26"
    finish(download(folder))
    assert "ethereum" in other_kind(folder, 2, download(folder, network="ethereum"))
    assert "14 days" in other_kind(folder, 2, download(folder, days=14))
    assert "2025-10-27" in other_kind(folder, 2, download(folder, date="2025-10-27"))
    simulate = [aml_miner, "--log-format", "json", "simulate", "--scale", "0.002", "--processing-date", "2025-10-26",
                "--output-dir", folder, "--network", "ethereum"]
    shutil.move(folder / ".download.json", tmp_path / "record")
    assert "bitcoin" in other_kind(folder, 2, simulate)
    finish([*simulate, "--force"])
    finish(download(folder, "--force", days=14))
    assert json.loads((folder / "META.json").read_text())["window_days"] == 14
    finish(download(folder, "--force", network="ethereum"))
    assert json.loads((folder / "META.json").read_text())["network"] == "ethereum"


def test_a_folder_without_meta_is_told_by_what_the_download_noted(download, tmp_path):
    folder = tmp_path / "day"
    finish(download(folder))
    (folder / "META.json").unlink()
    assert "bitcoin" in other_kind(folder, 2, download(folder, network="ethereum"))


def test_force_replaces_no_folder_of_something_else(aml_miner, download, tiny, models, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.txt").write_text("years of work")
    other_kind(tmp_path / "thesis", 2, download(tmp_path / "thesis", "--force"))
    other_kind(tmp_path / "thesis", 2, [aml_miner, "--log-format", "json", "process", "--input-dir", tiny, "--models-dir", models,
                                        "--output-dir", tmp_path / "thesis", "--force"])


@pytest.mark.parametrize("change,words", [({"network": "bitcoin"}, "bitcoin"), ({"window_days": 7}, "7 days")])
def test_a_batch_of_another_network_or_window_is_not_replaced(change, words, aml_miner, tiny, models, tmp_path):
    output = tmp_path / DATE
    command = ["process", "--input-dir", tiny, "--models-dir", models, "--output-dir", output]
    (tmp_path / "in").mkdir()
    run(aml_miner, *command)
    metadata = json.loads((output / "metadata.json").read_text())
    (output / "metadata.json").write_text(json.dumps({**metadata, "network": "ethereum", "window_days": 30, **change}))
    snapshot = tmp_path / "snapshot"
    shutil.copytree(tiny, snapshot)
    (snapshot / "META.json").write_text(json.dumps({"network": "ethereum", "processing_date": DATE, "window_days": 30}))
    command = ["process", "--input-dir", snapshot, "--models-dir", models, "--output-dir", output]
    message = other_kind(output, 2, [aml_miner, "--log-format", "json", *command])
    assert words in message and "--force" in message
    run(aml_miner, *command, "--force")
    assert json.loads((output / "metadata.json").read_text())["network"] == "ethereum"
