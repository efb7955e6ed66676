"""scripts/mutants: it finds the sources of today, and what is planted for the simulated subnet stands in them."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_every_planted_fault_stands_in_the_sources():
    lines = [line for line in (ROOT / "tests/simulated_subnet/planted.txt").read_text().splitlines() if line and not line.startswith("#")]
    done = subprocess.run([ROOT / "scripts/mutants", "--planted", "--list"], capture_output=True, text=True)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, len(lines)), done.stderr


def test_every_folder_that_it_names_has_mutants():
    done = subprocess.run([ROOT / "scripts/mutants", "--list", "--count", "100000"], capture_output=True, text=True)
    folders = {line.split("/")[1] for line in done.stdout.splitlines()}
    assert (done.returncode, folders) == (0, {"validation", "metrics", "forest", "validator", "sqlite"}), done.stderr
