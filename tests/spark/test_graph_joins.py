"""What is global in the flow graph by joins, as another engine computes them: with DuckDB in its place, the bits of the whole. Without Spark."""

import json

import duckdb
import pytest

from nasty_days import write_nasty_day
from tables import as_in_the_program, difference, rows_of
from test_sql_statements import DATA, DAYS, run


# Of each family a feature: the program's own SQL reads none of community.
FEATURES = """
SELECT a.alert_id AS alert_id,
  g.community_addresses AS community_addresses,
  g.in_taint_3 AS in_taint_3,
  g.neighbor_pagerank_mean AS neighbor_pagerank_mean,
  g.counterparty_alerts AS counterparty_alerts
FROM alerts a
LEFT JOIN address_flows g ON g.subject_id = a.subject_id
"""


def feature_sql(folder, alerts):
    """A folder with this SQL of alerts, and one of clusters, which there must be."""
    folder.mkdir()
    (folder / "20_alert__graph.sql").write_text(alerts)
    (folder / "50_cluster__cluster.sql").write_text("SELECT c.cluster_id AS cluster_id, c.total_alerts AS total_alerts FROM clusters c\n")
    return folder


def join(aml_miner, day, folder, *words):
    """Runs the joins that the program prints, into that folder; the connection that has all of their tables."""
    plan = json.loads(run(aml_miner, "sql", "--engine", "duckdb", "--input-dir", day, "--json", *words))
    connection = duckdb.connect()
    as_in_the_program(connection)
    folder.mkdir()
    rows = {}
    for step in [*plan["load"], *plan["joins"]]:
        connection.execute(f"CREATE TABLE {step['table']} AS {step['sql']}")
        if step.get("is_family"):
            rows[step["table"]] = connection.execute(f"COPY {step['table']} TO '{folder}/{step['table']}.parquet'").fetchone()[0]
    (folder / "graph.json").write_text(json.dumps({"snapshot_sha256": plan["made_of"]["snapshot_sha256"], "rows": rows}))
    return connection


def require_the_bits_of_the_whole(aml_miner, day, folder, *more):
    tables = {}
    for name, words in (("whole", []), ("joined", ["--graph-dir", folder / "graph"])):
        plan = json.loads(run(aml_miner, "sql", "--input-dir", day, "--tables-dir", folder / name, "--json", *words, *more))
        tables[name] = (plan["flow_counts"], rows_of(duckdb.connect(), f"FROM read_parquet('{folder}/{name}/address_flows.parquet')"))
    assert tables["joined"][0] == tables["whole"][0]
    assert difference(tables["joined"][1], tables["whole"][1]) is None


@pytest.mark.parametrize("seed, amount", [(1, "DECIMAL(18,4)"), (2, "DOUBLE"), (3, "DECIMAL(38,9)")])
def test_joins_have_the_bits_of_the_whole_on_random_transfers(aml_miner, tmp_path, seed, amount):
    day = write_nasty_day(tmp_path / "day", seed, amount)
    words = ["--features-dir", feature_sql(tmp_path / "sql", FEATURES)]
    connection = join(aml_miner, day, tmp_path / "graph", *words)
    require_the_bits_of_the_whole(aml_miner, day, tmp_path, *words)
    found = connection.execute("SELECT count(*), count(DISTINCT in_mixer_usd_share), count(*) FILTER (in_taint_3 > in_taint_1), "
                               "count(*) FILTER (mixer_rank > 0), count(*) FILTER (in_service_usd_share > 0), "
                               "count(DISTINCT out_exchange_indirect_share), count(DISTINCT mixer_rank_backwards) FROM family_exposure").fetchone()
    assert all(count > 20 for count in found), f"each is put to the test: {found}"
    found = connection.execute("SELECT count(DISTINCT neighbor_pagerank_mean), count(DISTINCT neighbor_total_volume_usd_weighted_mean), "
                               "count(DISTINCT neighbor_burst_factor_second_mean), count(DISTINCT counterparty_alerts), count(DISTINCT community_alerted), "
                               "count(DISTINCT community_degree_total_mean) FROM family_neighbors JOIN family_alerts USING (subject_id) "
                               "JOIN family_community USING (subject_id)").fetchone()
    assert all(count > 3 for count in found), f"each is put to the test: {found}"
    assert connection.execute("SELECT count(*) FROM graph_repeats").fetchone()[0] > 20 and connection.execute("FROM graph_windows").fetchall()[1:]


@pytest.mark.parametrize("name", DAYS)
def test_joins_have_the_bits_of_the_whole(aml_miner, tmp_path, name):
    join(aml_miner, DATA / DAYS[name], tmp_path / "graph")
    require_the_bits_of_the_whole(aml_miner, DATA / DAYS[name], tmp_path)


def test_what_was_joined_of_something_else_is_refused(aml_miner, tmp_path):
    day, graph = write_nasty_day(tmp_path / "day", 1), tmp_path / "graph"
    words = ["--input-dir", day, "--tables-dir", tmp_path / "t", "--graph-dir", graph]

    def refused(what, code=3):
        assert what in run(aml_miner, "sql", *words, exit_code=code)

    refused("graph.json", 4)
    connection = join(aml_miner, day, graph)
    assert "--graph-dir needs --tables-dir" in run(aml_miner, "sql", "--input-dir", day, "--graph-dir", graph, exit_code=2)
    said = json.loads((graph / "graph.json").read_text())

    def say(**members):
        (graph / "graph.json").write_text(json.dumps({**said, **members}))

    def write(select):
        rows = connection.execute(f"COPY ({select}) TO '{graph}/family_exposure.parquet'").fetchone()[0]
        say(rows={"family_exposure": rows})

    for members, what in (({"snapshot_sha256": "0" * 64}, "is of the snapshot 000"), ({"snapshot_sha256": 1}, "has no snapshot_sha256"),
                          ({"rows": 3}, "has no object rows"), ({"rows": {"family_exposure": "3"}}, "no whole numbers"),
                          ({"rows": {"family_exposure": -1}}, "no whole numbers"), ({"rows": {"family_exposure": (1 << 64) - 1}}, "no whole numbers"),
                          ({"flow_counts": {"rows": 1 << 63}}, "flow_counts that are no whole numbers"), ({"rows": {"family_exposure": 1 << 64}}, "no whole numbers"),
                          ({"rows": {"family_exposure": 3}}, "rows where graph.json says 3")):
        say(**members)
        refused(what)
    write("FROM family_exposure WHERE subject_id <> (SELECT max(subject_id) FROM family_exposure)")
    refused("lacks subject")
    write("FROM family_exposure UNION ALL (FROM family_exposure LIMIT 1)")
    refused("twice")
    write("SELECT * REPLACE (NULL AS subject_id) FROM family_exposure")
    refused("of no subject")
    write("SELECT * EXCLUDE (in_taint_2) FROM family_exposure")
    refused("in_taint_2")
    (graph / "family_exposure.parquet").unlink()
    refused("family_exposure.parquet", 4)
    (graph / "graph.json").write_text("[" * 17 + "]" * 17)
    refused("nested too deep")
    (graph / "graph.json").write_text('"' + "x" * (64 << 10) + '"')
    refused("graph.json")


def test_nothing_is_joined_where_nothing_can_be(aml_miner, tmp_path):
    """Pairs of addresses have no times; and SQL that reads no such feature needs none."""
    day = write_nasty_day(tmp_path / "day", 1)
    assert json.loads(run(aml_miner, "sql", "--input-dir", day, "--json"))["joins"]
    groups = [word for group in ("flows", "graph_exposure", "graph_neighbors", "graph_patterns", "graph_rest") for word in ("--without", group)]
    assert not json.loads(run(aml_miner, "sql", "--input-dir", day, "--json", *groups))["joins"]
    duckdb.sql(f"COPY (SELECT 'n1' AS source_address, 'n2' AS dest_address, 3 AS tx_count, 5.0 AS amount_usd_sum) TO '{day}/money_flows.parquet'")
    assert not json.loads(run(aml_miner, "sql", "--input-dir", day, "--json"))["joins"]
