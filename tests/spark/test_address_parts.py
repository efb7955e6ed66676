"""What needs an address's own transfers alone in parts of the addresses, as `sql --address-part` makes them: together the bits of the whole. Without Spark."""

import json
import shutil
from collections import Counter

import duckdb
import pytest

from nasty_days import write_nasty_day
from tables import difference, rows_of
from test_flow_slices import cut
from test_graph_joins import feature_sql, join
from test_sql_statements import DATA, DAYS, run

TABLES = ("address_flows", "subject_flows", "flows")
# Reads all of the three tables, and of each family of address_flows a feature.
EVERYTHING = """
SELECT a.alert_id AS alert_id, any_value(g.in_median_usd) AS in_median_usd, any_value(g.hours_of_day_active) AS hours_of_day_active,
  any_value(g.cycles_3) AS cycles_3, any_value(g.in_most_usd_1d) AS in_most_usd_1d, any_value(g.relays) AS relays,
  count(f.counterparty) AS rows_of_flows, count(s.payee_subject_id) AS rows_of_subject_flows
FROM alerts a
LEFT JOIN address_flows g ON g.subject_id = a.subject_id
LEFT JOIN flows f ON f.subject_id = a.subject_id
LEFT JOIN subject_flows s ON s.payer_subject_id = a.subject_id
GROUP BY a.alert_id
"""


def make_parts(aml_miner, day, folder, graph, count, *words):
    """Puts the tables of all parts together in `graph`, with what graph.json says of them beside what it has."""
    words = ["--input-dir", day, "--address-parts", count, *words]
    assert json.loads(run(aml_miner, "sql", *words, "--json"))["address_parts"] == count
    rows, counts = Counter(), Counter()
    for part in range(count):
        assert run(aml_miner, "sql", *words, "--address-part", part, "--part-dir", folder / str(part)) == ""
        said = json.loads((folder / str(part) / "part.json").read_text())
        rows.update(said["rows"])
        counts.update(said["flow_counts"])
        for table in said["rows"]:
            (graph / f"{table}.parquet").mkdir(parents=True, exist_ok=True)
            (folder / str(part) / f"{table}.parquet").rename(graph / f"{table}.parquet" / f"part-{part}.parquet")
    said = json.loads((graph / "graph.json").read_text()) if (graph / "graph.json").exists() else {"rows": {}}
    sha = json.loads(run(aml_miner, "sql", "--input-dir", day, "--json"))["made_of"]["snapshot_sha256"]
    (graph / "graph.json").write_text(json.dumps({"snapshot_sha256": sha, "rows": {**said["rows"], **rows}, "flow_counts": counts}))


def tables_of(aml_miner, day, folder, *words):
    """What `--tables-dir` writes: flow_counts, and the rows of each table."""
    plan = json.loads(run(aml_miner, "sql", "--input-dir", day, "--tables-dir", folder, "--json", *words))
    return plan["flow_counts"], {name: rows_of(duckdb.connect(), f"FROM read_parquet('{folder}/{name}.parquet')") for name in TABLES if name in plan["graph"]}


def require_alike(ours, theirs):
    assert ours[0] == theirs[0]
    assert ours[1].keys() == theirs[1].keys()
    for table in ours[1]:
        assert difference(ours[1][table], theirs[1][table]) is None, table


@pytest.mark.parametrize("seed, amount, count", [(1, "DECIMAL(18,4)", 3), (2, "DOUBLE", 1), (3, "DECIMAL(38,9)", 7)])
def test_parts_are_the_whole_on_random_transfers(aml_miner, tmp_path, seed, amount, count):
    """Every row of every table, and what became of each transfer: change, consolidation and duplicates, too."""
    day = write_nasty_day(tmp_path / "day", seed, amount)
    words = ["--features-dir", feature_sql(tmp_path / "sql", EVERYTHING)]
    whole = tables_of(aml_miner, day, tmp_path / "whole", *words)
    assert set(whole[1]) == set(TABLES) and all(whole[0][name] > 1 for name in ("change", "consolidation", "duplicates", "unpriced", "out_of_order"))
    make_parts(aml_miner, day, tmp_path / "parts", tmp_path / "graph", count, *words)
    parted = tables_of(aml_miner, day, tmp_path / "parted", "--graph-dir", tmp_path / "graph", *words)
    require_alike(parted, whole)


def consolidations(day):
    """A snapshot whose payments are of transactions with several payers, of which some pay to others, too, in the same second."""
    write_nasty_day(day, 4)
    duckdb.sql(f"COPY (SELECT 'n' || (hash(i) % 150) AS source_address, 'n' || (hash(i // 3 + CASE WHEN i % 5 = 0 THEN i ELSE 0 END + 1000000) % 150) AS dest_address, "
               f"(hash(i + 7) % 900) / 4.0 AS amount_usd, 1758758400 + hash(i // 12) % 2764800 AS timestamp, 't' || (i // 6) AS tx_hash FROM range(9000) t(i)) "
               f"TO '{day}/money_flows.parquet'")
    return day


def test_a_consolidation_is_known_in_the_part_of_its_payee(aml_miner, tmp_path):
    """Whether it is one depends on what its payers pay elsewhere."""
    day = consolidations(tmp_path / "day")
    whole = tables_of(aml_miner, day, tmp_path / "whole")
    assert whole[0]["consolidation"] > 100 and whole[0]["change"] > 10
    make_parts(aml_miner, day, tmp_path / "parts", tmp_path / "graph", 5)
    require_alike(tables_of(aml_miner, day, tmp_path / "parted", "--graph-dir", tmp_path / "graph"), whole)


@pytest.mark.parametrize("name", DAYS)
def test_with_slices_and_joins_the_whole_needs_no_graph(aml_miner, tmp_path, name):
    """What became of each transfer is then what the parts say: nobody else has looked at them."""
    day = tmp_path / DAYS[name].split("/")[-1]
    shutil.copytree(DATA / DAYS[name], day)
    whole = tables_of(aml_miner, day, tmp_path / "whole")
    slices = cut(aml_miner, day, tmp_path / "slices", 60)
    join(aml_miner, day, tmp_path / "graph")
    make_parts(aml_miner, day, tmp_path / "parts", tmp_path / "graph", 4)
    assert slices
    words = ["--graph-dir", tmp_path / "graph", "--slices-dir", tmp_path / "slices"]
    require_alike(tables_of(aml_miner, day, tmp_path / "parted", *words), whole)
    said = json.loads((tmp_path / "graph" / "graph.json").read_text())
    (tmp_path / "graph" / "graph.json").write_text(json.dumps({**said, "flow_counts": {"rows": 7}}))
    assert tables_of(aml_miner, day, tmp_path / "parted", *words)[0]["rows"] == 7
    assert tables_of(aml_miner, day, tmp_path / "parted", *words[:2])[0] == whole[0], "without slices there is a graph, which counts"


def test_what_is_no_part_is_refused(aml_miner, tmp_path):
    day = ["--input-dir", DATA / DAYS["pandas"]]
    for words in (["--address-part", 0], ["--part-dir", tmp_path / "p"], ["--address-part", 0, "--part-dir", tmp_path / "p"],
                  ["--address-part", 0, "--address-parts", 2]):
        assert "--address-part needs" in run(aml_miner, "sql", *day, *words, exit_code=2)
    assert "1001" in run(aml_miner, "sql", *day, "--address-parts", 1001, exit_code=2)
    assert "counted from 0" in run(aml_miner, "sql", *day, "--address-parts", 2, "--address-part", 2, "--part-dir", tmp_path / "p", exit_code=2)
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "mine.txt").write_text("")
    assert "would be lost" in run(aml_miner, "sql", *day, "--address-parts", 2, "--address-part", 1, "--part-dir", tmp_path / "p", exit_code=2)
    make_parts(aml_miner, DATA / DAYS["pandas"], tmp_path / "parts", tmp_path / "graph", 2)
    (tmp_path / "graph" / "subject_flows.parquet" / "part-1.parquet").unlink()
    said = run(aml_miner, "sql", *day, "--tables-dir", tmp_path / "t", "--graph-dir", tmp_path / "graph", exit_code=3)
    assert "subject_flows.parquet has" in said and "graph.json says" in said
    graph = json.loads((tmp_path / "graph" / "graph.json").read_text())
    (tmp_path / "graph" / "graph.json").write_text(json.dumps({**graph, "flow_counts": {"rows": "3"}}))
    assert "flow_counts that are no whole numbers" in run(aml_miner, "sql", *day, "--tables-dir", tmp_path / "t", "--graph-dir", tmp_path / "graph", exit_code=3)


def test_pairs_of_addresses_are_not_parted(aml_miner, tmp_path):
    day = write_nasty_day(tmp_path / "day", 1)
    duckdb.sql(f"COPY (SELECT 'n1' AS source_address, 'n2' AS dest_address, 3 AS tx_count, 5.0 AS amount_usd_sum) TO '{day}/money_flows.parquet'")
    words = ["--input-dir", day, "--address-parts", 2]
    assert json.loads(run(aml_miner, "sql", *words, "--json"))["address_parts"] == 0
    assert "no transfers by time" in run(aml_miner, "sql", *words, "--address-part", 0, "--part-dir", tmp_path / "p", exit_code=2)
