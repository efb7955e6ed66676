"""Files of options that are none: a pipe that nobody writes, a device, a folder. The command says so, and waits for nobody."""

import os
import pathlib
import subprocess
import threading
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "trained_models" / "alert_scorer_v1.0.0.txt"

COMMANDS = {
    "settings": ["doctor", "--config", "FILE"],
    "settings of run": ["run", "--once", "--config", "FILE"],
    "tokens": ["serve", "--output-root", "out", "--port", "0", "--token-file", "FILE"],
    "certificate": ["serve", "--output-root", "out", "--port", "0", "--tls-cert", "FILE", "--tls-key", "FILE"],
    "cases": ["serve", "--output-root", "out", "--port", "0", "--cases", "FILE", "--cases-users", "users"],
    "users": ["serve", "--output-root", "out", "--port", "0", "--cases", "cases.sqlite", "--cases-users", "FILE"],
    "embargo": ["serve", "--output-root", "out", "--port", "0", "--embargo", "FILE"],
    "model": ["inspect", "--model", "FILE"],
    "card": ["card", "--model", "FILE"],
    "matrix": ["predict", "--model", "MODEL", "--input", "FILE", "--output", "scores.parquet"],
    "scores.csv": ["evaluate", "--scores", "FILE", "--ground-truth", "FILE"],
    "scores.jsonl": ["evaluate", "--scores", "FILE", "--ground-truth", "FILE"],
    "scores.parquet": ["evaluate", "--scores", "FILE", "--ground-truth", "FILE"],
    "labels.csv": ["process", "--input-dir", "in", "--output-dir", "known/2025-10-26", "--labels", "FILE"],
    "labels.yaml": ["process", "--input-dir", "in", "--output-dir", "known/2025-10-26", "--labels", "FILE"],
    "labels.xml": ["process", "--input-dir", "in", "--output-dir", "known/2025-10-26", "--labels", "FILE"],
    "labels.txt": ["process", "--input-dir", "in", "--output-dir", "known/2025-10-26", "--labels", "FILE"],
    "labels.parquet": ["process", "--input-dir", "in", "--output-dir", "known/2025-10-26", "--labels", "FILE"],
    "economy": ["simulate", "--network", "bitcoin", "--processing-date", "2025-10-26", "--scale", "0.002", "--economy", "FILE", "--output-dir", "sim"],
    "secret": ["check", "--input-dir", "in", "--output-dir", "out/2025-10-26", "--secret", "FILE"],
    "key": ["wallet", "--hotkey-file", "FILE", "show"],
    "signed": ["wallet", "--hotkey-file", "hotkey", "sign", "--file", "FILE"],
    "chain": ["mine", "--hotkey-file", "hotkey", "--no-announce", "--port", "0", "--chain", "fixture:FILE"],
}


def end_of(program, folder, words, name, timeout=60):
    words = [word.replace("FILE", str(name)).replace("MODEL", str(MODEL)) for word in words]
    return subprocess.run([program, *words], cwd=folder, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def folder(aml_miner, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pipes")
    (folder / "out").mkdir()
    subprocess.run([aml_miner, "wallet", "create", "--hotkey-file", "hotkey", "--dev", "//Alice"], cwd=folder, check=True, capture_output=True)
    (folder / "users").write_text("anna " + "a" * 40 + "\n")
    subprocess.run([aml_miner, "simulate", "--network", "bitcoin", "--processing-date", "2025-10-26", "--scale", "0.002", "--output-dir", "in"],
                   cwd=folder, check=True, capture_output=True)
    subprocess.run([aml_miner, "process", "--input-dir", "in", "--output-dir", "out/2025-10-26"], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
@pytest.mark.parametrize("what", COMMANDS)
def test_what_is_no_file_ends_the_command(aml_miner, folder, tmp_path, what, kind):
    name = tmp_path / what.replace(" ", "-")
    if kind == "pipe":
        os.mkfifo(name)
    elif kind == "folder":
        name.mkdir()
    else:
        name.symlink_to("/dev/zero")
    done = end_of(aml_miner, folder, COMMANDS[what], name)
    assert done.returncode in (2, 3, 4), (done.returncode, done.stderr[-2000:])
    said = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else done.stdout
    assert name.name in said and "please report" not in said, done.stderr


def written(pipe, data, pause=0.0):
    """Writes the pipe as a shell's <(…) does, from a thread of its own."""
    def write():
        with open(pipe, "wb") as end:
            time.sleep(pause)
            end.write(data)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    return thread


def test_what_another_program_writes_is_read(aml_miner, folder, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    writer = written(tmp_path / "pipe", b"what is signed", pause=4)  # longer than one waits for a writer
    from_pipe = end_of(aml_miner, folder, COMMANDS["signed"], tmp_path / "pipe")
    writer.join()
    (tmp_path / "file").write_bytes(b"what is signed")
    assert from_pipe.returncode == 0 and len(from_pipe.stdout) == len(end_of(aml_miner, folder, COMMANDS["signed"], tmp_path / "file").stdout)


@pytest.mark.slow
def test_a_writer_that_says_nothing_is_given_up(aml_miner, folder, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    writer = written(tmp_path / "pipe", b"late", pause=70)
    done = end_of(aml_miner, folder, COMMANDS["settings"], tmp_path / "pipe", timeout=69)
    assert done.returncode == 2 and "says nothing" in done.stderr
    writer.join()
