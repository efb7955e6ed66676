"""Days on Spark beside embedded ones: every published column but latency_ms has the same bits."""

import json
import pathlib
import subprocess

import duckdb
import pytest

from nasty_days import write_empty_day, write_nasty_day
from tables import as_in_the_program, difference, labels_of, rows_of

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"
MODELS = pathlib.Path(__file__).resolve().parents[2] / "trained_models"
SLICE_DAYS = {"clickhouse": 10, "pandas": 0, "nasty": 10, "empty": 0}  # of two the flow graph is cut over executors
JOINED = "nasty"  # of which they have what is global in it
PARTS = {"clickhouse": 0, "pandas": 0, "nasty": 3, "empty": 0}  # and what needs all transfers of an address: the driver reads none
FILES = ["alerts_scored", "alerts_ranked", "clusters_scored"]
pytestmark = pytest.mark.slow


def run(aml_miner, *words):
    done = subprocess.run([str(aml_miner), "--log-format", "json", *map(str, words)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    """Snapshots by name, of both flavours of producers, a nasty one, and one whose files have no rows but the alerts: Spark takes minutes for what the program does in a second."""
    return {"clickhouse": DATA / "clickhouse/2025-10-25", "pandas": DATA / "pandas/2025-10-26",
            "nasty": write_nasty_day(tmp_path_factory.mktemp("nasty") / "2025-10-26", 5),
            "empty": write_empty_day(tmp_path_factory.mktemp("empty") / "2025-10-26", 6)}


@pytest.fixture(scope="module")
def labels(days, tmp_path_factory):
    """Words that name labels and earlier days, by name of day: who is known counts."""
    folder = tmp_path_factory.mktemp("labels")
    return {"nasty": [], "empty": [], "pandas": labels_of(duckdb.connect(), days["pandas"], folder / "labels.csv"),
            "clickhouse": ["--history", earlier_days(days["clickhouse"], folder / "earlier")]}


def earlier_days(day, folder):
    """The same alerts five days before, with their truth, of which half were reported."""
    earlier = folder / "2025-10-20"
    earlier.mkdir(parents=True)
    duckdb.sql(f"COPY (SELECT * REPLACE (DATE '2025-10-20' AS processing_date) FROM '{day}/alerts.parquet') TO '{earlier}/alerts.parquet'")
    truth = earlier / "ground_truth_2025-10-20.parquet"
    duckdb.sql(f"COPY (SELECT DISTINCT alert_id, hash(alert_id) % 2 = 0 AS is_sar_filed FROM '{day}/alerts.parquet') TO '{truth}'")
    truth.with_suffix(".parquet.known_since").write_text("2025-10-24\n")
    return folder


@pytest.fixture(scope="module")
def on_spark(spark, seaweedfs, days, labels, tmp_path_factory):
    """Folders of the batches by name of day. One goes to an object store, from which it is copied."""
    root, bucket = tmp_path_factory.mktemp("spark"), seaweedfs.bucket()
    here = ("pandas", "nasty", "empty")
    outputs = {"clickhouse": f"s3a://{bucket}/output", **{name: root / name for name in here}}
    words = [word for name, day in days.items() for word in (day, outputs[name], root / "work", SLICE_DAYS[name], int(name == JOINED), PARTS[name],
                                                       *(labels[name][1] if option in labels[name] else "" for option in ("--labels", "--history")))]
    keys = {name: value for name, value in seaweedfs.environment(bucket).items() if name.startswith("S3_")}
    printed = spark.script("run_days.py", "local[2]", *words, **keys).split()
    assert printed == [f"s3://{bucket}/output/{days['clickhouse'].name}", *(str(root / name / days[name].name) for name in here)]
    client, copy = seaweedfs.client(), root / "copy" / days["clickhouse"].name
    copy.mkdir(parents=True)
    for entry in client.list_objects_v2(Bucket=bucket)["Contents"]:
        assert entry["Key"].startswith(f"output/{copy.name}/")
        client.download_file(bucket, entry["Key"], str(copy / entry["Key"].rsplit("/")[-1]))
    assert not list((root / "work").iterdir()), "what passed is removed"
    return {"clickhouse": copy, **{name: pathlib.Path(path) for name, path in zip(here, printed[1:], strict=True)}}


@pytest.mark.parametrize("name", ["clickhouse", "pandas", "nasty", "empty"])
def test_a_day_has_the_same_bits(aml_miner, days, labels, on_spark, tmp_path, name):
    embedded = tmp_path / days[name].name
    run(aml_miner, "process", "--input-dir", days[name], "--output-dir", embedded, "--models-dir", MODELS, *labels[name])
    connection = duckdb.connect()
    assert {file.name for file in embedded.iterdir()} == {file.name for file in on_spark[name].iterdir()}
    for file in FILES:
        ours, theirs = (f"FROM read_parquet('{folder}/{file}.parquet')" for folder in (embedded, on_spark[name]))
        assert connection.execute(f"DESCRIBE {ours}").fetchall() == connection.execute(f"DESCRIBE {theirs}").fetchall()
        found = difference(rows_of(connection, ours, ["latency_ms"]), rows_of(connection, theirs, ["latency_ms"]))
        assert found is None, (file, found)


def test_the_batch_says_who_made_it(on_spark):
    joined = json.loads((on_spark[JOINED] / "metadata.json").read_text())["engine"]
    assert all(joined["seconds"][stage] > 0 for stage in ("slices", "joins", "parts"))
    assert joined["flow_counts"]["transfers"] > 5000
    metadata = json.loads((on_spark["pandas"] / "metadata.json").read_text())
    assert metadata["engine"]["name"] == "spark" and metadata["engine"]["spark"].startswith("3.5.")
    assert "alert__known" in metadata["feature_groups"] and metadata["known_files"]
    assert metadata["engine"]["flow_slices"] == 0
    cut = json.loads((on_spark["clickhouse"] / "metadata.json").read_text())["engine"]
    kinds = {file["kind"] for file in json.loads((on_spark["clickhouse"] / "metadata.json").read_text())["known_files"]}
    assert len(kinds) == 2 and "labels" not in kinds, "alerts and truth of an earlier day"
    assert cut["flow_slices"] == 4 and cut["seconds"]["slices"] > 0
    assert metadata["engine"]["scored_rows"] == metadata["output_counts"]["alerts_scored"], "executors score alerts; the ranker is the same model"


def types_of(aml_miner, day, folder, known):
    """The types of the canonical tables, as DuckDB makes them of the printed statements."""
    plan = json.loads(run(aml_miner, "sql", "--engine", "duckdb", "--input-dir", day, "--tables-dir", folder / "t", "--json", *known))
    connection = duckdb.connect()
    as_in_the_program(connection)
    for step in plan["load"]:
        connection.execute(f"CREATE TABLE {step['table']} AS {step['sql']}")
    for name in plan["graph"]:
        connection.execute(f"CREATE TABLE {name} AS FROM read_parquet('{folder}/t/{name}.parquet')")
    names = [step["table"] for step in plan["load"] if not step["table"].endswith("_read")] + plan["graph"]
    return {name: [row[:2] for row in connection.execute(f"DESCRIBE {name}").fetchall()] for name in names}


def test_each_statement_by_itself_on_random_tables(aml_miner, spark, days, labels, tmp_path):
    plan = json.loads(run(aml_miner, "sql", "--engine", "spark", "--input-dir", days["pandas"], "--json", *labels["pandas"]))
    plan["types"] = types_of(aml_miner, days["pandas"], tmp_path, labels["pandas"])
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    (tmp_path / "tables").mkdir()
    said = spark.script("run_statements.py", tmp_path / "plan.json", tmp_path / "tables", 7)
    assert said.strip() == f"{len(plan['steps'])} alike"
