"""Words that nothing reads, on the command line and in .env."""

import json
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"


@pytest.fixture
def say(aml_miner, tmp_path):
    """Runs the program in a folder whose .env has that text; its exit code and standard error."""

    def run(*arguments, env=b""):
        (tmp_path / ".env").write_bytes(env)
        done = subprocess.run([aml_miner, *map(str, arguments)], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stderr

    return run


@pytest.mark.parametrize("words, sentence", [
    (["proces", "--input-dir", "x"], "aml-miner has no command proces; did you mean process?"),
    (["xylophone"], "aml-miner has no command xylophone"),
    (["process", "--input-dri", "x"], "aml-miner process has no option --input-dri; did you mean --input-dir?"),
    (["process", "--input-dri=secret"], "aml-miner process has no option --input-dri; did you mean --input-dir?"),
    (["download", "--date", "2025-10-26"], "aml-miner download has no option --date; did you mean --processing-date?"),
    (["process", "--log-levl", "info"], "aml-miner process has no option --log-levl; did you mean --log-level?"),
    (["--log-levl", "info", "process"], "aml-miner process has no option --log-levl; did you mean --log-level?"),
    (["--input-dir", "x", "process"], "--input-dir belongs behind the command: aml-miner process --input-dir"),
    (["wallet", "shwo"], "aml-miner wallet has no command shwo; did you mean show?"),
    (["wallet", "show", "--hotky", "x"], "aml-miner wallet show has no option --hotky; did you mean --hotkey?"),
    (["inspect", "model.txt"], "aml-miner inspect takes options only, and no word model.txt"),
])
def test_what_is_unknown_is_named_with_the_nearest(say, words, sentence):
    code, errors = say(*words)
    assert (code, errors.splitlines()[0]) == (2, sentence)
    assert "secret" not in errors


@pytest.mark.parametrize("words", [
    ["mine", "--min-stake", "nan"], ["mine", "--min-stake", "inf"], ["mine", "--rate-limit", "1e400"], ["serve", "--max-age", "nan"],
    ["simulate", "--scale", "nan"], ["download", "--stall-timeout", "inf"], ["serve", "--cases-blind", "NaN"],
])
def test_what_is_no_finite_number_is_refused(say, words):
    code, errors = say(*words)
    assert code == 2 and errors.startswith(f"{words[1]}: ") and len(errors.splitlines()[0]) < 120


ADDRESSES = [
    ["mine", "--api", "ftp://x"], ["mine", "--api", "127.0.0.1:8000"], ["mine", "--api", "http://x:99999"], ["mine", "--api", "http://x/?a=b"],
    ["mine", "--allow", ALICE, "--chain", "rpc:ftp://x"], ["mine", "--allow", ALICE, "--chain", "rpc:http://x,y"],
    ["mine", "--allow", ALICE, "--chain", "rpc:"], ["mine", "--allow", ALICE, "--chain-network", "http://x"],
    ["mine", "--allow", ALICE, "--chain-network", "finney,"], ["mine", "--allow", ALICE, "--chain-network", "ws://"],
    ["validate", "--webhook-url", "ftp://x"], ["validate", "--webhook-url", "http://"], ["validate", "--sot", "ftp://x"],
    ["validate", "--sot", "s3:///x", "--chain", "fixture:nowhere"], ["doctor", "--releases-url", "ftp://x"],
    ["download", "--sot", "http://x", "--network", "bitcoin", "--output-dir", "out", "--processing-date", "2025-10-26", "--days", "7"],
]


@pytest.mark.parametrize("words", ADDRESSES, ids=" ".join)
def test_what_is_no_address_is_refused_at_the_start(say, words):
    extra = {"mine": ["--hotkey", "none", "--external-ip", "8.8.8.8"],
             "validate": ["--network", "bitcoin", "--hotkey", "none", "--data-dir", "state"]}
    code, errors = say(*words, *extra.get(words[0], []))
    option = [word for word in words if word.startswith("--")][1 if words[1] == "--allow" else 0]
    assert code == 2 and option in errors and len(errors.splitlines()[0]) < 300, errors


def test_what_is_missing_is_named_as_before(say):
    code, errors = say("process")
    assert code == 2 and "--input-dir is required" in errors
    assert say()[0] == 2


def simulated(say, env):
    """A command that works without anything else; the lines of its log."""
    code, errors = say("simulate", "--network", "bitcoin", "--processing-date", "2025-10-26", "--days", 7, "--scale", 0.001,
                       "--output-dir", "day", env=env)
    assert code == 0, errors
    return [json.loads(line) for line in errors.splitlines()]


def test_settings_that_nothing_reads_are_named_with_the_nearest(say):
    log = simulated(say, b"AML_THREDS=1\n\nS3_ACESS_KEY=secret\nAML_SOMETHING_ELSE=1\nPATH_OF_OTHERS=1\nAML_LOG_FORMAT=json\n")
    warnings = [line["message"] for line in log if line["level"] == "warning"]
    assert warnings == [".env:1: nothing reads AML_THREDS; did you mean AML_THREADS?",
                        ".env:3: nothing reads S3_ACESS_KEY; did you mean S3_ACCESS_KEY?",
                        ".env:4: nothing reads AML_SOMETHING_ELSE"]
    assert "secret" not in json.dumps(log)


def test_no_setting_that_the_sources_read_is_warned_of(say):
    sources = [file.read_text() for file in (ROOT / "src").rglob("*.cpp")]
    beginnings = {"AML_MINER", "AML_VALIDATOR"}  # of the names of options that two commands share
    names = sorted({name for text in sources for name in re.findall(r'"((?:AML|S3)_[A-Z0-9_]+)"', text)} - beginnings)
    assert len(names) > 40
    log = simulated(say, "".join(f"{name}=\n" for name in names).encode())
    assert [line["message"] for line in log if line["level"] == "warning"] == []


def test_the_example_is_read_without_a_warning(say):
    example = (ROOT / ".env.example").read_text()
    log = simulated(say, re.sub(r"(?m)^#(?=[A-Z])", "", example).encode())
    assert [line["message"] for line in log if line["level"] == "warning"] == []


def test_a_malformed_line_is_refused(say):
    code, errors = say("simulate", env=b"A=1\nno setting\n")
    assert code == 2 and ".env:2: expected NAME=value" in errors
