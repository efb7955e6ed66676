"""Documents beside the program: commands have the options that they are shown with, lists are whole and say nothing twice."""

import functools
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What was in a version is told as it was there.
HISTORY = {"CHANGELOG.md"}
DOCUMENTS = sorted(str(path.relative_to(ROOT)) for folder in (".", "docs", "python", "examples/own-feature") for path in (ROOT / folder).glob("*.md"))
COMMAND = re.compile(r"aml-miner ([a-z]+)((?: [a-z]+)?)(?=[ `\n])([^`|;&#\n]*)")


@functools.cache
def help_of(program, *words):
    done = subprocess.run([program, *words, "--help"], capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else ""


def options_of(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", text))


def wrong_options(program, text):
    """The options that a command of the text is shown with and has not."""
    common = options_of(help_of(program))
    found = []
    for command, word, rest in COMMAND.findall(text.replace("\\\n", " ")):
        known = help_of(program, command)
        if known:
            known += help_of(program, command, *word.split())
            found += [f"{command}{word} {option}" for option in sorted(options_of(word + rest) - options_of(known) - common)]
    return found


@pytest.mark.parametrize("document", sorted(set(DOCUMENTS) - HISTORY))
def test_commands_have_the_options_that_they_are_shown_with(aml_miner, document):
    assert wrong_options(aml_miner, (ROOT / document).read_text()) == []


def test_an_option_that_is_none_is_found(aml_miner):
    assert wrong_options(aml_miner, "`aml-miner serve --output-dir ./output`\n\n    aml-miner cases export --cases c \\\n      --nope x; --other\n") == [
        "serve --output-dir", "cases export --nope"]


def test_the_changelog_says_nothing_twice_and_has_no_holes():
    text = (ROOT / "CHANGELOG.md").read_text()
    entries = re.findall(r"^- (.*(?:\n  .*)*)", text, flags=re.MULTILINE)
    assert len(entries) > 200
    assert [entry for entry in set(entries) if entries.count(entry) > 1] == []
    assert re.findall(r"\n\n(?:- |  )", re.sub(r"\n### .*\n\n", "\n", text)) == [], "an empty line parts a list"
    assert re.findall(r"[a-z]; [A-Z][a-z]+ ", text) == [], "a capital in mid-sentence"


def test_the_readme_has_all_exit_codes():
    codes = re.findall(r"^\| (\d+) \|", (ROOT / "docs/exit-codes.md").read_text(), flags=re.MULTILINE)
    sentence = re.search(r"Exit codes: (.*?)\(\[docs/exit-codes", (ROOT / "README.md").read_text(), flags=re.DOTALL)[1]
    assert len(codes) > 10 and re.findall(r"\b\d+\b", sentence) == codes


def test_nothing_is_said_to_be_published_that_has_readers_of_its_own():
    """The ensemble is shown to those whom --ensemble-tokens names, by default to nobody."""
    for document in DOCUMENTS + ["src/commands/commands.cpp", "src/commands/validate.cpp"]:
        assert not re.search(r"publish(es|ed)? the ensemble", (ROOT / document).read_text()), document
