"""Names that no file system takes and folders that one may not enter, for every option that names a file or a folder: one
sentence, and never a defect of the program."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest

MODELS = pathlib.Path(__file__).resolve().parents[2] / "trained_models"
DATE = "2025-10-26"
SERVERS = ("serve", "mine", "validate")
HOTKEY = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"


@pytest.fixture(scope="module")
def folder():
    """A place that every user may enter and write."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="aml-names-"))
    path.chmod(0o777)
    (path / "locked").mkdir()
    yield path
    (path / "locked").chmod(0o700)
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def arguments(aml_miner, folder):
    """What each command needs to get as far as its files."""

    def run(*words):
        subprocess.run([str(aml_miner), *map(str, words)], check=True, capture_output=True, timeout=120)

    snapshot, truth, scores = folder / DATE, folder / "truth", folder / "output" / DATE / "alerts_scored.parquet"
    wallet = ["--wallet-path", folder / "wallets", "--wallet", "w"]
    key = [*wallet, "--hotkey", "h"]
    run("simulate", "--scale", "0.002", "--processing-date", DATE, "--output-dir", snapshot, "--ground-truth-dir", truth)
    run("publish", "--input-dir", snapshot, "--sot", f"file://{folder}/sot")
    run("process", "--input-dir", snapshot, "--models-dir", MODELS, "--output-dir", scores.parent, "--write-matrix", folder / "matrix")
    run("wallet", "create", *key)
    (folder / "wallets" / "w" / "hotkeys" / "h").chmod(0o644)
    (folder / "message").write_text("text")
    model = sorted(MODELS.glob("alert_scorer_v*.txt"))[-1]
    sot = ["--network", "bitcoin", "--sot", f"file://{folder}/sot"]
    chain = ["--netuid", "1", "--chain", f"fixture:{folder}/chain.json"]
    return {
        "download": [*sot, "--processing-date", DATE, "--output-dir", folder / "in"],
        "process": ["--input-dir", snapshot, "--models-dir", MODELS, "--output-dir", folder / "out"],
        "train": ["--input-dir", snapshot, "--ground-truth", truth, "--models-dir", folder / "models"],
        "promote": ["--models-dir", MODELS, "--challenger", "99.0.0", "--input-dir", snapshot, "--ground-truth", truth],
        "serve": ["--output-root", folder / "output", "--port", "0"],
        "mcp": ["--output-root", folder / "output"],
        "mine": [*key, *chain, "--api", "http://127.0.0.1:9", "--no-announce", "--port", "0"],
        "ask": [*wallet, "--my-hotkey", "h", "--miner", "127.0.0.1:9", "--hotkey", HOTKEY],
        "evaluate": ["--scores", scores, "--ground-truth", truth / f"ground_truth_{DATE}.parquet"],
        "predict": ["--model", model, "--input", folder / "matrix" / "alert_matrix.parquet", "--output", folder / "scores"],
        "explain": ["--input-dir", snapshot, "--alert-id", "x", "--models-dir", MODELS],
        "features": [],
        "sql": ["--input-dir", snapshot],
        "card": ["--model", model],
        "check": ["--input-dir", snapshot, "--output-dir", scores.parent, "--models-dir", MODELS],
        "inspect": ["--model", model],
        "run": ["--config", folder / "aml-miner.toml", "--once"],
        "doctor": ["--config", folder / "aml-miner.toml"],
        "flows": ["--input-dir", snapshot, "--output", folder / "flows.parquet"],
        "validate": [*key, *sot, *chain, "--data-dir", folder / "validator", "--models-dir", MODELS, "--once", "--no-weights"],
        "simulate": ["--scale", "0.002", "--processing-date", DATE, "--output-dir", folder / "simulated"],
        "publish": ["--input-dir", snapshot, "--sot", f"file://{folder}/sot"],
        "wallet show": key,
        "wallet sign": [*key, "--file", folder / "message"],
        "wallet create": [*wallet, "--hotkey", "new"],
        "cases export": ["--cases", folder / "cases", "--output", folder / "trail"],
        "keep": ["--input-dir", snapshot, "--output-dir", scores.parent],
        "labels export": ["--cases", folder / "cases", "--output-dir", folder / "labels"],
        "cases verify": ["--cases", folder / "cases"],
    }


def path_options(aml_miner, command):
    """The options of a command that take a path, by its own help; options that take an address of a store, too."""
    text = ""
    for words in {tuple(command.split()[:1]), tuple(command.split())}:
        text += subprocess.run([str(aml_miner), *words, "--help"], capture_output=True, text=True, timeout=60).stdout
    return sorted(set(re.findall(r"^ +(--[a-z-]+) (?:FILE|DIR)\b", text, re.MULTILINE)) | set(re.findall(r"--sot\b", text)))


def with_option(arguments, option, path):
    """The arguments with one option set, whether it was there or not."""
    words = list(map(str, arguments))
    value = f"file://{path}" if option == "--sot" else path
    if option in words:
        words[words.index(option) + 1] = value
        return words
    return [*words, option, value]


def check(aml_miner, command, words, *before):
    program = subprocess.Popen([*before, str(aml_miner), "--log-format", "json", *command.split(), *words], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
    goes_on = False
    try:
        said, _ = program.communicate(timeout=3 if command in SERVERS else 120)
    except subprocess.TimeoutExpired:
        # A server may find out later, and says so then.
        goes_on = command in SERVERS
        program.terminate()
        said, _ = program.communicate()
    assert "unexpected" not in said and "report this" not in said, (command, words, said[-500:])
    assert goes_on or program.returncode in (2, 3, 4, 5, 6, 7), (command, words, program.returncode, said[-500:])


COMMANDS = ["download", "process", "train", "serve", "mcp", "mine", "ask", "evaluate", "predict", "explain", "features", "sql", "inspect", "card", "check",
            "validate", "simulate", "publish", "flows", "keep", "run", "doctor", "promote", "wallet show", "wallet sign",
            "wallet create", "cases export", "cases verify", "labels export"]


def test_every_command_is_tried(aml_miner):
    text = subprocess.run([str(aml_miner), "--help"], capture_output=True, text=True, timeout=60).stdout
    commands = set(re.findall(r"^  ([a-z]+) ", text.split("Subcommands:")[1], re.MULTILINE))
    assert commands == {command.split()[0] for command in COMMANDS}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_name_of_three_hundred_letters_is_refused(command, aml_miner, arguments, folder):
    options = path_options(aml_miner, command)
    assert options
    for option in options:
        check(aml_miner, command, with_option(arguments[command], option, f"{folder}/{'x' * 300}"))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_that_one_may_not_enter_is_refused(command, aml_miner, arguments, folder):
    (folder / "locked").chmod(0)
    # Root may enter everything but for these two capabilities.
    as_others = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.getuid() == 0 else []
    for option in path_options(aml_miner, command):
        check(aml_miner, command, with_option(arguments[command], option, f"{folder}/locked/x"), *as_others)
