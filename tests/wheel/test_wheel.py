"""What the wheel brings besides the model: the command, its stages on tables, types, a tag that old systems take."""

import copy
import pathlib
import pickle
import subprocess
import sys
import venv

import pyarrow
import pyarrow.parquet
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def day(installed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel") / "day"
    subprocess.run([installed.command, "simulate", "--processing-date", "2025-10-26", "--output-dir", folder, "--scale", "0.01"], check=True,
                   capture_output=True)
    return folder


def test_the_wheel_is_small_and_for_manylinux(installed):
    assert "manylinux_2_3" in installed.wheel.name
    assert installed.wheel.stat().st_size < 60e6


def test_the_command_runs_in_a_clean_environment(installed, tmp_path):
    venv.create(tmp_path / "clean", with_pip=True)
    subprocess.run([tmp_path / "clean/bin/pip", "--quiet", "install", "--no-deps", "--no-index", installed.wheel], check=True)
    # No library and no program of the machine's project.
    clean = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    command = tmp_path / "clean/bin/aml-miner"
    subprocess.run([command, "simulate", "--processing-date", "2025-10-26", "--output-dir", tmp_path / "day", "--scale", "0.01"], check=True,
                   env=clean, cwd=tmp_path)
    subprocess.run([command, "process", "--input-dir", tmp_path / "day", "--output-dir", tmp_path / "output"], check=True, env=clean,
                   cwd=tmp_path)
    assert (tmp_path / "output/alerts_scored.parquet").exists()
    linked = subprocess.run(["ldd", next((tmp_path / "clean").glob("lib/*/site-packages/aml_miner/program/aml-miner"))], text=True,
                            capture_output=True, env=clean).stdout
    assert "not found" not in linked
    assert str(ROOT) not in linked


def test_its_types_hold(installed, tmp_path):
    (tmp_path / "use.py").write_text(
        "import numpy as np\nimport aml_miner\n"
        "model = aml_miner.Model('model.txt')\n"
        "scores: np.ndarray = model.predict(np.zeros((1, 2)), threads=2)\n"
        "names: list[str] = model.feature_names\n")
    (tmp_path / "misuse.py").write_text("import aml_miner\naml_miner.Model('model.txt').predict([[1]], threads='two')\n")
    mypy = [installed.python, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "cache"]
    for module in ("use.py", "misuse.py"):
        done = subprocess.run([*mypy, tmp_path / module], capture_output=True, text=True)
        assert (done.returncode == 0) == (module == "use.py"), done.stdout
    done = subprocess.run([*mypy, "--ignore-missing-imports", "-p", "aml_miner"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_flows_of_a_table_are_those_of_the_program(aml_miner, installed, day, tmp_path):
    subprocess.run([installed.command, "flows", "--input-dir", day, "--output", tmp_path / "flows.parquet"], check=True,
                   capture_output=True)
    transfers = pyarrow.parquet.read_table(day / "money_flows.parquet")
    assert aml_miner.flows(transfers).equals(pyarrow.parquet.read_table(tmp_path / "flows.parquet"))


def test_features_are_the_matrices_of_the_models(aml_miner, day):
    matrices = aml_miner.features(day)
    alerts = pyarrow.parquet.read_metadata(day / "alerts.parquet").num_rows
    assert matrices["alert_matrix"].num_rows == alerts
    scorer = aml_miner.Model(max((ROOT / "trained_models").glob("alert_scorer_v*.txt")))
    assert len(scorer.predict(matrices["alert_matrix"])) == alerts


def test_evaluate_judges_tables(aml_miner):
    ids = [f"a{i}" for i in range(200)]
    scores = pyarrow.table({"alert_id": ids, "score": [i / 200 for i in range(200)]})
    truth = pyarrow.table({"alert_id": ids, "is_sar_filed": [i >= 150 for i in range(200)]})
    assert aml_miner.evaluate(scores, truth, resamples=50)["auc_roc"] == 1


def test_a_refusal_is_the_programs_sentence_and_exit_code(aml_miner, tmp_path):
    with pytest.raises(aml_miner.ProgramError, match="money_flows") as refusal:
        aml_miner.flows(tmp_path)
    assert refusal.value.exit_code == 4
    for again in (pickle.loads(pickle.dumps(refusal.value)), copy.copy(refusal.value)):
        assert (str(again), again.exit_code) == (str(refusal.value), 4), "workers of concurrent.futures hand it on so"


def test_the_notebooks_and_readme_name_what_there_is(aml_miner):
    for name in aml_miner.__all__:
        assert name in (ROOT / "python/README.md").read_text() or name == "ProgramError"
    assert sys.version_info >= (3, 11)
