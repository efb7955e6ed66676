"""No command writes over what it reads, nor two outputs into one file: code 2, and nothing is touched."""

import os
import pathlib
import re
import subprocess
import sys

import pyarrow
import pyarrow.parquet
import pytest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "process"))

from batches import SNAPSHOTS, copy_snapshot, error_of, folder_bytes, run

MODEL = pathlib.Path(__file__).resolve().parents[2] / "trained_models" / "alert_scorer_v1.0.0.txt"


@pytest.fixture
def files(tmp_path):
    day = copy_snapshot(SNAPSHOTS["clickhouse"][0], tmp_path / "2025-10-25")
    (day / "META.json").write_text('{"processing_date": "2025-10-25"}')
    (tmp_path / "to_day").symlink_to(day)
    (tmp_path / "to_flows.parquet").symlink_to(day / "money_flows.parquet")
    os.link(day / "alerts.parquet", tmp_path / "alerts_too.parquet")
    (tmp_path / "model.txt").write_bytes(MODEL.read_bytes())
    (tmp_path / "scores.csv").write_text("alert_id,score\na,0.5\nb,0.25\n")
    (tmp_path / "to_new.csv").symlink_to("new.csv")
    truth = pyarrow.table({"alert_id": ["a", "b"], "is_sar_filed": [True, False]})
    pyarrow.parquet.write_table(truth, tmp_path / "truth.parquet")
    (tmp_path / "cases.sqlite").write_bytes(b"")
    (tmp_path / "out" / "2025-10-25").mkdir(parents=True)
    (tmp_path / "out" / "2025-10-25" / "labels.csv").write_text("address,category\n")
    (tmp_path / "to_out").symlink_to("out/2025-10-25")
    (tmp_path / "deep" / "inner").mkdir(parents=True)
    (tmp_path / "to_deep").symlink_to("deep/inner")
    return tmp_path


DAY = ["--input-dir", "2025-10-25"]
PREDICT = ["predict", "--model", "model.txt"]
EVALUATE = ["evaluate", "--scores", "scores.csv", "--ground-truth", "truth.parquet", "--resamples", "0"]
SAMPLE = ["--sample", "1", "--sample-output"]
PART = ["--address-parts", "2", "--address-part", "1", "--part-dir"]
SHARED = {
    "flows into its file": ["flows", "--input-dir", "2025-10-25/money_flows.parquet", "--output", "2025-10-25/money_flows.parquet"],
    "flows into its folder's file": ["flows", *DAY, "--output", "to_flows.parquet"],
    "flows through a link": ["flows", "--input-dir", "to_day", "--output", "2025-10-25/../2025-10-25/alerts.parquet"],
    "patterns into the input": ["flows", *DAY, "--output", "f.parquet", "--patterns", "to_day/META.json"],
    "flows and patterns": ["flows", *DAY, "--output", "new.csv", "--patterns", "to_new.csv"],
    "predict into its input": [*PREDICT, "--input", "2025-10-25/alerts.parquet", "--output", "alerts_too.parquet"],
    "predict into its model": [*PREDICT, "--input", "2025-10-25/alerts.parquet", "--output", "./model.txt"],
    "a curve into the scores": [*EVALUATE, "--curve", "scores.csv"],
    "a curve into the truth": [*EVALUATE, "--curve", "truth.parquet"],
    "a sample into the alerts": [*EVALUATE, "--alerts", "2025-10-25/alerts.parquet", *SAMPLE, "alerts_too.parquet"],
    "a curve and a sample": [*EVALUATE, "--curve", "new.csv", *SAMPLE, "to_new.csv"],
    "a trail into the cases": ["cases", "export", "--cases", "cases.sqlite", "--output", "./cases.sqlite"],
    "matrices into the batch": ["process", *DAY, "--output-dir", "out/2025-10-25", "--write-matrix", "out/2025-10-25/matrix"],
    "a batch over its labels": ["process", *DAY, "--output-dir", "out/2025-10-25", "--labels", "to_out/labels.csv"],
    "a batch over its models": ["process", *DAY, "--output-dir", "out/2025-10-25", "--models-dir", "out/2025-10-25"],
    "a batch over its input": ["process", *DAY, "--output-dir", "to_day"],
    "a file behind a link and two dots": ["flows", *DAY, "--output", "to_deep/../deep.csv", "--patterns", "deep/deep.csv"],
    "a metagraph over the hotkey": ["mine", "--hotkey-file", "model.txt", "--metagraph-file", "model.txt"],
    "cases over who decides them": ["serve", "--output-root", ".", "--cases", "scores.csv", "--cases-users", "scores.csv"],
    "tables over the input": ["sql", *DAY, "--tables-dir", "to_day"],
    "tables over what holds the input": ["sql", *DAY, "--tables-dir", "."],
    "tables over a stranger's files": ["sql", *DAY, "--tables-dir", "strangers"],
    "a part over the input": ["sql", *DAY, *PART, "to_day"],
    "a part over what holds the SQL": ["sql", *DAY, "--features-dir", "out/2025-10-25", *PART, "out"],
    "tables over slices": ["sql", *DAY, "--tables-dir", "out", "--slices-dir", "out/slices"],
    "a part over tables": ["sql", *DAY, "--tables-dir", "out/tables", *PART, "out/tables"],
}  # fmt: skip


# Of those that something else would refuse, too.
NAMED = {"a batch over its labels": "which is replaced as a whole", "a batch over its models": "which is replaced as a whole",
         "a batch over its input": "which is replaced as a whole", "a part over the input": "which is replaced as a whole",
         "a part over what holds the SQL": "which is replaced as a whole", "tables over slices": "which is replaced as a whole",
         "a part over tables": "which is replaced as a whole", "a metagraph over the hotkey": "would replace what --hotkey-file",
         "cases over who decides them": "would replace what --cases-users"}


@pytest.mark.parametrize("case", SHARED)
def test_nothing_is_written_over(aml_miner, files, case, monkeypatch):
    monkeypatch.chdir(files)
    (files / "strangers").mkdir()
    (files / "strangers" / "thesis.txt").write_text("precious")
    before = {path: path.read_bytes() for path in files.rglob("*") if path.is_file()}
    message = error_of(aml_miner, *SHARED[case], exit_code=2)
    assert case not in NAMED or NAMED[case] in message
    assert {path: path.read_bytes() for path in files.rglob("*") if path.is_file()} == before


def test_results_may_lie_beside_what_they_are_made_of(aml_miner, files):
    """And be written again, and several of them into a device."""
    day = files / "2025-10-25"
    # Two dots behind a link lead to another file than their text says.
    run(aml_miner, "flows", "--input-dir", day, "--output", files / "to_deep" / ".." / "two.csv", "--patterns", files / "two.csv")
    assert (files / "deep" / "two.csv").exists() and (files / "two.csv").exists()
    for _ in range(2):
        run(aml_miner, "flows", "--input-dir", day, "--output", day / "flows_of_addresses.parquet")
    run(aml_miner, "flows", "--input-dir", day, "--output", "/dev/null", "--patterns", "/dev/null")
    assert len(folder_bytes(day)) > 1


def test_a_port_is_not_written_into_the_cases(aml_miner, files):
    message = error_of(aml_miner, "serve", "--output-root", files, "--port", 0, "--port-file", files / "cases.sqlite", "--cases",
                       files / "cases.sqlite", exit_code=2)
    assert "--port-file" in message and "--cases" in message


# Their help speaks of what is written, and they name what is read.
READ = {("predict", "--published")}


def test_every_option_that_writes_has_a_role(aml_miner):
    """What a command's help says it writes into, gets, fills, keeps or replaces is in the list that the refusals above go by."""
    roles = (pathlib.Path(__file__).resolve().parents[2] / "src/commands/path_roles.cpp").read_text()
    of_all = set(re.findall(r'\{"(--[a-z-]+)", PathRole', roles))
    of_one = set(re.findall(r'\{"([a-z]+)", "(--[a-z-]+)"\}, PathRole', roles))
    help_of = lambda *words: subprocess.run([aml_miner, *words, "--help"], capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "400"}).stdout
    commands = re.findall(r"^  ([a-z]+) ", help_of().split("Subcommands:")[1], flags=re.MULTILINE)
    found = {(command, name) for command in commands
             for name, text in re.findall(r"^  (?:-\w,)?(--[a-z-]+) +(?:DIR|FILE)\b(.*(?:\n {20}.*)*)", help_of(command), flags=re.MULTILINE)
             if re.search(r"\b(writes?|gets|fill|keeps?|replaced)\b", text, re.IGNORECASE)}
    assert len(found) > 20
    assert {one for one in found if one[1] not in of_all and one not in of_one} == READ
