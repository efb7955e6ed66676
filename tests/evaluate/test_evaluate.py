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


def test_a_batch_is_judged_by_its_folder(aml_miner, files, tmp_path):
    """In which other Parquet stands, and what is none."""
    folder, _ = files
    (tmp_path / "alerts_scored.parquet").write_bytes((folder / "good.parquet").read_bytes())
    (tmp_path / "alerts_ranked.parquet").write_bytes((folder / "alerts.parquet").read_bytes())
    (tmp_path / "metadata.json").write_text("{}")
    of_file = report(aml_miner, folder, "--scores", folder / "good.parquet", "--against", folder / "bad.csv")
    assert report(aml_miner, folder, "--scores", tmp_path, "--against", folder / "bad.csv") == of_file
    assert report(aml_miner, folder, "--scores", folder / "bad.csv", "--against", tmp_path)["winner"] == "against"


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


def test_says_what_a_day_of_reviews_finds(aml_miner, files, tmp_path):
    folder, table = files
    curve = tmp_path / "curve.csv"
    ours = report(aml_miner, folder, "--scores", folder / "good.parquet", "--capacity", 200, "--curve", curve,
                  "--resamples", 200)["capacity"]
    # of alerts with one score those that not all fit count in part
    worth = table.groupby("good").is_sar_filed.transform("mean")
    theirs = worth[table.good.sort_values(ascending=False, kind="stable").index[:200]].sum()
    assert ours["reviews"] == 200 and ours["found"] == pytest.approx(theirs)
    assert ours["found_interval"][0] < ours["found"] < ours["found_interval"][1]
    assert ours["precision"] == pytest.approx(theirs / 200)
    assert ours["recall"] == pytest.approx(theirs / table.is_sar_filed.sum())
    points = pandas.read_csv(curve)
    assert points.reviews.is_monotonic_increasing and points.reviews.iloc[-1] == 3000
    assert points.found.iloc[-1] == table.is_sar_filed.sum() and points.recall.iloc[-1] == 1
    assert points.found[points.reviews == 200].item() == pytest.approx(theirs)
    text = run(aml_miner, "--ground-truth", folder / "truth.parquet", "--scores", folder / "good.parquet",
               "--capacity", 200, "--resamples", 50)
    assert "200 reviews find" in text


def test_judges_sizes_and_addresses_first_seen(aml_miner, files, tmp_path):
    folder, table = files
    alerts = table.assign(address=[f"x{i % 500}" for i in range(3000)], volume_usd=[10.0 ** (i % 6) for i in range(3000)],
                          alert_confidence_score=table.bad)[["alert_id", "address", "volume_usd",
                                                             "alert_confidence_score", "typology_type"]]
    earlier = alerts[["alert_id", "address"]].iloc[:100]
    for name in ("alerts", "earlier"):
        duckdb.sql(f"COPY (FROM {name}) TO '{tmp_path}/{name}.parquet'")
    ours = report(aml_miner, folder, "--scores", folder / "good.parquet", "--alerts", tmp_path / "alerts.parquet",
                  "--seen", tmp_path / "earlier.parquet", "--resamples", 0)
    is_seen = alerts.address.isin(earlier.address)
    assert ours["addresses"]["seen before"]["alerts"] == is_seen.sum() == 600
    assert ours["addresses"]["first seen"]["auc_roc"] == pytest.approx(
        sklearn.metrics.roc_auc_score(table.is_sar_filed[~is_seen], table.good[~is_seen]), abs=1e-12)
    assert ours["sizes"]["below 1,000 USD"]["alerts"] == 1500
    assert sum(part["alerts"] for part in ours["sizes"].values()) == 3000
    assert all(tenth["share"] == 1 for tenth in ours["labelled_share"]["confidence"])
    assert "--alerts" in run(aml_miner, "--ground-truth", folder / "truth.parquet", "--scores",
                             folder / "good.parquet", "--seen", tmp_path / "earlier.parquet", exit_code=2)


def test_truth_of_reviewed_alerts_alone(aml_miner, files, tmp_path):
    """Reviewers looked at high scores: the share of each tenth, weighted metrics, a sample below the line."""
    folder, table = files
    rng = np.random.default_rng(8)
    known = table[(table.good > 0.6) | (rng.random(3000) < 0.2)]
    duckdb.sql(f"COPY (SELECT alert_id, is_sar_filed FROM known) TO '{tmp_path}/truth.parquet'")
    arguments = ("--ground-truth", tmp_path / "truth.parquet", "--scores", folder / "good.parquet", "--capacity", 200,
                 "--sample", 150, "--sample-output", tmp_path / "sample.csv", "--resamples", 0, "--json")
    ours = json.loads(run(aml_miner, *arguments))
    tenths = ours["labelled_share"]["score"]
    assert sum(tenth["alerts"] for tenth in tenths) == 3000
    assert sum(tenth["labelled"] for tenth in tenths) == len(known)
    assert tenths[0]["share"] == 1 and tenths[-1]["share"] < 0.4
    share = lambda score: next(t["share"] for t in tenths if score >= t["from"])
    weights = 1 / known.good.map(share)
    assert ours["weighted_by_labelled_share"]["auc_roc"] == pytest.approx(
        sklearn.metrics.roc_auc_score(known.is_sar_filed, known.good, sample_weight=weights), abs=1e-9)
    assert ours["weighted_by_labelled_share"]["auc_pr"] == pytest.approx(
        sklearn.metrics.average_precision_score(known.is_sar_filed, known.good, sample_weight=weights), abs=1e-9)
    sample = pandas.read_csv(tmp_path / "sample.csv")
    assert len(sample) == 150 and sample.weight.sum() == pytest.approx(2800)
    assert sample.groupby("stratum").size().tolist() == [15] * 10
    line = table.good.sort_values(ascending=False).iloc[199]
    assert (sample.score <= line).all()
    first = (tmp_path / "sample.csv").read_bytes()
    run(aml_miner, *arguments)
    assert (tmp_path / "sample.csv").read_bytes() == first
    assert "--sample-output" in run(aml_miner, "--ground-truth", tmp_path / "truth.parquet", "--scores",
                                    folder / "good.parquet", "--sample", 5, exit_code=2)
