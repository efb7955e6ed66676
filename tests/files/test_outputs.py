"""Whatever a command writes may be asked for under the name of a link, a pipe, a device or a private file."""

import json
import os
import pathlib
import re
import stat
import subprocess
import threading
import time

import duckdb
import pyarrow
import pyarrow.parquet
import pytest

MODELS = pathlib.Path(__file__).resolve().parents[2] / "trained_models"
MODEL = sorted(MODELS.glob("alert_scorer_v*.txt"))[-1]


def predict(aml_miner, folder, target):
    names = re.search(r"feature_names=(.*)", MODEL.read_text())[1].split()
    pyarrow.parquet.write_table(pyarrow.table({name: [0.5, 1.5] for name in names}), folder / "input.parquet")
    return [aml_miner, "predict", "--model", MODEL, "--input", folder / "input.parquet", "--output", target]


def simulate(aml_miner, folder, target):
    return [aml_miner, "simulate", "--scale", "0.002", "--processing-date", "2025-10-26", "--output-dir", folder / "snapshot",
            "--ground-truth-dir", target.parent]


def write_matrix(aml_miner, folder, target):
    if not (folder / "snapshot").exists():
        subprocess.run(simulate(aml_miner, folder, folder / "truth" / "x"), check=True, capture_output=True)
    return [aml_miner, "process", "--input-dir", folder / "snapshot", "--models-dir", MODELS, "--output-dir", folder / "output",
            "--write-matrix", target.parent]


def flows(aml_miner, folder, target):
    if not (folder / "snapshot").exists():
        subprocess.run(simulate(aml_miner, folder, folder / "truth" / "x"), check=True, capture_output=True)
    return [aml_miner, "flows", "--input-dir", folder / "snapshot", "--output", folder / "flows.parquet", "--patterns", target]


# the command, and how its file is called
WRITERS = {
    "predict": (predict, "scores.parquet"),
    "simulate": (simulate, "ground_truth_2025-10-26.parquet"),
    "process --write-matrix": (write_matrix, "alert_matrix.parquet"),
    "flows": (flows, "patterns.parquet"),
}


@pytest.fixture(params=WRITERS)
def writer(request, aml_miner, tmp_path):
    """The place of a file that a command writes, and a function that lets it."""
    make, name = WRITERS[request.param]
    target = tmp_path / "out" / name
    target.parent.mkdir()

    def write(exit_code=0):
        done = subprocess.run(list(map(str, make(aml_miner, tmp_path, target))), capture_output=True, text=True, timeout=120)
        assert done.returncode == exit_code, done.stderr
        return done.stderr

    return target, write


def is_parquet(data):
    return data[:4] == data[-4:] == b"PAR1"


def test_a_link_stays_one_and_its_target_gets_the_result(writer, tmp_path):
    target, write = writer
    for name in ("there", "not-yet"):
        (tmp_path / "there").write_text("old")
        target.unlink(missing_ok=True)
        target.symlink_to(f"../{name}")
        write()
        assert os.readlink(target) == f"../{name}"
        assert is_parquet((tmp_path / name).read_bytes())


def test_a_link_to_nowhere_is_refused_and_named(writer):
    target, write = writer
    target.symlink_to("nowhere/file")
    assert target.name in write(exit_code=4)
    assert target.is_symlink()


def test_a_pipe_gets_the_result_and_stays_one(writer):
    target, write = writer
    os.mkfifo(target)
    seen = []
    reader = threading.Thread(target=lambda: seen.append(target.read_bytes()), daemon=True)
    reader.start()
    write()
    reader.join(60)
    assert stat.S_ISFIFO(target.lstat().st_mode)
    assert is_parquet(seen[0])


def test_a_pipe_that_nobody_reads_is_refused(writer):
    target, write = writer
    os.mkfifo(target)
    assert "nobody reads" in write(exit_code=2)
    assert stat.S_ISFIFO(target.lstat().st_mode)


@pytest.fixture
def device():
    """Makes devices of our own, so that nothing on this machine is in danger: 3 is null, 7 is full."""

    def make(path, minor):
        try:
            os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, minor))
            open(path, "wb").close()
        except OSError:
            pytest.skip("no devices can be made here")

    return make


def test_a_device_stays_one(writer, device):
    target, write = writer
    device(target, 3)
    write()
    assert stat.S_ISCHR(target.lstat().st_mode)
    target.unlink()
    device(target, 7)
    assert "No space left" in write(exit_code=7)
    assert stat.S_ISCHR(target.lstat().st_mode)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
def test_a_file_that_is_replaced_keeps_its_mode(mode, writer):
    target, write = writer
    target.write_text("old")
    target.chmod(mode)
    write()
    assert is_parquet(target.read_bytes())
    assert target.stat().st_mode & 0o777 == mode


def test_a_new_file_follows_the_umask(writer):
    target, write = writer
    before = os.umask(0o027)
    try:
        write()
    finally:
        os.umask(before)
    assert target.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in target.parent.iterdir() if path.name.startswith(".")] == []


def test_a_folder_in_the_way_is_refused(writer):
    target, write = writer
    (target / "mine").mkdir(parents=True)
    assert "is a folder" in write(exit_code=2)
    assert (target / "mine").is_dir()


def test_a_file_that_is_mounted_is_written_in_place(aml_miner, tmp_path):
    (tmp_path / "host").write_text("old" * 10_000)
    (tmp_path / "scores.parquet").touch()
    command = predict(aml_miner, tmp_path, tmp_path / "scores.parquet")
    script = 'mount --bind "$1" "$2" || exit 99; shift 2; "$@"; exit $((10 + $?))'
    done = subprocess.run(["unshare", "--mount", "--map-root-user", "bash", "-c", script, "bash", tmp_path / "host",
                           tmp_path / "scores.parquet", *command], capture_output=True, text=True, timeout=120)
    if done.returncode in (1, 99):
        pytest.skip("this machine lets nobody mount")
    assert done.returncode == 10, done.stderr
    assert is_parquet((tmp_path / "host").read_bytes())


def test_an_open_descriptor_gets_the_result(aml_miner, tmp_path):
    """As --output /dev/stdout does, which is a link to such a name."""
    command = predict(aml_miner, tmp_path, "/proc/self/fd/1")
    done = subprocess.run(list(map(str, command)), capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert is_parquet(done.stdout)
    with open(tmp_path / "log", "wb") as log:
        log.write(b"before")
        log.flush()
        assert subprocess.run(list(map(str, command)), stdout=log, stderr=subprocess.DEVNULL, timeout=120).returncode == 0
    assert (tmp_path / "log").read_bytes().startswith(b"beforePAR1")


@pytest.mark.parametrize("name", ["link", "pipe"])
def test_a_port_file_may_be_a_link_to_a_private_file_or_a_pipe(name, aml_miner, tmp_path):
    (tmp_path / "private").write_text("old")
    (tmp_path / "private").chmod(0o600)
    (tmp_path / "link").symlink_to("private")
    os.mkfifo(tmp_path / "pipe")
    seen = []
    reader = threading.Thread(target=lambda: seen.append((tmp_path / "pipe").read_text()), daemon=True)
    if name == "pipe":
        reader.start()
    server = subprocess.Popen([aml_miner, "--log-format", "json", "serve", "--output-root", tmp_path / "output", "--port", "0",
                               "--port-file", tmp_path / name], stderr=subprocess.PIPE, text=True)
    try:
        url = next(json.loads(line)["url"] for line in server.stderr if '"listening"' in line)
        deadline = time.monotonic() + 60
        while not (seen if name == "pipe" else (tmp_path / "private").read_text() != "old"):
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        server.terminate()
        server.stderr.close()
        assert server.wait() == 0
    text = seen[0] if name == "pipe" else (tmp_path / "private").read_text()
    assert url.endswith(f":{int(text)}")
    assert (tmp_path / "link").is_symlink() and stat.S_ISFIFO((tmp_path / "pipe").lstat().st_mode)
    assert (tmp_path / "private").stat().st_mode & 0o777 == 0o600


def answers(aml_miner, folder):
    """The commands whose result is what they print."""
    pyarrow.parquet.write_table(pyarrow.table({"alert_id": ["a", "b"], "score": [0.1, 0.9]}), folder / "scores.parquet")
    pyarrow.parquet.write_table(pyarrow.table({"alert_id": ["a", "b"], "is_sar_filed": [False, True]}), folder / "truth.parquet")
    key = folder / "wallets" / "w" / "hotkeys" / "h"
    wallet = ["--wallet-path", folder / "wallets", "--wallet", "w", "--hotkey", "h"]
    subprocess.run(list(map(str, [aml_miner, "wallet", "create", *wallet])), check=True, capture_output=True)
    assert key.stat().st_mode & 0o777 == 0o600
    yield ["evaluate", "--scores", folder / "scores.parquet", "--ground-truth", folder / "truth.parquet", "--resamples", 0]
    yield ["evaluate", "--scores", folder / "scores.parquet", "--ground-truth", folder / "truth.parquet", "--json"]
    yield ["inspect", "--model", MODEL]
    yield ["inspect", "--model", MODEL, "--json"]
    yield ["wallet", "show", *wallet]


def test_what_is_printed_and_does_not_arrive_is_an_error(aml_miner, tmp_path):
    for command in answers(aml_miner, tmp_path):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([str(aml_miner), *map(str, command)], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
        assert done.returncode == 7 and "standard output" in done.stderr, (command, done.stderr)
        read_end, write_end = os.pipe()
        os.close(read_end)
        done = subprocess.run([str(aml_miner), *map(str, command)], stdout=write_end, stderr=subprocess.PIPE, text=True, timeout=60)
        os.close(write_end)
        assert done.returncode == 5 and "standard output" in done.stderr, (command, done.stderr)


def test_a_file_larger_than_this_process_may_write_is_said(aml_miner, tmp_path):
    target = tmp_path / "scores.parquet"
    target.write_text("old")
    command = " ".join(map(str, predict(aml_miner, tmp_path, target)))
    done = subprocess.run(["bash", "-c", f"ulimit -f 0; {command}"], capture_output=True, text=True, timeout=60)
    assert done.returncode not in (0, 1) and done.returncode > 0, done
    assert target.read_text() == "old"


def test_scores_that_were_written_can_be_read(aml_miner, tmp_path):
    target = tmp_path / "a [1] folder*" / "scores.parquet"
    target.parent.mkdir()
    subprocess.run(list(map(str, predict(aml_miner, tmp_path, target))), check=True, capture_output=True, timeout=60)
    (tmp_path / "copy.parquet").write_bytes(target.read_bytes())
    assert duckdb.sql(f"SELECT count(*) FROM '{tmp_path}/copy.parquet'").fetchone() == (2,)
