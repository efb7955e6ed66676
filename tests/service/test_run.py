"""`aml-miner run` against a real S3 server: what comes is published and served, whatever else fails."""

import fcntl
import hashlib
import json
import os
import random
import signal
import socket
import subprocess
import time
import urllib.request

ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"


def spoil(day):
    """A file that is no Parquet, with a META.json that vouches for it: download takes it, process cannot."""
    content = b"no Parquet at all" * 100
    (day / "alerts.parquet").write_bytes(content)
    meta = json.loads((day / "META.json").read_text())
    meta["files"]["alerts.parquet"] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest(),
                                       "md5": hashlib.md5(content).hexdigest()}
    meta.get("sha256", {}).pop("alerts.parquet", None)
    (day / "META.json").write_text(json.dumps(meta))


def test_days_appear_and_are_served(run, days):
    run.publish(days[0])
    run.start()
    run.wait_for(lambda: run.get("/dates/latest")[1] == {**(run.get("/dates/latest")[1] or {}), "latest_date": "2025-10-25"})
    # It serves, and says all the same that the day is of last year, however young the batch is.
    assert run.get("/healthz")[0] == 200 and run.get("/readyz")[0] == 503
    run.publish(days[1])
    run.wait_for(lambda: (run.get("/dates/latest")[1] or {}).get("latest_date") == "2025-10-26")
    assert run.batches() == ["2025-10-25", "2025-10-26"]
    run.wait_for(lambda: run.count("published") == 2)  # said once its small file stands
    time.sleep(1)
    assert run.count("downloaded") == run.count("published") == 2  # what is done is done
    assert run.count("the day's snapshot is late") == 1  # they are of last year
    with urllib.request.urlopen(f"http://127.0.0.1:{run.port_file.read_text().strip()}/metrics", timeout=10) as answer:
        assert "\naml_sot_latest_timestamp_seconds 1761436800\n" in answer.read().decode()

    # A server that dies comes again.
    server = int(next(pid for pid in os.listdir("/proc") if pid.isdigit() and is_child(pid, run.process.pid)))
    os.kill(server, signal.SIGKILL)
    run.wait_for(lambda: run.count("the server ended") == 1 and run.get("/healthz")[0] == 200)
    run.stop()
    assert run.get("/healthz")[0] == 0  # it took the server along


def is_child(pid, parent):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[1] == str(parent)
    except OSError:
        return False


def test_once_goes_on_past_a_corrupt_day_and_says_so(run, days):
    run.publish(days[0])
    spoil(days[1])
    run.publish(days[1])
    assert run.once() == 3
    assert run.batches() == ["2025-10-25"]
    failed = [line for line in run.log() if line["message"] == "a stage failed"]
    assert [(line["stage"], line["processing_date"], line["exit_code"]) for line in failed] == [("process", "2025-10-26", 3)]
    assert "alerts.parquet" in failed[0]["reason"]


def test_once_has_nothing_to_do_twice_and_takes_a_correction(run, days, made):
    run.publish(days[0])
    assert run.once() == 0 and run.count("processed") == 1
    assert run.once() == 0 and run.count("processed") == run.count("downloaded") == 0
    meta = json.loads((days[0] / "META.json").read_text())
    (days[0] / "META.json").write_text(json.dumps({**meta, "corrected": "2025-11-01"}))
    run.publish(days[0])
    assert run.once() == 0 and run.count("processed") == 1
    assert run.once() == 0 and run.count("processed") == 0


def test_killed_at_any_moment_it_goes_on(run, days):
    for day in days:
        run.publish(day)
    generator = random.Random(5)
    for _ in range(6):
        run.start()
        time.sleep(generator.uniform(0.05, 1.5))
        run.kill()
        for name in run.batches():
            assert (run.folder / "output" / name / "metadata.json").exists()
            assert (run.folder / "output" / name / "META.json").exists()
    assert run.once() == 0
    assert run.batches() == ["2025-10-25", "2025-10-26"]
    assert list((run.folder / "output" / ".next").iterdir()) == [] or not any(
        path.is_dir() for path in (run.folder / "output" / ".next").iterdir())


def test_a_wrong_file_is_refused_whole_on_hangup(run, days):
    run.publish(days[0])
    run.start()
    run.wait_for(lambda: run.get("/dates/latest")[0] == 200)
    right = run.config.read_text()
    run.config.write_text(right + "[retention]\ninput-dais = 1\n")
    run.process.send_signal(signal.SIGHUP)
    run.wait_for(lambda: run.count("SIGHUP: nothing changes") == 1)
    reason = next(line["reason"] for line in run.log() if line["message"].startswith("SIGHUP: nothing"))
    assert reason.endswith("retention.input-dais is no setting; did you mean input-days?")
    # What only the server would refuse is refused before it ends: days are served on.
    run.configure(serve=['token-file = "/no/such/tokens"'])
    run.process.send_signal(signal.SIGHUP)
    run.wait_for(lambda: run.count("SIGHUP: nothing changes") == 2)
    assert any("/no/such/tokens" in line["reason"] for line in run.log() if line["message"].startswith("SIGHUP: nothing"))
    for times, (more, serve, reason) in enumerate([
            ([], [f'cases = "{run.folder}/c.sqlite"'], "--cases needs --cases-users"),
            ([], [f'cases = "{run.folder}/output/c.sqlite"', 'cases-users = "/no/such/users"'], "is shown to others"),
            ([], [f'cases = "{run.folder}/c.sqlite"', 'cases-users = "/no/such/users"'], "/no/such/users"),
            ([], ['web-root = "/no/such/web"'], "/no/such/web"),
            (["[mine]", "enabled = true", 'chain = "none"', f'allow = ["{ALICE}"]', 'hotkey-file = "/no/such/hotkey"'], [], "/no/such/hotkey"),
    ], 3):
        run.configure(serve=serve, more=more)
        run.process.send_signal(signal.SIGHUP)
        run.wait_for(lambda: run.count("SIGHUP: nothing changes") == times)
        assert reason in [line["reason"] for line in run.log() if line["message"].startswith("SIGHUP: nothing")][-1]
    assert run.get("/dates/latest")[0] == 200 and run.count("the server ended") == 0
    run.publish(days[1])
    run.wait_for(lambda: "2025-10-26" in run.batches())
    run.config.write_text(right)
    run.process.send_signal(signal.SIGHUP)
    run.wait_for(lambda: run.count("SIGHUP: the configuration was read anew") == 1)
    assert run.get("/healthz")[0] == 200


def test_a_wrong_file_is_refused_at_the_start_and_an_absent_sot_is_said(run):
    run.configure("days = 0")
    assert run.once() == 2
    assert "days must be a whole number from 1 to 36500" in run.log()[-1]["message"]
    run.configure(more=["[mine]", "enabled = true"], serve=["enabled = false"])
    assert run.once() == 2
    assert run.log()[-1]["message"].endswith("mine.api must be set, since serve.enabled is false")
    for table, line, says in (("serve", 'host = "999.1.1.1"', "[serve]: --host: must be an IP address"),
                              ("process", 'memory-limit = "abc"', '[process]: memory limit "abc" is not a size like 6GB'),
                              ("process", 'spill-limit = "lots"', '[process]: --spill-limit "lots" is not a size like 100GB'),
                              ("process", 'model-version = "newest"', "[process]: --model-version newest is no version"),
                              ("process", 'shadow = "newest"', "[process]: --shadow newest is no version"),
                              ("process", 'without = ["rank"]', "[process]: --without rank: there is no such group"),
                              ("process", 'on-foreign = "ask"', "[process]: --on-foreign"),
                              ("train", 'param = ["num_leafs=15"]', "[train]: "),
                              ("serve", f'cases = "{run.folder}/c.sqlite"', "[serve]: --cases needs --cases-users"),
                              ("serve", 'cases-users = "users"', "[serve]: --cases-users goes with --cases"),
                              ("serve", 'cases = "c.sqlite"\ncases-users = "users"\ncases-listen = "8010"', "[serve]: --cases-listen must be ADDRESS:PORT"),
                              ("mine", 'enabled = true\nallow = ["x"]', "--allow x: this is no ss58 address")):
        text = run.configure() or run.config.read_text()
        run.config.write_text(text.replace(f"[{table}]\n", f"[{table}]\n{line}\n") if f"[{table}]" in text else f"{text}[{table}]\n{line}\n")
        assert run.once() == 2, table
        assert says in run.log()[-1]["message"], run.log()[-1]["message"]
    run.configure('networks = ["bitcoin", "tron"]', serve=['cases = "c.sqlite"', 'cases-users = "users"'])
    assert run.once() == 2 and "[serve]: --cases keeps those of one network" in run.log()[-1]["message"]
    run.configure('sot = "file:///no/such/folder"')
    assert run.once() in (4, 5)
    assert run.count("the SOT cannot be read") == 1


def test_a_manager_hears_that_it_is_ready_alive_and_stopping(run, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(60)
        run.environment = {**run.environment, "NOTIFY_SOCKET": str(tmp_path / "notify")}
        run.start()
        heard = [manager.recv(100) for _ in range(4)]
        assert sorted(set(heard)) == [b"READY=1", b"WATCHDOG=1"] and heard.count(b"READY=1") == 1
        run.process.send_signal(signal.SIGTERM)
        while manager.recv(100) != b"STOPPING=1":
            pass
    run.process.wait(60)
    # One that does not listen, and names that are none, hold up nothing.
    for name in (str(tmp_path / "notify"), "relative", "/" + "x" * 300):
        run.environment = {**run.environment, "NOTIFY_SOCKET": name}
        assert run.once() == 0


def test_a_day_that_cannot_be_read_costs_itself_alone(run, days):
    """The META.json of an old day on disk is longer than any is."""
    run.publish(days[0])
    old = run.folder / "input" / "2025-09-01"
    old.mkdir(parents=True)
    (old / "META.json").write_bytes(bytes(2 << 20))
    assert run.once() == 3
    assert run.batches() == ["2025-10-25"]
    assert run.count("what is stored of a day cannot be read") == 1
    assert run.count("published") == 1


def test_a_standard_error_that_is_full_stops_nothing(run, days):
    run.publish(days[0])
    with open("/dev/full", "wb") as full:
        done = subprocess.run(run.command("run", "--config", run.config, "--once"), env=run.environment, stderr=full, timeout=900)
    assert done.returncode == 0 and run.batches() == ["2025-10-25"]


def test_a_standard_error_that_nobody_reads_stops_nothing(run, days):
    run.publish(days[0])
    process = subprocess.Popen(run.command("--log-level", "debug", "run", "--config", run.config), env=run.environment,
                               stderr=subprocess.PIPE)
    try:
        fcntl.fcntl(process.stderr, fcntl.F_SETPIPE_SZ, 4096)
        deadline = time.monotonic() + 600
        for day in days:
            run.publish(day)
            while day.name not in run.batches():
                assert process.poll() is None and time.monotonic() < deadline
                time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.stderr.close()
        process.wait()
