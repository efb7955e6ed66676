"""`cmake --install`: what is installed lies anywhere, is anybody's to run, and says what the program says."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess

import pytest

from serving import Server

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.getuid() == 0 else []


def run(*words, **options):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, **options)


@pytest.fixture(scope="module")
def installed(aml_miner, tmp_path_factory):
    """Installed at one place, and moved to another that everybody may enter."""
    folder = tmp_path_factory.mktemp("install")
    done = run("cmake", "--install", aml_miner.parent, "--prefix", folder / "first", "--strip")
    assert done.returncode == 0, done.stderr
    moved = pathlib.Path("/var/tmp") / f"aml-{folder.name}-{os.getpid()}"
    shutil.move(folder / "first", moved)
    moved.chmod(0o755)
    yield moved
    shutil.rmtree(moved)


def test_nobody_scores_a_day_with_what_is_installed(installed, tmp_path):
    program = installed / "bin" / "aml-miner"
    libraries = run("ldd", program.resolve()).stdout
    for name in ("libduckdb", "lib_lightgbm"):
        assert f"{installed}/lib/aml-miner/lib/{name}" in libraries
    assert "not found" not in libraries and ".deps" not in libraries
    work = pathlib.Path("/var/tmp") / f"{installed.name}-work"
    work.mkdir()
    work.chmod(0o777)
    try:
        for words in (["simulate", "--network", "bitcoin", "--processing-date", "2025-10-26", "--scale", "0.002", "--output-dir", "in"],
                      ["process", "--input-dir", "in", "--output-dir", "out/2025-10-26", "--threads", "1"]):
            done = run(*NOBODY, program, *words, cwd=work)
            assert done.returncode == 0, done.stderr
    finally:
        shutil.rmtree(work)


def test_the_pages_are_served_from_where_they_were_installed(installed, tmp_path):
    with Server(installed / "bin" / "aml-miner", tmp_path) as server:
        assert server.get("/").status == 200 and b"<html" in server.get("/").body
        assert server.get("/docs").status == 200
        for script in ("chart.js/dist/chart.umd.min.js", "swagger-ui-dist/swagger-ui-bundle.js"):
            assert server.get(f"/vendor/{script}").status == 200


def options_of(program, *words):
    text = run(program, *words, "--help").stdout
    return {name for line in re.findall(r"^  (-\S+)", text.split("Options:")[1].split("\nExample")[0], re.MULTILINE)
            for name in line.split(",")}


def commands_of(program):
    found = [("",)]
    text = run(program, "--help").stdout
    names = re.findall(r"^  ([a-z]+) ", text.split("Subcommands:")[1], re.MULTILINE)
    found += [(name,) for name in names]
    for name in names:
        text = run(program, name, "--help").stdout
        if "Subcommands:" in text:
            found += [(name, nested) for nested in re.findall(r"^  ([a-z]+) ", text.split("Subcommands:")[1], re.MULTILINE)]
    return [tuple(word for word in words if word) for words in found]


def test_each_command_has_a_page_with_each_option(installed):
    program = installed / "bin" / "aml-miner"
    for words in commands_of(program):
        page = installed / "share" / "man" / "man1" / ("-".join(["aml-miner", *words]) + ".1")
        text = page.read_text().replace("\\-", "-")
        for option in options_of(program, *words):
            assert re.search(rf"\\fB(-h, )?{option}\b" if option != "-h" else r"\\fB-h, ", text), (words, option)
    if shutil.which("man"):
        read = run("man", "--warnings", "-l", installed / "share" / "man" / "man1" / "aml-miner-serve.1", env={**os.environ, "MANWIDTH": "80"})
        assert read.returncode == 0 and not read.stderr and "--max-age HOURS" in read.stdout


def complete(installed, line):
    """What bash offers behind a line."""
    script = f"""source {installed}/share/bash-completion/completions/aml-miner
COMP_WORDS=({line} ''); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _aml_miner; printf '%s\\n' "${{COMPREPLY[@]}}" """
    done = run("bash", "-c", script, cwd=installed)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return set(done.stdout.split())


def test_bash_completes_commands_options_and_files(installed):
    program = installed / "bin" / "aml-miner"
    assert {"run", "doctor", "serve"} <= complete(installed, "aml-miner")
    for words in commands_of(program)[1:]:
        offered = complete(installed, f"aml-miner {' '.join(words)}")
        assert {name for name in options_of(program, *words) if name.startswith("--")} <= offered, words
    assert complete(installed, "aml-miner wallet") >= {"show", "create"}
    assert complete(installed, "aml-miner run --config") >= {"bin", "lib", "share"}
    fish = (installed / "share/fish/vendor_completions.d/aml-miner.fish").read_text()
    zsh = (installed / "share/zsh/site-functions/_aml-miner").read_text()
    assert "-l max-age" in fish and "--max-age[" in zsh
    if shutil.which("fish"):
        assert run("fish", "--no-execute", installed / "share/fish/vendor_completions.d/aml-miner.fish").returncode == 0
    if shutil.which("zsh"):
        assert run("zsh", "-n", installed / "share/zsh/site-functions/_aml-miner").returncode == 0


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_the_unit_is_right_and_safe(installed, tmp_path):
    unit = tmp_path / "aml-miner@bitcoin.service"
    unit.write_text((installed / "lib/systemd/system/aml-miner@.service").read_text())
    (tmp_path / f"{unit.name}.d").mkdir()
    shutil.copy(installed / "share/aml-miner/ops/systemd/hotkey.conf", tmp_path / f"{unit.name}.d")
    assert "@" not in unit.read_text().split("ExecStart=")[1].split("\n")[0]
    # It names the prefix of the installation, which was moved since.
    start = re.search(r"ExecStart=(\S+)", unit.read_text())[1]
    unit.write_text(unit.read_text().replace(start, str(installed / "bin" / "aml-miner")))
    verified = run("systemd-analyze", "verify", "--man=no", unit)
    assert verified.returncode == 0 and "aml-miner" not in verified.stderr, verified.stderr
    assert run("systemd-analyze", "security", "--offline=true", "--threshold=20", unit).returncode == 0


def test_the_unit_starts_a_program_whose_folder_has_blanks(aml_miner, tmp_path):
    prefix = tmp_path / "some day 100%n $HOME"
    done = run("cmake", "--install", aml_miner.parent, "--prefix", prefix)
    assert done.returncode == 0, done.stderr
    text = (prefix / "lib/systemd/system/aml-miner@.service").read_text()
    start = shlex.split(re.search(r"ExecStart=(.*)", text)[1])[0]
    assert start.replace("%%", "%") == str(prefix / "bin" / "aml-miner") and start.count("%") == 2
    assert run(prefix / "bin" / "aml-miner", "--version").returncode == 0
    if not shutil.which("systemd-analyze"):
        return
    unit = tmp_path / "aml-miner@bitcoin.service"
    unit.write_text(text)
    verified = run("systemd-analyze", "verify", "--man=no", unit)
    assert verified.returncode == 0 and "aml-miner" not in verified.stderr, verified.stderr


def test_the_chain_setup_says_what_is_missing(installed, tmp_path):
    setup = installed / "bin" / "aml-miner-chain-setup"
    assert "FOLDER" in run(setup, "--help").stdout
    (tmp_path / "bin").mkdir()
    for tool in ("bash", "dirname", "readlink", "sed"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool))
    done = run(setup, tmp_path / "chain", env={"PATH": str(tmp_path / "bin")})
    assert done.returncode == 4 and "Python 3.11" in done.stderr and not (tmp_path / "chain").exists()
