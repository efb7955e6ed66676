"""The README's commands, run as they stand there, in the order in which they stand there."""

import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
# scripts/test has just built the program; scripts/demo runs in its own test on a bare machine.
DONE_ALREADY = {"scripts/build"}


def shell_blocks():
    return re.findall(r"^```sh\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)


def indented(beginning):
    """The indented command that begins so."""
    found = re.search(rf"^    ({re.escape(beginning)}.*)$", README, flags=re.MULTILINE)
    assert found, f"README.md has no command {beginning}"
    return found.group(1)


def run(command, folder):
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=folder, capture_output=True,
                          text=True, timeout=300)
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def clone(aml_miner, tmp_path_factory):
    """A folder with what the commands need of a clone."""
    folder = tmp_path_factory.mktemp("clone")
    (folder / "build").mkdir()
    (folder / "build" / "aml-miner").symlink_to(aml_miner)
    (folder / "trained_models").symlink_to(ROOT / "trained_models")
    (folder / "src").mkdir()
    shutil.copytree(ROOT / "src" / "features", folder / "src" / "features")
    return folder


@pytest.fixture(scope="module")
def followed(clone):
    """The folder after all fenced commands were run."""
    commands = [line for block in shell_blocks() for line in block.splitlines() if line.strip()]
    assert len(commands) >= 7
    for command in commands:
        if command not in DONE_ALREADY:
            run(command, clone)
    return clone


def test_the_commands_lead_to_scores_and_models(followed):
    for batch in ["output/2025-10-26", "mine/2025-10-26"]:
        assert (followed / batch / "metadata.json").is_file()
    assert len(list((followed / "my_models").glob("*_v*.txt"))) == 3


def test_what_is_served_answers_the_readmes_question(followed):
    port_file = followed / "port"
    serve = indented("build/aml-miner serve").replace("--port 8000", f"--port 0 --port-file {port_file}")
    server = subprocess.Popen(serve.split(), cwd=followed, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while not port_file.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        question = indented("curl").replace(":8000", ":" + port_file.read_text().strip())
        answer = run(question, followed)
        assert '"rank":1' in answer.replace(" ", "")
    finally:
        server.terminate()
        assert server.wait(timeout=30) == 0


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_the_links_lead_somewhere(link):
    assert (ROOT / link).exists()


def test_every_command_stands_in_the_table(aml_miner):
    listed = subprocess.run([aml_miner, "--help"], capture_output=True, text=True, check=True).stdout
    commands = re.findall(r"^  ([a-z]+) ", listed.split("Subcommands:")[1], flags=re.MULTILINE)
    assert commands
    for command in commands:
        assert f"| `{command}` |" in README
        help_text = subprocess.run([aml_miner, command, "--help"], capture_output=True, text=True,
                                   check=True, env={**os.environ}).stdout
        assert f"aml-miner {command}" in help_text
        assert "(Env:" not in help_text, "a variable stands twice"
        below = re.search(r"where \{date\} stands in a path(.*?);", " ".join(help_text.split()))
        for folder in ("--input-dir", "--output-dir"):
            assert below is None or (folder in below[1]) == (f" {folder} " in help_text)
        assert "[AML_" in help_text or "OPTIONS] SUBCOMMAND" in help_text
