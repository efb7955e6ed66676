"""`aml-miner sql` prints what `process` executes: run by a DuckDB of its own, it gives the matrices bit by bit."""

import json
import pathlib
import subprocess

import duckdb
import pytest

from tables import as_in_the_program, labels_of, rows_of

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"
MODELS = pathlib.Path(__file__).resolve().parents[2] / "trained_models"
DAYS = {"clickhouse": "clickhouse/2025-10-25", "pandas": "pandas/2025-10-26", "torus": "torus/2025-11-20"}


def run(aml_miner, *words, exit_code=0):
    done = subprocess.run([str(aml_miner), "--log-format", "json", *map(str, words)], capture_output=True, text=True)
    assert done.returncode == exit_code, done.stderr
    return done.stdout if exit_code == 0 else done.stderr


def execute(plan, tables):
    connection = duckdb.connect()
    as_in_the_program(connection)
    for step in plan["load"]:
        connection.execute(f"CREATE TABLE {step['table']} AS {step['sql']}")
    for name in plan["graph"]:
        connection.execute(f"CREATE TABLE {name} AS FROM read_parquet('{tables}/{name}.parquet')")
    for step in plan["steps"]:
        connection.execute(f"CREATE TABLE {step['table']} AS {step['sql']}")
    return connection


@pytest.mark.parametrize("name, with_labels", [*((name, False) for name in DAYS), ("pandas", True)])
def test_what_is_printed_is_what_runs(aml_miner, tmp_path, name, with_labels):
    day = DATA / DAYS[name]
    known = labels_of(duckdb.connect(), day, tmp_path / "labels.csv") if with_labels else []
    run(aml_miner, "process", "--input-dir", day, "--output-dir", tmp_path / day.name, "--models-dir", MODELS, "--write-matrix", tmp_path / "m",
        "--without", "first_stage", *known)
    plan = json.loads(run(aml_miner, "sql", "--engine", "duckdb", "--input-dir", day, "--tables-dir", tmp_path / "t", "--json", *known))
    assert ({"known_subjects", "earlier_alerts"} <= set(plan["graph"])) is with_labels
    connection = execute(plan, tmp_path / "t")
    for kind in ("alert", "cluster"):
        connection.execute(f"CREATE TABLE {kind}_matrix AS FROM read_parquet('{tmp_path}/m/{kind}_matrix.parquet')")
        groups = [step["table"] for step in plan["steps"] if step["is_group"] and step["table"].startswith(kind)]
        assert (f"{kind}__known" in groups) is with_labels
        for group in groups:
            names = [column for column, *_ in connection.execute(f"DESCRIBE {group}").fetchall()]
            wanted = ", ".join(f'CAST("{column}" AS DOUBLE) AS "{column}"' for column in names[1:])
            # A row that a group lacks is missing values.
            made = f"SELECT m.{names[0]}, g.* EXCLUDE (id) FROM {kind}_matrix m LEFT JOIN (SELECT {names[0]} AS id, {wanted} FROM {group}) g ON g.id = m.{names[0]}"
            kept = ", ".join(f'"{column}"' for column in names)
            assert rows_of(connection, made) == rows_of(connection, f"SELECT {kept} FROM {kind}_matrix"), group


def test_the_text_is_in_the_order_in_which_it_runs(aml_miner):
    text = run(aml_miner, "sql", "--engine", "spark", "--input-dir", DATA / DAYS["pandas"])
    places = [text.index(words) for words in ("VIEW alerts_file_read AS", "VIEW subjects AS", "VIEW features AS", "-- address_flows: no SQL makes it",
                                              "-- 01_alert_codes.sql\n", "VIEW `alert_logs` AS", "-- 20_alert__alert.sql: the group alert__alert")]
    assert places == sorted(places)


def test_errors_are_sentences(aml_miner, tmp_path):
    said = run(aml_miner, "sql", "--input-dir", tmp_path / "none", exit_code=4)
    assert "is no directory" in said
    run(aml_miner, "sql", "--engine", "presto", "--input-dir", DATA / DAYS["pandas"], exit_code=2)
    said = run(aml_miner, "process", "--input-dir", DATA / DAYS["pandas"], "--output-dir", tmp_path / "2025-10-26", "--models-dir", MODELS,
               "--groups-dir", tmp_path, exit_code=4)
    assert "engine.json" in said


@pytest.fixture
def groups(aml_miner, tmp_path, request):
    """Words of `process` with groups that DuckDB made, of that day, and what engine.json says of them."""
    day = DATA / DAYS[getattr(request, "param", "pandas")]
    plan = json.loads(run(aml_miner, "sql", "--input-dir", day, "--tables-dir", tmp_path / "t", "--json"))
    connection = execute(plan, tmp_path / "t")
    (tmp_path / "groups").mkdir()
    rows = {}
    for group in (step["table"] for step in plan["steps"] if step["is_group"]):
        connection.execute(f"COPY {group} TO '{tmp_path}/groups/{group}.parquet' (FORMAT parquet)")
        rows[group] = connection.execute(f"SELECT count(*) FROM {group}").fetchone()[0]
    words = ["process", "--input-dir", day, "--output-dir", tmp_path / day.name, "--models-dir", MODELS, "--groups-dir", tmp_path / "groups"]
    return words, {"name": "duckdb", "made_of": plan["made_of"], "rows": rows}


def test_what_an_engine_says_is_bounded(aml_miner, groups, tmp_path):
    words, says = groups
    file = tmp_path / "groups" / "engine.json"
    for text in (json.dumps({**says, "name": "x" * (64 << 10)}), json.dumps(says)[:-1] + ', "a": ' + "[" * 20_000 + "]" * 20_000 + "}", "[]", "{"):
        file.write_text(text)
        assert "engine.json" in run(aml_miner, *words, exit_code=3)
    for count in (-1, 1 << 63, (1 << 64) - 1, 1 << 64, 1.5, True):
        file.write_text(json.dumps({**says, "rows": {**says["rows"], "alert__alert": count}}))
        assert "no whole number alert__alert" in run(aml_miner, *words, exit_code=3)
    file.write_text(json.dumps(says))
    run(aml_miner, *words)
    batch = tmp_path / "2025-10-26"
    assert json.loads((batch / "metadata.json").read_text())["engine"] == {"name": "duckdb", "scored_rows": 0}
    run(aml_miner, *words[:3], "--output-dir", tmp_path / "embedded" / "2025-10-26", "--models-dir", MODELS)
    assert (batch / "features.json").read_bytes() == (tmp_path / "embedded/2025-10-26/features.json").read_bytes()


@pytest.mark.parametrize("member, value, says", [("snapshot_sha256", "0" * 64, "another snapshot"), ("whole_feature_sql_sha256", "0" * 64, "other SQL"),
                                                 ("alerts", 499, "of 499 alerts"), ("clusters", 1, "and 1 clusters")])
def test_groups_of_something_else_are_refused(aml_miner, groups, tmp_path, member, value, says):
    words, engine = groups
    engine["made_of"][member] = value
    (tmp_path / "groups" / "engine.json").write_text(json.dumps(engine))
    assert says in run(aml_miner, *words, exit_code=3)


def test_groups_that_are_cut_are_refused(aml_miner, groups, tmp_path):
    words, engine = groups
    engine["rows"]["alert__alert"] += 1
    (tmp_path / "groups" / "engine.json").write_text(json.dumps(engine))
    assert "alert__alert.parquet has" in run(aml_miner, *words, exit_code=3)


def test_a_group_that_no_sql_makes_may_be_left_out(aml_miner):
    assert "alert__alert" in run(aml_miner, "sql", "--input-dir", DATA / DAYS["pandas"], "--without", "first_stage")
