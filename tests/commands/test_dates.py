"""Every command that takes a folder or file of a day takes the day apart from it: by --date, {date} and latest."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

MODELS = pathlib.Path(__file__).resolve().parents[2] / "trained_models"
DAYS = ["2025-10-24", "2025-10-25"]


@pytest.fixture(scope="module")
def root(aml_miner, tmp_path_factory):
    """Two days with truths and batches, the third without a batch; and names that are none."""
    folder = tmp_path_factory.mktemp("dated")
    for day in DAYS:
        run(aml_miner, "simulate", "--scale", "0.002", "--processing-date", day, "--output-dir", folder / "input" / "{date}", "--ground-truth-dir",
            folder / "truth")
        assert (folder / "input" / day / "META.json").exists()
    run(aml_miner, "process", "--input-dir", folder / "input" / "{date}", "--output-dir", folder / "output" / "{date}", "--date", DAYS[0],
        "--models-dir", MODELS, "--retention-days", "0")
    (folder / "input" / "latest.old").mkdir()
    return folder


def run(aml_miner, *words, code=0):
    done = subprocess.run([str(aml_miner), "--log-format", "json", *map(str, words)], capture_output=True, text=True, timeout=600)
    assert done.returncode == code, (words, done.stdout[-500:], done.stderr[-2000:])
    return done.stdout + done.stderr


# By command, the options of which paths are of a day; {r} is the root.
WORDS = {
    "process": ["--input-dir", "{r}/input/{date}", "--output-dir", "{w}/output/{date}", "--retention-days", "0", "--models-dir", MODELS],
    "evaluate": ["--scores", "{r}/output/{date}/alerts_scored.parquet", "--ground-truth", "{r}/truth/ground_truth_{date}.parquet", "--resamples", "0"],
    "sql": ["--input-dir", "{r}/input/{date}"],
    "flows": ["--input-dir", "{r}/input/{date}", "--output", "{w}/flows_{date}.parquet"],
    "explain": ["--input-dir", "{r}/input/{date}", "--models-dir", MODELS, "--alert-id"],
    "check": ["--input-dir", "{r}/input/{date}", "--output-dir", "{r}/output/{date}", "--models-dir", MODELS],
    "keep": ["--input-dir", "{r}/input/{date}", "--output-dir", "{r}/output/{date}"],
    "publish": ["--input-dir", "{r}/input/{date}", "--sot", "file://{w}/sot"],
    "predict": ["--model", "{m}", "--input", "{w}/matrix_{date}.parquet", "--output", "{w}/predicted_{date}.parquet"],
    "train": ["--input-dir", "{r}/input/{date}", "--ground-truth", "{r}/truth/ground_truth_{date}.parquet", "--models-dir", "{w}/models"],
    "promote": ["--input-dir", "{r}/input/{date}", "--ground-truth", "{r}/truth/ground_truth_{date}.parquet", "--models-dir", MODELS,
                "--challenger", "99.0.0"],
}
# Of whose paths the newest day has all: the second day has no batch.
LATEST = {"evaluate": DAYS[0], "check": DAYS[0], "keep": DAYS[0]}
# How they end: what is judged are small days of a model that was trained on other ones.
ENDS = {"check": [0, 10, 11], "explain": [4], "predict": [3], "promote": [4], "train": [0, 3]}


def filled(words, root, folder):
    model = sorted(MODELS.glob("alert_scorer_v*.txt"))[-1]
    return [str(word).replace("{r}", str(root)).replace("{w}", str(folder)).replace("{m}", str(model)) for word in words]


def test_every_command_with_a_day_is_here(aml_miner):
    text = subprocess.run([str(aml_miner), "--help"], capture_output=True, text=True, timeout=60).stdout
    dated = set()
    for command in re.findall(r"^  ([a-z]+) ", text.split("Subcommands:")[1], re.MULTILINE):
        said = subprocess.run([str(aml_miner), command, "--help"], capture_output=True, text=True, timeout=60).stdout
        if re.search(r"^ +--date DATE .*\{date\}|^ +--(input-dir|scores|input) ", said, re.MULTILINE):
            dated.add(command)
    assert dated == set(WORDS)


@pytest.mark.parametrize("command", sorted(WORDS))
@pytest.mark.parametrize("how", ["date", "latest", "folder"])
def test_a_day_is_named_apart(aml_miner, root, tmp_path, command, how):
    """The same words with the day in their paths, and apart: what each reads is the same."""
    wanted = DAYS[0] if how == "date" else LATEST.get(command, DAYS[1])
    words = filled(WORDS[command], root, tmp_path)
    if how == "folder":
        words = [word.replace("/{date}", "/latest") if word.endswith("/{date}") or "/{date}/" in word else word for word in words]
    if command == "explain":
        words.append("no-such-alert")
    if command == "predict":
        for day in DAYS:
            shutil.copy(root / "input" / day / "features.parquet", tmp_path / f"matrix_{day}.parquet")
    arguments = words if how != "date" else [*words, "--date", DAYS[0]]
    done = subprocess.run([str(aml_miner), "--log-format", "json", command, *arguments], capture_output=True, text=True, timeout=600)
    said = done.stdout + done.stderr
    assert "{date}" not in said and "no day" not in said, said
    # It came as far as it does with the day in the paths: to a batch, a verdict, an alert or a model that is not there.
    assert done.returncode in ENDS.get(command, [0]), said
    if command == "process":
        assert json.loads((tmp_path / "output" / wanted / "metadata.json").read_text())["processing_date"] == wanted
    if command == "flows":
        assert (tmp_path / f"flows_{wanted}.parquet").exists()
    if command == "keep":
        assert f"{wanted}.parquet" in said
    if command == "publish":
        assert list((tmp_path / "sot").glob(f"*/{wanted}"))


def test_the_folder_above_is_enough_with_a_date(aml_miner, root, tmp_path):
    run(aml_miner, "keep", "--input-dir", root / "input", "--output-dir", root / "output", "--date", "latest")
    assert (root / "input" / "kept" / f"{DAYS[0]}.parquet").exists()
    said = run(aml_miner, "keep", "--input-dir", root / "input" / DAYS[0], "--date", DAYS[1], code=2)
    assert "is of another day" in said


def test_scores_of_another_day_are_not_kept(aml_miner, root):
    said = run(aml_miner, "keep", "--input-dir", root / "input" / DAYS[1], "--output-dir", root / "output" / DAYS[0], code=2)
    assert f"is the batch of {DAYS[0]}" in said and f"is of {DAYS[1]}" in said
    assert not (root / "input" / "kept" / f"{DAYS[1]}.parquet").exists()


def test_what_is_written_need_not_be_there(aml_miner, root, tmp_path):
    run(aml_miner, "sql", "--input-dir", root / "input" / "{date}", "--tables-dir", tmp_path / "tables" / "{date}")
    assert list((tmp_path / "tables" / DAYS[1]).iterdir())


@pytest.mark.parametrize("words, reason", [
    (["--input-dir", "{r}/input/{date}", "--date", "yesterday"], "must be a day such as 2025-10-26, or latest"),
    (["--input-dir", "{r}/nowhere/{date}"], "there is no day"),
    (["--input-dir", "{r}/input/x-{date}", "--date", "latest"], "there is no day"),
])
def test_what_is_no_day_is_refused(aml_miner, root, tmp_path, words, reason):
    assert reason in run(aml_miner, "flows", *filled(words, root, tmp_path), "--output", tmp_path / "f.parquet", code=2)


def test_a_date_that_no_path_uses_is_refused(aml_miner, root):
    said = run(aml_miner, "evaluate", "--scores", root / "output" / DAYS[0] / "alerts_scored.parquet", "--ground-truth",
               root / "truth" / f"ground_truth_{DAYS[0]}.parquet", "--date", DAYS[0], code=2)
    assert "write {date} in one" in said


@pytest.mark.parametrize("variables", [{"AML_DATE": "someday"}, {"AML_PROCESSING_DATE": "someday"},
                                       {"AML_DATE": "someday", "AML_PROCESSING_DATE": "2025-10-26"}])
def test_ask_reads_the_variable_of_every_date(aml_miner, variables):
    done = subprocess.run([str(aml_miner), "ask", "--miner", "127.0.0.1:1", "--hotkey", "x"], capture_output=True, text=True,
                          env={**os.environ, **variables})
    assert done.returncode == 2 and "date" in done.stderr and "hotkey" not in done.stderr, done.stderr


def test_a_folder_that_is_called_latest_stays_one(aml_miner, root, tmp_path):
    (tmp_path / "latest").symlink_to(root / "input" / DAYS[0])
    run(aml_miner, "flows", "--input-dir", tmp_path / "latest", "--output", tmp_path / "f.parquet")
