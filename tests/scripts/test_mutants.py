"""scripts/mutants: it finds the sources of today, and what is planted for the simulated subnet stands in them."""

import importlib.machinery
import importlib.util
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_every_planted_fault_stands_in_the_sources():
    lines = [line for line in (ROOT / "tests/simulated_subnet/planted.txt").read_text().splitlines() if line and not line.startswith("#")]
    done = subprocess.run([ROOT / "scripts/mutants", "--planted", "--list"], capture_output=True, text=True)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, len(lines)), done.stderr


def test_every_folder_that_it_names_has_mutants():
    done = subprocess.run([ROOT / "scripts/mutants", "--list", "--count", "100000"], capture_output=True, text=True)
    folders = {line.split("/")[1] for line in done.stdout.splitlines()}
    assert (done.returncode, folders) == (0, {"validation", "metrics", "forest", "validator", "sqlite"}), done.stderr


@pytest.mark.parametrize("second, verdict", [("builds and passes", "survives"), ("builds and fails", "second_test"), ("does not build", None)])
def test_a_mutant_that_breaks_a_later_programs_build_is_none(tmp_path, monkeypatch, second, verdict):
    """The program that lies there is an earlier one, and must not be asked."""
    loader = importlib.machinery.SourceFileLoader("mutants", str(ROOT / "scripts/mutants"))
    mutants = importlib.util.module_from_spec(importlib.util.spec_from_loader("mutants", loader))
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    loader.exec_module(mutants)
    mutants.TREE = tmp_path
    programs = {"first_test": tmp_path / "first_test", "second_test": tmp_path / "second_test"}
    for name, path in programs.items():
        path.write_text(f"#!/bin/sh\nexit {int(name == 'second_test' and second == 'builds and fails')}\n")
        path.chmod(0o755)
    monkeypatch.setattr(mutants, "programs_in", lambda tree: programs)
    monkeypatch.setattr(mutants, "quick_tests", dict.fromkeys(programs, "*"))
    monkeypatch.setattr(mutants, "build", lambda names: second != "does not build" or "second_test" not in names)
    mutant = next(mutants.mutants_of(ROOT / "src/metrics/ranking.cpp"))
    copy = tmp_path / mutant.file.relative_to(ROOT)
    copy.parent.mkdir(parents=True)
    copy.write_text(text := mutant.file.read_text())
    assert mutants.verdict_on(mutant, list(programs), []) == verdict
    assert copy.read_text() == text
