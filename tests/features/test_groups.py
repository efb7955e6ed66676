"""A new idea is one new file; what was used is said in cards and metadata; a range is held to."""

import hashlib
import json
import re
import resource
import shutil
import signal
import subprocess
import time

import duckdb
import pytest

from batches import SNAPSHOTS, error_of, run, tiny_snapshot, trained
from sql_discipline import ROOT

BUILT_IN = ROOT / "src/features/sql"


@pytest.fixture
def folder(tmp_path):
    """A user's copy of the built-in SQL."""
    return shutil.copytree(BUILT_IN, tmp_path / "my-features")


def train(aml_miner, models, *arguments, snapshot="clickhouse"):
    day, truth = SNAPSHOTS[snapshot]
    run(aml_miner, "train", "--input-dir", day, "--ground-truth", truth, "--models-dir", models, *arguments)
    return models


def process(aml_miner, output, models, *arguments):
    log = run(aml_miner, "process", "--input-dir", tiny_snapshot(), "--output-dir", output / "2025-10-25",
              "--models-dir", models, *arguments)
    return json.loads((output / "2025-10-25" / "metadata.json").read_text()), log


def card(models, model="alert_scorer"):
    return json.loads((models / f"{model}_v1.0.0.json").read_text())


def example_of_the_document():
    """The file that docs/features.md shows, with its name."""
    text = (ROOT / "docs/features.md").read_text()
    found = re.search(r"`(\d\d_alert__\w+\.sql)`:\n\n((?:    .*\n)+)", text)
    assert found, "docs/features.md shows no file with its name in backquotes before it"
    return found.group(1), re.sub(r"^    ", "", found.group(2), flags=re.MULTILINE)


def test_a_new_idea_is_one_new_file(aml_miner, folder, tmp_path):
    name, text = example_of_the_document()
    (folder / name).write_text(text)
    models = train(aml_miner, tmp_path / "models", "--features-dir", folder)
    group = name[3:-4]
    assert group in card(models)["feature_groups"]
    assert group not in card(models, "cluster_scorer")["feature_groups"]
    feature = re.search(r"AS (\w+),?  -- (.*)", text)
    assert card(models)["feature_meanings"][feature.group(1)] == feature.group(2)
    metadata, _ = process(aml_miner, tmp_path, models, "--features-dir", folder, "--write-matrix", tmp_path / "matrix")
    assert group in metadata["feature_groups"]
    columns = duckdb.sql(f"FROM '{tmp_path}/matrix/alert_matrix.parquet'").columns
    assert feature.group(1) in columns and len(columns) > 200


def test_groups_are_left_out_for_ablation(aml_miner, tmp_path):
    models = train(aml_miner, tmp_path / "models", "--without", "flows", "--without", "alert__ranks")
    alert, cluster = card(models), card(models, "cluster_scorer")
    assert alert["feature_groups"] == ["alert__alert", "alert__evidence", "alert__indicators", "alert__address",
                                       "alert__activity", "alert__history", "alert__clusters", "alert__graph_neighbors",
                                       "alert__graph_exposure", "alert__graph_patterns", "alert__graph_rest"]
    assert cluster["feature_groups"] == ["cluster__cluster", "cluster__alerts", "cluster__addresses"]
    assert not [name for name in alert["features"] if name.startswith(("flow_in", "log_"))]
    metadata, log = process(aml_miner, tmp_path, models, "--without", "flows", "--without", "alert__ranks")
    assert metadata["feature_groups_left_out"] == ["alert__ranks", "alert__flows", "cluster__flows"]
    assert sorted(metadata["feature_groups"]) == sorted(alert["feature_groups"] + cluster["feature_groups"])
    # The same files are the same SQL, whatever is left out of them.
    assert metadata["models"]["alert_scorer"]["feature_sql"] == "same"
    assert not [line for line in metadata["warnings"] if "feature SQL" in line]
    made = {line["table"] for line in run(
        aml_miner, "--log-level", "debug", "process", "--input-dir", tiny_snapshot(), "--output-dir",
        tmp_path / "again" / "2025-10-25", "--models-dir", models, "--without", "flows", "--without", "ranks")
        if line["message"] == "feature SQL run"}
    assert "alert__alert" in made and not made & {"cluster_flows", "alert_day_statistics"}


def test_a_model_that_needs_what_is_left_out_is_refused(aml_miner, tmp_path):
    message = error_of(aml_miner, "process", "--input-dir", tiny_snapshot(), "--output-dir", tmp_path / "2025-10-25",
                       "--models-dir", trained(aml_miner, "clickhouse"), "--without", "alert", exit_code=2)
    assert "leaves out alert__alert," in message and "alert_confidence_score" in message


def test_an_unknown_group_is_named_with_the_nearest(aml_miner, tmp_path):
    for command in ["process", "train"]:
        extra = (["--output-dir", tmp_path / "2025-10-25"] if command == "process" else
                 ["--ground-truth", SNAPSHOTS["clickhouse"][1], "--models-dir", tmp_path / "models"])
        message = error_of(aml_miner, command, "--input-dir", SNAPSHOTS["clickhouse"][0], *extra, "--without", "flow",
                           exit_code=2)
        assert "--without flow" in message and "flows" in message
        assert not (tmp_path / "2025-10-25").exists()


def test_a_card_holds_what_the_model_was_trained_with(aml_miner, folder, tmp_path):
    models = train(aml_miner, tmp_path / "models", "--features-dir", folder)
    files = card(models)["feature_sql_sha256"]
    # The group `known` is no part of SQL that was run without labels and earlier days.
    assert files == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.sql")
                     if not path.stem.endswith("__known")}
    built_in = card(trained(aml_miner, "clickhouse"))
    assert card(models)["whole_feature_sql_sha256"] == built_in["whole_feature_sql_sha256"]
    metadata, _ = process(aml_miner, tmp_path, models)
    assert metadata["whole_feature_sql_sha256"] == built_in["whole_feature_sql_sha256"]
    assert {model["feature_sql"] for model in metadata["models"].values()} == {"same"}


def test_other_sql_than_the_models_is_said(aml_miner, folder, tmp_path):
    models = trained(aml_miner, "clickhouse")
    changed = folder / "25_alert__history.sql"
    changed.write_text(changed.read_text().replace("CAST(b.alert_count AS DOUBLE)", "CAST(b.alert_count + 1 AS DOUBLE)"))
    (folder / "40_alert__mine.sql").write_text("SELECT a.alert_id AS alert_id, 1.0e0 AS one  -- one; 1 to 1\nFROM alerts AS a")
    metadata, log = process(aml_miner, tmp_path, models, "--features-dir", folder)
    differences = ["25_alert__history.sql is another", "40_alert__mine.sql is new"]
    for model in metadata["models"].values():
        assert model["feature_sql"] == "other" and model["feature_sql_differences"] == differences
    warnings = [line for line in metadata["warnings"] if "other feature SQL" in line]
    assert len(warnings) == 1 and all(words in warnings[0] for words in differences)
    assert all(name in warnings[0] for name in ["alert_scorer_v1.0.0.txt", "cluster_scorer_v1.0.0.txt"])
    assert warnings[0] in [line["message"] for line in log if line["level"] == "warning"]


def test_other_comments_are_the_same_sql(aml_miner, folder, tmp_path):
    changed = folder / "25_alert__history.sql"
    changed.write_text("-- mine\n" + changed.read_text().replace("alerts about the address", "how many alerts are about it"))
    metadata, _ = process(aml_miner, tmp_path, trained(aml_miner, "clickhouse"), "--features-dir", folder)
    assert {model["feature_sql"] for model in metadata["models"].values()} == {"same"}
    assert not [line for line in metadata["warnings"] if "feature SQL" in line]


def test_another_macro_is_other_sql(aml_miner, folder, tmp_path):
    macros = folder / "00_macros.sql"
    macros.write_text(macros.read_text().replace("WHEN 'critical' THEN 3", "WHEN 'critical' THEN 4"))
    metadata, _ = process(aml_miner, tmp_path, trained(aml_miner, "clickhouse"), "--features-dir", folder)
    assert metadata["models"]["alert_scorer"]["feature_sql_differences"] == ["00_macros.sql is another"]


def test_a_model_without_a_card_says_nothing_of_its_sql(aml_miner, tmp_path):
    models = shutil.copytree(trained(aml_miner, "clickhouse"), tmp_path / "models")
    (models / "alert_scorer_v1.0.0.json").unlink()
    (models / "alert_ranker_v1.0.0.json").write_text("{")
    metadata, _ = process(aml_miner, tmp_path, models)
    assert [metadata["models"][name]["feature_sql"] for name in ["alert_scorer", "alert_ranker", "cluster_scorer"]] == [
        "unknown", "unknown", "same"]


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_every_value_of_every_snapshot_is_in_its_range(name, aml_miner, tmp_path):
    day, _ = SNAPSHOTS[name]
    run(aml_miner, "process", "--input-dir", day, "--output-dir", tmp_path / day.name,
        "--models-dir", trained(aml_miner, name), "--check-ranges")


def test_every_value_of_a_simulated_day_is_in_its_range(aml_miner, tmp_path):
    run(aml_miner, "simulate", "--network", "bitcoin", "--processing-date", "2025-10-26", "--days", "7", "--scale",
        "0.01", "--seed", "7", "--output-dir", tmp_path / "input")
    run(aml_miner, "process", "--input-dir", tmp_path / "input", "--output-dir", tmp_path / "2025-10-26",
        "--check-ranges")


def test_a_value_outside_its_range_is_refused(aml_miner, folder, tmp_path):
    (folder / "40_alert__mine.sql").write_text(
        "SELECT\n  a.alert_id AS alert_id,\n  CAST(a.volume_usd AS DOUBLE) AS mine  -- volume; USD; 0 to 1000\nFROM alerts AS a")
    models = trained(aml_miner, "clickhouse")
    arguments = ["process", "--input-dir", tiny_snapshot(), "--output-dir", tmp_path / "2025-10-25", "--models-dir",
                 models, "--features-dir", folder]
    message = error_of(aml_miner, *arguments, "--check-ranges", exit_code=3)
    assert message.startswith("40_alert__mine.sql:3: mine is ") and "0 to 1000" in message and "of 30 rows" in message
    assert not (tmp_path / "2025-10-25").exists()
    run(aml_miner, *arguments)


def test_a_folder_from_before_there_were_groups_still_works(aml_miner, tmp_path):
    old = tmp_path / "old"
    old.mkdir()
    (old / "01_address_sizes.sql").write_text(
        "SELECT f.subject_id AS subject_id, f.degree_total AS degree FROM features AS f")
    (old / "02_alert_features.sql").write_text(
        "-- All in one file, as it was.\nSELECT a.alert_id AS alert_id, CAST(a.volume_usd AS DOUBLE) AS volume, "
        "s.degree AS degree FROM alerts AS a LEFT JOIN address_sizes AS s ON s.subject_id = a.subject_id")
    (old / "03_cluster_features.sql").write_text(
        "SELECT c.cluster_id AS cluster_id, c.total_alerts AS total_alerts FROM clusters AS c;\n")
    models = train(aml_miner, tmp_path / "models", "--features-dir", old)
    assert card(models)["features"] == ["volume", "degree"]
    assert card(models)["feature_groups"] == ["alert_features"]
    metadata, _ = process(aml_miner, tmp_path, models, "--features-dir", old)
    assert metadata["feature_groups"] == ["alert_features", "cluster_features"]


def listed(aml_miner, *arguments):
    done = subprocess.run([aml_miner, "features", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_list_of_features_is_that_of_the_sql(aml_miner):
    assert (ROOT / "docs/feature-list.md").read_text() == listed(aml_miner, "--markdown"), \
        "run build/aml-miner features --markdown > docs/feature-list.md"


def test_the_list_names_the_columns_that_the_models_see(aml_miner, tmp_path):
    features = [feature for feature in json.loads(listed(aml_miner, "--json"))["features"] if feature["group"] != "known"]
    process(aml_miner, tmp_path, trained(aml_miner, "clickhouse"), "--write-matrix", tmp_path / "matrix")
    for rows in ["alert", "cluster"]:
        columns = duckdb.sql(f"FROM '{tmp_path}/matrix/{rows}_matrix.parquet'").columns
        told = columns[-4:] if rows == "cluster" else []  # by the alert scorer, not by SQL
        assert all(name.startswith("alert_probability_") or name == "scored_alerts" for name in told)
        assert [f["name"] for f in features if f["rows"] == rows] + told == columns[1:]
    assert "flow_in_mean_usd" in listed(aml_miner)
    assert "CREATE MACRO" not in listed(aml_miner, "--sql") and "floor(ln(" in listed(aml_miner, "--sql")


def test_a_feature_without_a_meaning_is_refused_by_the_check(aml_miner, folder):
    listed(aml_miner, "--features-dir", folder, "--check")
    (folder / "40_alert__mine.sql").write_text(
        "SELECT\n  a.alert_id AS alert_id,\n  1.0e0 AS one,\n  2.0e0 AS two  -- two; 2 to 2\nFROM alerts AS a")
    message = error_of(aml_miner, "features", "--features-dir", folder, "--check", exit_code=3)
    assert "40_alert__mine.sql:3: one" in message and "two" not in message


def test_an_error_in_a_file_shows_its_line(aml_miner, folder, tmp_path):
    (folder / "40_alert__mine.sql").write_text("SELECT\n  a.alert_id AS alert_id,\n  log_of(a.mood) AS mood\nFROM alerts AS a\n")
    message = error_of(aml_miner, "process", "--input-dir", tiny_snapshot(), "--output-dir", tmp_path / "2025-10-25",
                       "--models-dir", trained(aml_miner, "clickhouse"), "--features-dir", folder, exit_code=3)
    first, line, caret = message.split("\n")
    assert first.startswith("40_alert__mine.sql:3:10: ") and "mood" in first
    assert line == "  log_of(a.mood) AS mood" and caret == "         ^"


def test_explanations_and_importances_say_what_features_mean(aml_miner):
    models = trained(aml_miner, "clickhouse")
    alert = duckdb.sql(f"SELECT min(alert_id) FROM '{tiny_snapshot()}/alerts.parquet'").fetchone()[0]
    meanings = card(models)["feature_meanings"]
    arguments = [aml_miner, "explain", "--input-dir", tiny_snapshot(), "--alert-id", alert, "--models-dir", models]
    told = json.loads(subprocess.run([*arguments, "--json"], capture_output=True, text=True).stdout)
    assert all(f["meaning"] == meanings[f["name"]] for f in told["features"])
    text = subprocess.run([*arguments, "--top", "3"], capture_output=True, text=True).stdout
    assert text.count("\n" + told["features"][0]["name"]) == 2
    assert meanings[told["features"][2]["name"]] in " ".join(text.split())
    for model in [models / "alert_scorer_v1.0.0.txt", ROOT / "tests/process/golden/models/cluster_scorer_v1.0.0.txt"]:
        inspected = json.loads(subprocess.run([aml_miner, "inspect", "--model", model, "--json"], capture_output=True,
                                              text=True).stdout)
        assert all(f["meaning"] for f in inspected["features"])


def test_a_stop_ends_a_statement_that_would_run_for_hours(aml_miner, folder, tmp_path):
    (folder / "60_alert__mine.sql").write_text(
        "SELECT\n  a.alert_id AS alert_id,\n  count(r.i) AS n  -- a number; \u2265 0\nFROM alerts AS a\n"
        "CROSS JOIN range(1000000) AS r(i)\nCROSS JOIN range(1000000) AS s(i)\nWHERE r.i < s.i\nGROUP BY a.alert_id\n")
    arguments = [aml_miner, "--log-format", "json", "--log-level", "debug", "process", "--input-dir", tiny_snapshot(),
                 "--output-dir", tmp_path / "2025-10-25", "--models-dir", trained(aml_miner, "clickhouse"),
                 "--features-dir", folder]
    running = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
    for line in running.stderr:
        if json.loads(line).get("table") == "cluster__flows":
            break
    time.sleep(1)
    running.send_signal(signal.SIGINT)
    log = running.stderr.read()
    assert running.wait(timeout=60) == 130, log
    assert not (tmp_path / "2025-10-25").exists()


def hashes(folder):
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("sql", [
    "COPY (SELECT 1) TO '{input}' (FORMAT parquet, USE_TMP_FILE false)",
    "COPY alerts FROM '{input}'",
    "ATTACH '{input}' AS other",
    "EXPORT DATABASE '{folder}'",
    "INSTALL httpfs",
    "LOAD '{input}'",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "PRAGMA enable_external_access",
    "SELECT 'a' AS alert_id; COPY alerts TO '{input}'",
    "SELECT content AS alert_id FROM read_text('{input}')",
    "SELECT a.alert_id AS alert_id FROM read_parquet('{input}') AS a",
    "SELECT a.alert_id AS alert_id FROM '{input}' AS a",
    "SELECT a.alert_id AS alert_id, (SELECT count(1) FROM glob('{folder}/*')) AS n FROM alerts AS a",
    "SELECT a.alert_id AS alert_id, (SELECT size FROM read_blob('{input}')) AS n FROM alerts AS a",
    "SELECT a.alert_id AS alert_id FROM query('SELECT 1') AS a",
])
def test_sql_of_strangers_reaches_no_file(sql, aml_miner, folder, tmp_path):
    snapshot = shutil.copytree(tiny_snapshot(), tmp_path / "input")
    before = hashes(snapshot)
    (folder / "40_alert__mine.sql").write_text(sql.format(input=snapshot / "alerts.parquet", folder=snapshot))
    message = error_of(aml_miner, "process", "--input-dir", snapshot, "--output-dir", tmp_path / "2025-10-25",
                       "--models-dir", trained(aml_miner, "clickhouse"), "--features-dir", folder, exit_code=3)
    assert message.startswith("40_alert__mine.sql:1:")
    assert hashes(snapshot) == before and not (tmp_path / "2025-10-25").exists()


def test_a_file_of_sql_is_bounded(aml_miner, tmp_path):
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "10_alert__own.sql").write_text("SELECT alert_id, 1 AS one FROM alerts --" + "x" * (1 << 20))
    done = subprocess.run([aml_miner, "features", "--features-dir", tmp_path / "sql"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, "1048576 bytes" in done.stderr) == (3, True), done.stderr


def test_a_statement_beyond_the_memory_limit_is_refused(aml_miner, folder, tmp_path):
    (folder / "40_alert__mine.sql").write_text(
        "SELECT\n  a.alert_id AS alert_id,\n  max(length(repeat(a.alert_id, 500000000))) AS n  -- a number; \u2265 0\n"
        "FROM alerts AS a GROUP BY a.alert_id\n")
    done = subprocess.run(
        [aml_miner, "process", "--input-dir", tiny_snapshot(), "--output-dir", tmp_path / "2025-10-25", "--models-dir",
         trained(aml_miner, "clickhouse"), "--features-dir", folder, "--memory-limit", "300MB"],
        capture_output=True, text=True, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (16 << 30, 16 << 30)))
    assert done.returncode not in (0, -6, -9, -11, 1), done.stderr
    assert "40_alert__mine.sql" in done.stderr
    assert not (tmp_path / "2025-10-25").exists()
