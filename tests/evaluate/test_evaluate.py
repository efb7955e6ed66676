"""aml-miner evaluate: what a user sees, with scikit-learn as the second opinion."""

import json
import subprocess

import duckdb
import numpy as np
import pandas
import pytest
import sklearn.metrics


def run(aml_miner, *arguments, exit_code=0):
    done = subprocess.run([aml_miner, "evaluate", *map(str, arguments)], capture_output=True, text=True, timeout=120)
    assert done.returncode == exit_code, done.stderr
    return done.stdout if exit_code == 0 else done.stderr


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Scores good and bad in every format, and the truth."""
    folder = tmp_path_factory.mktemp("evaluate")
    rng = np.random.default_rng(3)
    truth = (rng.random(3000) < 0.1).astype(int)
    table = pandas.DataFrame({
        "alert_id": [f"a{i:05}" for i in range(3000)],
        "is_sar_filed": truth,
        "good": np.round(1 / (1 + np.exp(-rng.normal(2 * truth, 1))), 3),
        "bad": np.round(1 / (1 + np.exp(-rng.normal(0.5 * truth, 1))), 3),
        "typology_type": rng.choice(["cycle", "fan_in"], 3000),
    })
    duckdb.sql(f"COPY (SELECT alert_id, is_sar_filed FROM \"table\") TO '{folder}/truth.parquet'")
    for name in ("good", "bad"):
        scores = table[["alert_id"]].assign(score=table[name])
        duckdb.sql(f"COPY (FROM scores) TO '{folder}/{name}.parquet'")
        scores.sample(frac=1, random_state=1).to_csv(folder / f"{name}.csv", index=False)
        rows = scores.to_dict("records")
        (folder / f"{name}.json").write_text(json.dumps({"processing_date": "2025-10-26", "scores": rows}))
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    duckdb.sql(f"COPY (SELECT alert_id, typology_type FROM \"table\") TO '{folder}/alerts.parquet'")
    return folder, table


def report(aml_miner, folder, *arguments):
    return json.loads(run(aml_miner, "--ground-truth", folder / "truth.parquet", "--json", *arguments))


@pytest.mark.parametrize("ending", ["parquet", "csv", "json", "jsonl"])
def test_measures_equal_scikit_learn_in_every_format(aml_miner, files, ending):
    folder, table = files
    ours = report(aml_miner, folder, "--scores", folder / f"good.{ending}", "--resamples", 50)
    truth, scores = table.is_sar_filed, table.good
    assert ours["alerts"] == 3000 and ours["positives"] == truth.sum()
    assert ours["auc_roc"] == pytest.approx(sklearn.metrics.roc_auc_score(truth, scores), abs=1e-12)
    assert ours["auc_pr"] == pytest.approx(sklearn.metrics.average_precision_score(truth, scores), abs=1e-12)
    assert ours["ndcg_at_10"] == pytest.approx(sklearn.metrics.ndcg_score([truth], [scores], k=10), abs=1e-12)
    assert ours["brier"] == pytest.approx(sklearn.metrics.brier_score_loss(truth, scores), abs=1e-12)
    predicted = scores >= ours["best_f1_threshold"]
    assert ours["best_f1"] == pytest.approx(sklearn.metrics.f1_score(truth, predicted), abs=1e-12)
    low, high = ours["intervals"]["auc_roc"]
    assert low < ours["auc_roc"] < high


def test_intervals_agree_with_a_bootstrap_in_numpy(aml_miner, files):
    folder, table = files
    ours = report(aml_miner, folder, "--scores", folder / "good.parquet")
    rng = np.random.default_rng(0)
    truth, scores = table.is_sar_filed.to_numpy(), table.good.to_numpy()
    draws = [rng.integers(0, 3000, 3000) for _ in range(1000)]
    theirs = np.quantile([sklearn.metrics.roc_auc_score(truth[d], scores[d]) for d in draws], [0.025, 0.975])
    assert np.allclose(ours["intervals"]["auc_roc"], theirs, atol=0.005)


def test_names_the_better_of_two(aml_miner, files):
    folder, _ = files
    good, bad = folder / "good.parquet", folder / "bad.csv"
    assert report(aml_miner, folder, "--scores", good, "--against", bad)["winner"] == "scores"
    assert report(aml_miner, folder, "--scores", bad, "--against", good)["winner"] == "against"
    same = report(aml_miner, folder, "--scores", good, "--against", folder / "good.csv")
    assert same["winner"] == "none"
    assert same["differences"]["auc_pr"]["value"] == 0


def test_judges_each_typology(aml_miner, files):
    folder, table = files
    ours = report(aml_miner, folder, "--scores", folder / "good.parquet", "--alerts", folder / "alerts.parquet")
    for name, part in table.groupby("typology_type"):
        theirs = sklearn.metrics.roc_auc_score(part.is_sar_filed, part.good)
        assert ours["typologies"][name]["auc_roc"] == pytest.approx(theirs, abs=1e-12)


def test_prints_a_table(aml_miner, files):
    folder, _ = files
    text = run(aml_miner, "--ground-truth", folder / "truth.parquet", "--scores", folder / "good.parquet",
               "--against", folder / "bad.parquet", "--alerts", folder / "alerts.parquet")
    assert "auc_roc" in text and "winner: scores" in text and "fan_in" in text


def test_says_what_is_wrong_with_a_file(aml_miner, files, tmp_path):
    folder, _ = files
    truth = ("--ground-truth", folder / "truth.parquet")
    assert "does not exist" in run(aml_miner, *truth, "--scores", tmp_path / "none.parquet", exit_code=4)
    csv = tmp_path / "x.csv"
    csv.write_text("alert_id,points\na00001,0.5\n")
    assert "no column score" in run(aml_miner, *truth, "--scores", csv, exit_code=3)
    csv.write_text("alert_id,score\na00001,1.5\n")
    assert "a00001 is not in [0, 1]" in run(aml_miner, *truth, "--scores", csv, exit_code=3)
    csv.write_text("alert_id,score\na00001,0.5\na00001,0.6\n")
    assert "two scores" in run(aml_miner, *truth, "--scores", csv, exit_code=3)
    csv.write_text("alert_id,score\nother,0.5\n")
    assert "same day" in run(aml_miner, *truth, "--scores", csv, exit_code=3)
    broken = tmp_path / "broken.parquet"
    broken.write_text("no parquet")
    assert "cannot read" in run(aml_miner, *truth, "--scores", broken, exit_code=3)
