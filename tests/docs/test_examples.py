"""examples/: the commands of each README, run as they stand there, lead to what it says."""

import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def clone(aml_miner, tmp_path):
    """A folder with what the commands need of a clone."""
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "aml-miner").symlink_to(aml_miner)
    (tmp_path / "src").mkdir()
    shutil.copytree(ROOT / "src" / "features", tmp_path / "src" / "features")
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    return tmp_path


def test_an_own_feature_makes_a_better_score(clone):
    readme = (ROOT / "examples" / "own-feature" / "README.md").read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```$", readme, flags=re.DOTALL | re.MULTILINE)
    assert len(blocks) == 4
    for block in blocks:
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", block], cwd=clone, capture_output=True, text=True,
                              timeout=600)
        assert done.returncode == 0, f"{block}\n{done.stderr}"
    verdict = done.stdout.split("scores minus against")[1]
    difference = re.search(r"^ground_truth_score +(\S+) +\[(\S+), (\S+)\] +winner: (\w+)$", verdict, flags=re.MULTILINE)
    assert difference, verdict
    assert float(difference[2]) > 0 and difference[4] == "scores", verdict
    # What stands in the README is what comes out.
    shown = re.search(r"^    ground_truth_score +(\S+) ", readme.split("scores minus against")[1], flags=re.MULTILINE)
    assert float(shown[1]) == pytest.approx(float(difference[1]), abs=0.01)
