"""The wheel as scripts/wheel makes it, in an environment of its own beside the tests' packages."""

import fcntl
import os
import pathlib
import subprocess
import sys
import sysconfig
import venv

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MADE = ROOT / "build" / "wheel"


class Installed:
    """The wheel's file, and the Python that has it installed."""

    def __init__(self, wheel, folder):
        self.wheel = wheel
        self.python = folder / "bin" / "python"
        self.command = folder / "bin" / "aml-miner"
        self.packages = next(folder.glob("lib/python3*/site-packages"))


def pip(folder, *arguments):
    subprocess.run([folder / "bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--no-deps", *arguments],
                   check=True)


def build_and_install(folder):
    built = subprocess.run([ROOT / "scripts/wheel"], capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    venv.create(folder, with_pip=True)
    pip(folder, "--require-hashes", "-r", ROOT / "scripts/deps/wheel-tests-requirements.txt", "-r",
        ROOT / "scripts/deps/notebook-requirements.txt")
    pip(folder, "--force-reinstall", built.stdout.split()[-1])
    # NumPy, pandas, pyarrow and LightGBM are the tests' own.
    next(folder.glob("lib/python3*/site-packages")).joinpath("tests_packages.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")


def once_in_a_run(name, make):
    """One worker of a run makes it for all."""
    MADE.mkdir(parents=True, exist_ok=True)
    this_run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    with open(MADE / f"{name}.run", "a+") as run:
        fcntl.flock(run, fcntl.LOCK_EX)
        run.seek(0)
        if run.read() != this_run:
            make()
            run.truncate(0)
            run.write(this_run)


@pytest.fixture(scope="session")
def installed():
    folder = MADE / "tests"
    once_in_a_run("tests", lambda: build_and_install(folder))
    return Installed(next((MADE / "dist").glob("*.whl")), folder)


@pytest.fixture(scope="session")
def aml_miner(installed):
    sys.path.append(str(installed.packages))
    import aml_miner as module
    return module
