"""Killed at any moment, a download is whole or absent, and goes on."""

import random
import shutil
import signal
import subprocess
import time

from snapshots import DATE, DAYS, NETWORK, contents, make_snapshot

KILLS = 20


def test_kill_at_any_moment_leaves_a_whole_snapshot_or_none(program, through_proxy, proxy, tmp_path):
    snapshot = make_snapshot(tmp_path / "day", sizes=(50_000, 20_000, 3_000_000, 30_000_000))
    expected = contents(snapshot)
    program.publish(snapshot)
    target = tmp_path / "in" / "day"
    command = through_proxy.command(
        "download", "--network", NETWORK, "--processing-date", DATE, "--days", DAYS, "--output-dir", target,
        "--connections", 2)
    generator = random.Random(11)
    killed = 0
    # Kill times start short and grow until the download can finish between two kills.
    wait = 0.05
    while killed < KILLS:
        proxy.bytes_per_second = 60_000_000
        running = subprocess.Popen(command, env=through_proxy.environment, stderr=subprocess.DEVNULL)
        time.sleep(generator.uniform(0.3, 1) * wait)
        running.kill()
        ended = running.wait()
        killed += ended == -signal.SIGKILL
        visible = [path.name for path in target.parent.iterdir() if not path.name.startswith(".")] \
            if target.parent.exists() else []
        assert visible in ([], ["day"])
        if target.exists():
            assert contents(target) == expected
            assert not (target / "money_flows.parquet.pieces").exists()
        if ended == 0:  # it was faster: begin anew
            shutil.rmtree(target)
            wait /= 3
        wait *= 1.2
    proxy.clear()
    through_proxy.download(target)
    assert contents(target) == expected
    assert not (target.parent / ".day.staging").exists()
