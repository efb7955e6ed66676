"""The settings of `run`: one table of them and the commands' own options make the example file and docs/configuration.md."""

import pathlib
import re
import subprocess
import tomllib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Options that are no settings: the service says them itself, each day's, or they are no matter of a service.
OF_THE_SERVICE = {"--help", "--input-dir", "--output-dir", "--date", "--force"}
NO_SETTINGS = {
    "download": {"--network", "--processing-date", "--days", "--ground-truth", "--sot"},
    "process": {"--models-dir", "--retention-days", "--write-matrix", "--groups-dir"},
    # A look back at days gone by belongs to a person; samples are drawn anew each day.
    "check": {"--models-dir", "--input-root", "--output-root", "--ground-truth-dir", "--days", "--labels", "--truth-lag", "--hotkeys",
              "--secret", "--json"},
    # What features are made with is that of [process].
    "train": {"--ground-truth", "--holdout-input-dir", "--holdout-ground-truth", "--models-dir", "--version", "--features-dir", "--without",
              "--labels", "--history", "--max-rows"},
    "serve": {"--output-root", "--input-root", "--networks"},
    "mine": {"--api-token"},
}


def said(program, *words):
    return subprocess.run([program, *words], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("form, file", [("toml", "aml-miner.example.toml"), ("markdown", "docs/configuration.md")])
def test_documents_are_what_the_settings_make(aml_miner, form, file):
    assert (ROOT / file).read_text() == said(aml_miner, "run", "--settings", form), f"build/aml-miner run --settings {form} > {file}"


def settings():
    """By table, each key with its value, those that are commented out too."""
    text = (ROOT / "aml-miner.example.toml").read_text()
    return tomllib.loads(re.sub(r"^#(?! )", "", text, flags=re.MULTILINE))


def options(program, command):
    """By name: the value's name, "" of a flag, and what the help says."""
    text = said(program, command, "--help").split("\nOptions:\n")[1].split("\nExample")[0]
    found = {}
    for names, value, meaning in re.findall(r"^  (-\S+)(?: +\(Env:\S+\))?(?: ([^\s(]\S*(?: \.\.\.)?))?(?: +|\n +)(\S.*)$", text, re.MULTILINE):
        found[names.split(",")[-1]] = (value, meaning)
    return found


@pytest.mark.parametrize("command", NO_SETTINGS)
def test_each_option_is_a_setting_of_its_type_and_default(aml_miner, command):
    table, known = settings()[command], options(aml_miner, command)
    left_out = OF_THE_SERVICE | NO_SETTINGS[command]
    assert NO_SETTINGS[command] <= set(known), "each of them is an option"
    own = {key for key in table if f"--{key}" not in known}
    assert set(known) - left_out == {f"--{key}" for key in set(table) - own}
    for key in set(table) - own:
        value, meaning = known[f"--{key}"]
        assert isinstance(table[key], bool) == (value == ""), key
        assert isinstance(table[key], list) == ("repeat" in meaning), key
        if default := re.search(r"\(default: (\d+(?:\.\d+)?)[,;)]", meaning):
            assert float(table[key]) == float(default[1]), key
