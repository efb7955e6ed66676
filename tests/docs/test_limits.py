"""docs/limits.md against the program, its sources and its tests: scripts/limits --check."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs/limits.md").read_text()
# Of these, a value is only read once the work begins.
READ_LATER = {"--memory-limit", "--spill-limit"}


def numbers():
    """Each option of the tables that takes a number, with one of its commands."""
    for option, command in re.findall(r"\| `(--[a-z0-9-]+)` of `([a-z]+)`", DOCUMENT):
        if option not in READ_LATER:
            yield command, option


@pytest.fixture
def check(aml_miner, tmp_path):
    def run(text):
        (tmp_path / "limits.md").write_text(text)
        done = subprocess.run([ROOT / "scripts/limits", "--check", "--document", tmp_path / "limits.md"], capture_output=True,
                              text=True, env={**os.environ, "AML_MINER": str(aml_miner)})
        return done.returncode, done.stdout + done.stderr

    return run


def test_the_tables_are_true_and_whole(check):
    assert check(DOCUMENT) == (0, "")


@pytest.mark.parametrize("pattern, replacement, says", [
    (r"\| 512 MB \| `--cache-mb` of `serve`", "| 511 MB | `--cache-mb` of `serve`", "the default of serve --cache-mb is 512 MB"),
    (r"`--max-waiting` of `serve`", "`--most-waiting` of `serve`", "serve has no option --most-waiting"),
    (r"\n\|[^\n]*`--max-waiting` of[^\n]*", "", "serve --max-waiting is missing"),
    (r"`--max-rows` of `process`, ", "`--max-rows` of ", "process --max-rows is missing"),
    (r"`kMostMetaBytes` in", "`kMostNothing` in", "src/sot/snapshot.h has no kMostNothing"),
    (r"in `sot/retry.h`", "in `sot/again.h`", "src/sot/again.h has no"),
    (r"\| 100 \| `kMostFiles`", "| 101 | `kMostFiles`", "kMostFiles in src/sot/snapshot.h is 100"),
    (r"\| 60 s \| `kLongestAnswer`", "| 61 s | `kLongestAnswer`", "kLongestAnswer in src/sot/s3_client.h is 60000ms"),
    (r"`Macros.HaveALimit`", "`Macros.HaveNoLimit`", "there is no test Macros.HaveNoLimit in tests/features/sql_macros_test.cpp"),
    (r"`test_pages_are_bounded`", "`test_pages`", "there is no test test_pages in tests/sot/test_hostile_lists.py"),
    (r"`sot/xml_test.cpp` `[^`]*`", "well tested", "neither a test nor \"none\""),
    (r"\| fixed \|", "| set somewhere |", "nobody can tell what sets it"),
])
def test_what_is_not_true_any_more_is_found(check, pattern, replacement, says):
    text, count = re.subn(pattern, replacement, DOCUMENT, count=1)
    assert count == 1
    code, said = check(text)
    assert (code, says in said) == (1, True), said


def test_defaults_are_written_from_the_help_texts(aml_miner, tmp_path):
    (tmp_path / "limits.md").write_text(re.sub(r"\| [^|]* (\| `--[a-z0-9-]+` of)", r"| ? \1", DOCUMENT))
    assert (tmp_path / "limits.md").read_text() != DOCUMENT
    subprocess.run([ROOT / "scripts/limits", "--document", tmp_path / "limits.md"], check=True,
                   env={**os.environ, "AML_MINER": str(aml_miner)})
    assert (tmp_path / "limits.md").read_text() == DOCUMENT


@pytest.mark.parametrize("command", ("serve", "mine", "validate"))
def test_memory_in_which_no_server_answers_is_refused(aml_miner, tmp_path, command):
    done = subprocess.run([aml_miner, command, "--cache-mb", "15"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, "--cache-mb" in done.stderr) == (2, True), done.stderr


def test_bodies_are_kept_as_long_as_they_are_judged(aml_miner, tmp_path):
    words = ("--network", "bitcoin", "--data-dir", tmp_path / "data", "--netuid", "7", "--sot", f"file://{tmp_path}", "--keep-bodies")
    for days, is_refused in ((44, True), (45, False), (0, False)):
        done = subprocess.run([aml_miner, "validate", *words, str(days)], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert ("--keep-bodies" in done.stderr) == is_refused, done.stderr
    assert done.returncode != 0


@pytest.mark.parametrize("command, option", sorted(set(numbers())))
def test_values_out_of_range_are_refused(aml_miner, tmp_path, command, option):
    done = subprocess.run([aml_miner, command, option, "-1"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, option in done.stderr) == (2, True), done.stderr
