"""aml-miner check: what a validator would say of a batch, before it is served."""

import json
import math
import pathlib
import random
import shutil
import subprocess

import duckdb
import pytest

DAYS = [f"2025-11-{day}" for day in (11, 12, 13, 14)]


def run(aml_miner, *arguments, exit_code=0):
    done = subprocess.run([aml_miner, *map(str, arguments)], capture_output=True, text=True, timeout=300)
    assert done.returncode == exit_code, done.stdout + done.stderr
    return done


class Season:
    """Four days with their batches by the stock models and their truths, as an operator has them."""

    def __init__(self, aml_miner, folder):
        self.aml_miner, self.folder = aml_miner, folder
        self.truths = folder / "truths"
        self.truths.mkdir()
        for number, day in enumerate(DAYS):
            run(aml_miner, "simulate", "--network", "bitcoin", "--processing-date", day, "--days", 7, "--scale", 0.03,
                "--seed", 60 + number, "--output-dir", folder / "input" / day, "--ground-truth-dir", self.truths)
            run(aml_miner, "process", "--input-dir", folder / "input" / day, "--output-dir", folder / "stock" / day)

    def batches(self, name, score):
        """The batches with other scores: score(alert_id, stock score, label or 0)."""
        root = self.folder / name
        if root.exists():
            return root
        shutil.copytree(self.folder / "stock", root)
        for day in DAYS:
            file, truth = root / day / "alerts_scored.parquet", self.truths / f"ground_truth_{day}.parquet"
            table = duckdb.sql(f"SELECT s.*, coalesce(CAST(t.is_sar_filed AS INT), 0) AS label FROM '{file}' s LEFT JOIN "
                               f"'{truth}' t USING (alert_id) ORDER BY alert_id").df()
            table["score"] = [score(*row) for row in zip(table["alert_id"], table["score"], table["label"])]
            batch = table.drop(columns="label")  # noqa: F841
            duckdb.sql(f"COPY (SELECT * FROM batch ORDER BY alert_id) TO '{file}' (FORMAT parquet)")
        return root

    def check(self, root, *arguments, day=DAYS[-1], exit_code=0):
        done = run(self.aml_miner, "check", "--input-dir", self.folder / "input" / day, "--output-dir", root / day, "--json",
                   *arguments, exit_code=exit_code)
        return json.loads(done.stdout)

    def earlier(self, root, lag=0):
        return ("--input-root", self.folder / "input", "--output-root", root, "--ground-truth-dir", self.truths,
                "--truth-lag", lag, "--hotkeys", 4)


def knowing(alert, stock, label):
    """The stock model's odds and something of the truth that no model says."""
    draw = random.Random(alert)
    stock = min(max(stock, 1e-4), 1 - 1e-4)
    odds = math.log(stock / (1 - stock)) + 6 * label + draw.gauss(0, 1) + 1.5
    return 0.12 + 0.86 / (1 + math.exp(-odds))


@pytest.fixture(scope="module")
def season(aml_miner, tmp_path_factory):
    return Season(aml_miner, tmp_path_factory.mktemp("season"))


def failed(report):
    return {check["name"] for check in report["checks"] if not check["passed"]}


def test_the_stock_models_are_what_anyone_has(season):
    report = season.check(season.folder / "stock", exit_code=11)
    assert "baseline" in failed(report) and report["public_model"] == "stock models"
    baseline = next(check for check in report["checks"] if check["name"] == "baseline")
    assert baseline["figure"] > 0.99 and "of your own" in baseline["advice"]
    assert report["integrity"] == 0.2 and report["verdict"] == "a validator would take points, or pay nothing for it"


def test_scores_of_ones_own_are_fine(season):
    report = season.check(season.batches("knowing", knowing))
    assert failed(report) == set() and report["verdict"] == "nothing to find fault with"
    assert report["behavior"] == pytest.approx(0.3) and report["earned"] == [] and "ground_truth" not in report


def test_flat_scores_lose_points(season):
    flat = season.batches("flat", lambda alert, stock, label: 0.5 + 0.001 * random.Random(alert).random())
    report = season.check(flat, exit_code=11)
    variance = next(check for check in report["checks"] if check["name"] == "variance")
    assert not variance["passed"] and variance["effect"] == pytest.approx(-0.1) and "0.86" in variance["advice"]


def test_a_batch_that_lacks_alerts_gets_no_points(season, tmp_path):
    shutil.copytree(season.batches("knowing", knowing), tmp_path / "less")
    file = tmp_path / "less" / DAYS[-1] / "alerts_scored.parquet"
    duckdb.sql(f"CREATE OR REPLACE TABLE less AS SELECT * FROM '{file}' ORDER BY alert_id OFFSET 1")
    duckdb.sql(f"COPY less TO '{file}' (FORMAT parquet)")
    report = season.check(tmp_path / "less", exit_code=10)
    assert failed(report) >= {"complete"} and report["integrity"] == 0 and report["final_score"] == 0


def test_a_batch_of_another_snapshot_is_told(season, tmp_path):
    batch = tmp_path / "output" / DAYS[-1]
    shutil.copytree(season.batches("knowing", knowing) / DAYS[-1], batch)
    metadata = json.loads((batch / "metadata.json").read_text())
    metadata["snapshot_sha256"] = "0" * 64
    (batch / "metadata.json").write_text(json.dumps(metadata))
    assert season.check(tmp_path / "output", exit_code=11)["is_of_snapshot"] is False


def test_knowledge_of_ones_own_earns_and_noise_does_not(season):
    root = season.batches("knowing", knowing)
    report = season.check(root, *season.earlier(root))
    assert [day["processing_date"] for day in report["earned"]] == DAYS[:-1]
    assert [day["truths"] for day in report["earned"]] == [0, 1, 2] and report["after"]["truths"] == 3
    assert report["after"]["sigmas"] > report["after"]["needed_sigmas"] and report["after"]["trust"] > 0
    assert report["earned"][0]["points"] == 0, "nothing is paid before the first truth"
    assert min(day["covariance"] for day in report["earned"]) > 0.01, "a reference that needs no earlier truth, and pays nothing"
    assert report["earned"][-1]["points"] > 0.001 and report["ground_truth"]["auc_roc"] > 0.9
    noise = season.batches("noise", lambda alert, stock, label: random.Random("n" + alert).random())
    report = season.check(noise, *season.earlier(noise), exit_code=11)
    assert report["after"]["trust"] == 0 and [day["points"] for day in report["earned"]] == [0, 0, 0]
    assert failed(report) == {"informed"}


def test_what_labels_say_that_are_public_is_nobodys_own(season, tmp_path):
    """Labels of every other reported address and one in 200 others, published after the day and before its deadline; and a miner that reads them alone."""
    labelled = {}
    for day in DAYS:
        alerts = season.folder / "input" / day / "alerts.parquet"
        rows = duckdb.sql(f"SELECT alert_id, address, coalesce(CAST(is_sar_filed AS INT), 0) FROM '{alerts}' LEFT JOIN "
                          f"'{season.truths}/ground_truth_{day}.parquet' USING (alert_id)").fetchall()
        addresses = {address for alert, address, label in rows if random.Random("label" + alert).random() < (0.5 if label else 0.005)}
        labelled |= {(alert, day): address in addresses for alert, address, _ in rows}
        lines = [f"{address},scam,{day}T23:59:59Z" for address in sorted(addresses)]
        (tmp_path / f"{day}.csv").write_text("\n".join(["address,category,known_since", *lines]) + "\n")
    scams = {alert for (alert, _), is_labelled in labelled.items() if is_labelled}
    reader = season.batches("reader", lambda alert, stock, label: 0.1 + 0.5 * stock + 0.36 * (alert in scams))
    named = [word for day in DAYS for word in ("--labels", tmp_path / f"{day}.csv")]
    without = season.check(reader, *season.earlier(reader))
    with_labels = season.check(reader, *season.earlier(reader), *named)
    assert without["earned"][-1]["points"] > 0.001 and without["after"]["trust"] > 0
    assert with_labels["earned"][-1]["points"] <= 0.05 * without["earned"][-1]["points"]
    assert with_labels["after"]["trust"] == 0 and with_labels["earned"][-1]["explained"] > without["earned"][-1]["explained"]


def test_a_truth_counts_once_it_was_known(season):
    root = season.batches("knowing", knowing)
    report = season.check(root, *season.earlier(root, lag=2))
    assert [day["truths"] for day in report["earned"]] == [0, 0, 1]
    report = season.check(root, *season.earlier(root, lag=7), "--days", 2)
    assert [day["truths"] for day in report["earned"]] == [0, 0]


def test_a_model_that_others_have_is_public_too(season, tmp_path):
    models = tmp_path / "models"
    run(season.aml_miner, "train", "--input-dir", season.folder / "input" / DAYS[0], "--ground-truth",
        season.truths / f"ground_truth_{DAYS[0]}.parquet", "--models-dir", models)
    run(season.aml_miner, "process", "--input-dir", season.folder / "input" / DAYS[-1], "--output-dir", tmp_path / DAYS[-1],
        "--models-dir", models)
    report = season.check(tmp_path, "--reference-models", models, exit_code=11)
    assert report["public_model"] == str(models)


def test_the_same_secret_gives_the_same_report(season, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("0123456789abcdef")
    root = season.batches("knowing", knowing)
    texts = {run(season.aml_miner, "check", "--input-dir", season.folder / "input" / DAYS[-1], "--output-dir", root / DAYS[-1],
                 "--secret", secret, "--threads", threads).stdout for threads in (1, 2)}
    assert len(texts) == 1 and "nothing to find fault with" in texts.pop()


def test_what_is_wrong_is_one_sentence(season, tmp_path):
    day = season.folder / "input" / DAYS[-1]
    short = tmp_path / "short"
    short.write_text("15 bytes, no 16")
    batch = season.folder / "stock" / DAYS[-1]
    for arguments, code, words in [
        (("--output-dir", batch, "--secret", short), 3, "fewer than 16 bytes"),
        (("--output-dir", tmp_path / "none"), 4, "metadata.json"),
        (("--output-dir", batch, "--input-root", tmp_path), 2, "belong together"),
        (("--output-dir", batch, "--reference-models", tmp_path), 4, "alert_scorer"),
    ]:
        done = run(season.aml_miner, "--log-format", "json", "check", "--input-dir", day, *arguments, exit_code=code)
        assert words in json.loads(done.stderr.splitlines()[-1])["message"]
        assert pathlib.Path(batch / "alerts_scored.parquet").exists()
