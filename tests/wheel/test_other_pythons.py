"""The wheel of the stable ABI: built with the oldest later Python that is here, the same bits under each that is."""

import pathlib
import subprocess
import sys

import pytest

from conftest import MADE, ROOT, once_in_a_run, pip

# Writes a model's answers beside a matrix.
ANSWER = """
import sys, numpy, aml_miner
model, folder = aml_miner.Model(sys.argv[1]), sys.argv[2]
rows = numpy.random.default_rng(3).normal(size=(500, len(model.feature_names)))
numpy.savez(f"{folder}/{sys.version_info[1]}.npz", scores=model.predict(rows), reasons=model.explain(rows))
"""


def later_pythons():
    """Those beside this one, as pyenv keeps them, or on the system's path."""
    beside = [path for minor in (12, 13) for path in sorted(pathlib.Path(sys.base_prefix).parent.glob(f"*/bin/python3.{minor}"))]
    system = [path for minor in (12, 13) if (path := pathlib.Path(f"/usr/bin/python3.{minor}")).exists()]
    return {path.name: path for path in beside + system}


@pytest.fixture(scope="module")
def stable_wheel(installed):
    """A wheel of cp312-abi3. The one of this Python stays what it is."""
    pythons = later_pythons()
    if not pythons:
        pytest.skip("no Python 3.12 or 3.13 is here")
    folder = MADE / "stable"

    def build():
        built = subprocess.run([ROOT / "scripts/wheel", "--dist", folder, min(pythons.items())[1]], capture_output=True, text=True)
        assert built.returncode == 0, built.stderr

    once_in_a_run("stable", build)
    return next(folder.glob("*.whl"))


def test_the_wheel_is_of_the_stable_abi(stable_wheel):
    assert "-cp312-abi3-manylinux_2_3" in stable_wheel.name


def answers_of(python, model, folder):
    subprocess.run([python, "-c", ANSWER, model, folder], check=True)


@pytest.mark.parametrize("name", ["python3.12", "python3.13"])
def test_later_pythons_have_the_same_bits(installed, stable_wheel, name, tmp_path):
    import numpy

    if name not in later_pythons():
        pytest.skip(f"no {name} is here")
    subprocess.run([later_pythons()[name], "-m", "venv", tmp_path / "venv"], check=True)
    pip(tmp_path / "venv", "--require-hashes", "-r", ROOT / "scripts/deps/wheel-other-pythons.txt")
    pip(tmp_path / "venv", stable_wheel)
    model = max((ROOT / "trained_models").glob("alert_scorer_v*.txt"))
    for python in (installed.python, tmp_path / "venv/bin/python"):
        answers_of(python, model, tmp_path)
    ours, theirs = (numpy.load(tmp_path / f"{minor}.npz") for minor in (sys.version_info[1], name.rpartition(".")[2]))
    assert all(ours[key].tobytes() == theirs[key].tobytes() for key in ("scores", "reasons"))
    subprocess.run([tmp_path / "venv/bin/aml-miner", "--version"], check=True, capture_output=True)
