"""train, on snapshots that our simulator did not make."""

import json
import subprocess

import lightgbm
import numpy
import pyarrow.parquet
import pytest

from batches import SNAPSHOTS, copy_snapshot, error_of, folder_bytes, processed, rewrite, rows, run, trained

TASKS = ["alert_scorer", "alert_ranker", "cluster_scorer"]


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_trains_three_models_that_process_can_use(name, aml_miner):
    models = trained(aml_miner, name)
    for task in TASKS:
        booster = lightgbm.Booster(model_file=models / f"{task}_v1.0.0.txt")
        card = json.loads((models / f"{task}_v1.0.0.json").read_text())
        assert booster.feature_name() == card["features"]
        is_cluster = task == "cluster_scorer"  # a search found parameters for alerts alone
        assert card["parameters"]["num_leaves"] == (31 if is_cluster else 30)
        assert card["parameters"]["seed"] == 42
        assert card["on_training_data"]["auc_roc"] > 0.7
        assert card["held_out"] is None
        assert 0.1 <= card["on_training_data"]["scores"]["median"] <= 0.9
        assert card["parameters"]["extra_trees"] is is_cluster and "scale_pos_weight" not in card["parameters"]
        assert card["calibration"]["validation"] == "not independently validated"
        assert card["calibration"]["slope"] > 0
        low, share, high = (card["calibration"]["base_rate"][key] for key in ["low", "share", "high"])
        assert low < share < high
    output, _ = processed(aml_miner, name)
    scores = [row[0] for row in rows(output / "alerts_scored.parquet", "score")]
    assert 0.1 <= numpy.median(scores) <= 0.9
    assert numpy.var(scores) >= 0.001


@pytest.mark.parametrize("positives", [3, 5, 10])
def test_few_positives_make_a_model_whose_numbers_are_finite(aml_miner, tmp_path, positives):
    """LightGBM's raw scores then lie so low that published ones are 0, and the shift must come from the raw ones."""
    truth = copy_snapshot(SNAPSHOTS["clickhouse"][1], tmp_path / "in") / "ground_truth_2025-10-25.parquet"
    rewrite(truth, f"SELECT alert_id, row_number() OVER (ORDER BY hash(alert_id)) <= {positives} AS is_sar_filed FROM old")
    done = subprocess.run([str(aml_miner), "train", "--input-dir", SNAPSHOTS["clickhouse"][0], "--ground-truth", truth,
                           "--models-dir", tmp_path / "models", "--threads", "1"], capture_output=True, text=True, timeout=120)
    assert "not an intact" not in done.stderr
    if done.returncode == 0:
        scores = json.loads((tmp_path / "models" / "alert_scorer_v1.0.0.json").read_text())["on_training_data"]["scores"]
        assert 0.1 <= scores["median"] <= 0.9
    else:
        assert done.returncode == 3 and "labelled rows are positive" in done.stderr  # of the clusters


def test_threads_change_no_byte(aml_miner, tmp_path):
    snapshot, truth = SNAPSHOTS["clickhouse"]
    run(aml_miner, "train", "--input-dir", snapshot, "--ground-truth", truth,
        "--models-dir", tmp_path, "--threads", 1)
    for task in TASKS:
        for suffix in ["txt", "json"]:
            name = f"{task}_v1.0.0.{suffix}"
            assert (tmp_path / name).read_bytes() == (trained(aml_miner, "clickhouse") / name).read_bytes()


def test_judges_on_held_out_days(aml_miner, tmp_path):
    snapshot, truth = SNAPSHOTS["clickhouse"]
    held_out, held_out_truth = SNAPSHOTS["pandas"]
    run(aml_miner, "train", "--input-dir", snapshot, "--ground-truth", truth, "--models-dir", tmp_path,
        "--holdout-input-dir", held_out, "--holdout-ground-truth", held_out_truth)
    card = json.loads((tmp_path / "alert_scorer_v1.0.0.json").read_text())
    assert [day["processing_date"] for day in card["training_data"]] == ["2025-10-25"]
    assert [day["processing_date"] for day in card["held_out"]["days"]] == ["2025-10-26"]
    assert 0 <= card["held_out"]["auc_pr"] <= 1
    assert 0 <= card["held_out"]["producer_confidence"]["auc_roc"] <= 1
    assert card["calibration"]["validation"] == "independently validated"
    assert card["held_out"]["is_later_than_training"] is True


def test_a_day_counts_once(aml_miner, tmp_path):
    """Held out and learned from, it says nothing; named twice, it counts twice."""
    snapshot, truth = SNAPSHOTS["clickhouse"]
    copy = copy_snapshot(snapshot, tmp_path / "copy")
    common = ["train", "--input-dir", snapshot, "--ground-truth", truth, "--models-dir", tmp_path / "models"]
    for options in [["--holdout-input-dir", copy, "--holdout-ground-truth", truth], ["--input-dir", copy, "--ground-truth", truth]]:
        message = error_of(aml_miner, *common, *options, exit_code=2)
        assert f"{snapshot} and {copy} are the same day, 2025-10-25" in message
    rewrite(copy / "alerts.parquet", "SELECT * FROM old LIMIT 300")  # other bytes of the same day
    meta = json.loads((snapshot / "META.json").read_text())
    (copy / "META.json").write_text(json.dumps({key: meta[key] for key in ("network", "processing_date", "window_days")}))
    error_of(aml_miner, *common, "--holdout-input-dir", copy, "--holdout-ground-truth", truth, exit_code=2)
    assert not list((tmp_path / "models").glob("alert_scorer*"))


def test_a_day_named_twice_is_said_before_anything_is_built(aml_miner, tmp_path):
    snapshot, truth = SNAPSHOTS["clickhouse"]
    copy = copy_snapshot(snapshot, tmp_path / "copy")
    (copy / "META.json").write_bytes((snapshot / "META.json").read_bytes())
    (tmp_path / "link").symlink_to(snapshot)
    for other in (copy, tmp_path / "link", snapshot):
        lines = run(aml_miner, "train", "--input-dir", snapshot, "--ground-truth", truth, "--input-dir", other,
                    "--ground-truth", truth, "--models-dir", tmp_path / "models", exit_code=2)
        assert "are the same day" in lines[-1]["message"] and len(lines) == 1, lines


@pytest.mark.parametrize("kind", ["window", "network"])
def test_other_snapshots_of_one_date_are_other_days(aml_miner, tmp_path, kind):
    """Of another window, or of networks that are not said: what they hold tells them apart."""
    snapshot, truth = SNAPSHOTS["clickhouse"]
    one, other = (copy_snapshot(snapshot, tmp_path / name) for name in ("one", "other"))
    network = {"network": "ethereum"} if kind == "window" else {}
    for day, days in ((one, 30), (other, 7 if kind == "window" else 30)):
        (day / "META.json").write_text(json.dumps({"processing_date": "2025-10-25", "window_days": days, **network}))
        (day / "money_flows.parquet").unlink()
        for file in day.glob("*.parquet"):
            if days == 7 and "window_days" in pyarrow.parquet.read_schema(file).names:
                rewrite(file, "SELECT * REPLACE (7 AS window_days) FROM old")
    rewrite(other / "alerts.parquet", "SELECT * FROM old LIMIT 300")
    run(aml_miner, "train", *(word for day in (one, other) for word in ("--input-dir", day, "--ground-truth", truth)), "--models-dir",
        tmp_path / "models", "--param", "num_iterations=5")


def test_a_card_says_that_a_day_it_was_judged_on_is_no_later_one(aml_miner, tmp_path):
    (day, truth), (earlier, earlier_truth) = SNAPSHOTS["pandas"], SNAPSHOTS["clickhouse"]
    run(aml_miner, "train", "--input-dir", day, "--ground-truth", truth, "--models-dir", tmp_path, "--param", "num_iterations=30",
        "--holdout-input-dir", earlier, "--holdout-ground-truth", earlier_truth)
    card = json.loads((tmp_path / "alert_scorer_v1.0.0.json").read_text())
    assert card["held_out"]["is_later_than_training"] is False
    assert "not later than" in card["calibration"]["validation"]


def test_a_card_becomes_a_document(aml_miner, tmp_path):
    models = trained(aml_miner, "clickhouse")
    model = models / "alert_scorer_v1.0.0.txt"
    card = json.loads((models / "alert_scorer_v1.0.0.json").read_text())

    def document(*arguments):
        return subprocess.run([str(aml_miner), "card", "--model", model, *arguments], capture_output=True, text=True,
                              timeout=60, check=True).stdout

    assert json.loads(document()) == card
    text = document("--markdown")
    for title in ["Purpose", "Data", "Performance", "Challenger", "Stability", "Limits", "Ablation"]:
        assert f"\n## {title}\n" in text
    assert "2025-10-25" in text and card["model_sha256"] in text and "not independently validated" in text
    assert f"{card['on_training_data']['auc_roc']:.4g}" in text
    assert f"{card['on_training_data']['producer_confidence']['auc_roc']:.4g}" in text
    assert "No days were held out" in text
    (tmp_path / model.name).write_bytes(model.read_bytes())
    assert "no card" in error_of(aml_miner, "card", "--model", tmp_path / model.name, exit_code=4)
    (tmp_path / model.with_suffix(".json").name).write_text("{}")
    assert "no card" in error_of(aml_miner, "card", "--model", tmp_path / model.name, exit_code=4)


def test_calibrates_by_later_days(aml_miner, tmp_path):
    days = [argument for name in ["pandas", "clickhouse"]
            for argument in ["--input-dir", SNAPSHOTS[name][0], "--ground-truth", SNAPSHOTS[name][1]]]
    run(aml_miner, "train", *days, "--models-dir", tmp_path)
    card = json.loads((tmp_path / "alert_scorer_v1.0.0.json").read_text())
    assert card["calibration"]["days"] == [
        {"processing_date": "2025-10-26", "scored_by_a_model_of": ["2025-10-25"], "out_of_time": True}]
    assert card["calibration"]["base_rate"]["processing_date"] == "2025-10-26"


def test_takes_lightgbms_parameters(aml_miner, tmp_path):
    snapshot, truth = SNAPSHOTS["clickhouse"]
    common = ["train", "--input-dir", snapshot, "--ground-truth", truth, "--models-dir", tmp_path / "models"]
    run(aml_miner, *common, "--param", "num_leaf=4", "--param", "n_estimators=7")
    for task in TASKS:
        booster = lightgbm.Booster(model_file=tmp_path / "models" / f"{task}_v1.0.0.txt")
        trees = booster.dump_model()["tree_info"]
        assert len(trees) == 7 and max(tree["num_leaves"] for tree in trees) <= 4
        card = json.loads((tmp_path / "models" / f"{task}_v1.0.0.json").read_text())
        assert card["parameters"]["num_leaves"] == 4 and card["parameters"]["num_iterations"] == 7
    assert "num_leaves" in error_of(aml_miner, *common, "--param", "num_leavs=4", exit_code=2)
    assert "sets objective" in error_of(aml_miner, *common, "--param", "objective=mape", exit_code=2)
    assert "num_leaves" in error_of(aml_miner, *common, "--param", "num_leaves=few", exit_code=2)


def test_refuses_scores_that_would_be_fined(aml_miner, tmp_path):
    models = tmp_path / "models"
    truths = {}
    for name in ["clickhouse", "pandas"]:
        folder = copy_snapshot(SNAPSHOTS[name][1], tmp_path / name)
        truths[name] = next(folder.glob("ground_truth_*.parquet"))
        rewrite(truths[name], "SELECT alert_id, hash(alert_id) % 50 > 0 AS is_sar_filed FROM old")
    message = error_of(
        aml_miner, "train", "--input-dir", SNAPSHOTS["clickhouse"][0], "--ground-truth", truths["clickhouse"],
        "--holdout-input-dir", SNAPSHOTS["pandas"][0], "--holdout-ground-truth", truths["pandas"],
        "--models-dir", models, exit_code=3)
    assert "variance" in message and "2025-10-26" in message
    assert not list(models.glob("alert_scorer*"))


def test_shuffled_labels_give_chance(aml_miner, tmp_path):
    folder = copy_snapshot(SNAPSHOTS["clickhouse"][1], tmp_path / "truth")
    truth = folder / "ground_truth_2025-10-25.parquet"
    rewrite(truth, "SELECT alert_id, hash(alert_id) % 4 = 0 AS is_sar_filed FROM old")
    run(aml_miner, "train", "--input-dir", SNAPSHOTS["clickhouse"][0], "--ground-truth", truth,
        "--models-dir", tmp_path / "models")
    card = json.loads((tmp_path / "models" / "alert_scorer_v1.0.0.json").read_text())
    assert card["on_training_data"]["auc_roc"] > 0.9
    share = card["calibration"]["base_rate"]["share"]
    spread = [abs(bin["predicted"] - share) for bin in card["calibration"]["like"]]
    assert max(spread) < 0.1, "what rows taught themselves is no probability"


@pytest.mark.parametrize(
    "query, words",
    [
        ("SELECT alert_id FROM old", ["is_sar_filed"]),
        ("SELECT is_sar_filed FROM old", ["alert_id"]),
        ("SELECT alert_id, false AS is_sar_filed FROM old", ["both classes"]),
        ("SELECT alert_id, row_number() OVER (ORDER BY alert_id) <= 1 AS is_sar_filed FROM old",
         ["1 of the", "labelled rows are positive", "at least 3"]),
        ("SELECT alert_id, row_number() OVER (ORDER BY alert_id) <= 2 AS is_sar_filed FROM old",
         ["2 of the", "labelled rows are positive", "at least 3"]),
        ("SELECT alert_id, row_number() OVER (ORDER BY alert_id) > 2 AS is_sar_filed FROM old", ["at least 3"]),
        ("FROM old LIMIT 0", ["labelled rows"]),
    ],
)
def test_refuses_a_ground_truth_it_cannot_learn_from(query, words, aml_miner, tmp_path):
    models = tmp_path / "models"
    models.mkdir()
    (models / "alert_scorer_v1.0.0.txt").write_text("the model in use")
    truth = copy_snapshot(SNAPSHOTS["clickhouse"][1], tmp_path / "in") / "ground_truth_2025-10-25.parquet"
    rewrite(truth, query)
    message = error_of(aml_miner, "train", "--input-dir", SNAPSHOTS["clickhouse"][0],
                       "--ground-truth", truth, "--models-dir", models, exit_code=3)
    assert all(word in message for word in words), message
    visible = {name for name in (path.name for path in models.iterdir()) if not name.startswith(".")}
    assert visible == {"alert_scorer_v1.0.0.txt"}
    assert (models / "alert_scorer_v1.0.0.txt").read_text() == "the model in use"


def test_alerts_without_a_label_are_left_out(aml_miner, tmp_path):
    truth = copy_snapshot(SNAPSHOTS["clickhouse"][1], tmp_path / "in") / "ground_truth_2025-10-25.parquet"
    rewrite(truth, "SELECT alert_id, is_sar_filed::INT AS label FROM old ORDER BY alert_id LIMIT 400")
    run(aml_miner, "train", "--input-dir", SNAPSHOTS["clickhouse"][0], "--ground-truth", truth,
        "--models-dir", tmp_path / "models", "--version", "1.2.0")
    card = json.loads((tmp_path / "models" / "alert_scorer_v1.2.0.json").read_text())
    assert card["version"] == "1.2.0"
    assert card["training_data"][0]["rows"] == 400


def test_names_what_is_wrong_with_its_settings(aml_miner, tmp_path):
    snapshot, truth = SNAPSHOTS["clickhouse"]
    common = ["train", "--models-dir", tmp_path / "models", "--input-dir", snapshot]
    assert "--ground-truth" in error_of(
        aml_miner, *common, snapshot, "--ground-truth", truth, exit_code=2
    )
    assert "1.0.x" in error_of(
        aml_miner, *common, "--ground-truth", truth, "--version", "1.0.x", exit_code=2
    )
    assert "nowhere" in error_of(
        aml_miner, *common, "--ground-truth", tmp_path / "nowhere.parquet", exit_code=4
    )
    assert not (tmp_path / "models").exists() or folder_bytes(tmp_path / "models").keys() <= {
        ".new.lock"
    }
