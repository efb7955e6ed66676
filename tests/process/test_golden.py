"""On a tiny snapshot and small models the output equals files that are checked in.

golden/make_golden.py makes them anew where a change is meant.
"""

import json
import pathlib

import duckdb
import pytest

GOLDEN = pathlib.Path(__file__).resolve().parent / "golden"
TABLES = {
    "alerts_scored": "alert_id",
    "alerts_ranked": "rank",
    "clusters_scored": "cluster_id",
}


def published_lines(output):
    """Each table as JSON lines, without the measured column."""
    tables = {}
    for name, key in TABLES.items():
        relation = duckdb.sql(f"FROM '{output}/{name}.parquet' ORDER BY {key}")
        lines = []
        for row in relation.fetchall():
            record = dict(zip(relation.columns, row))
            record.pop("latency_ms", None)
            for key in ("explain_json", "rank_explain_json"):
                if record.get(key):
                    record[key] = json.loads(record[key])
            lines.append(json.dumps(record))
        tables[name] = lines
    return tables


def same(left, right):
    """Equal, and numbers to nine digits: another processor may round a logarithm differently."""
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, float) and isinstance(right, (int, float)):
        return left == pytest.approx(right, rel=1e-9, abs=1e-12)
    return left == right


@pytest.mark.parametrize("table", TABLES)
def test_a_tiny_snapshot_gives_what_is_checked_in(table, process, tiny, tmp_path):
    output = tmp_path / "2025-10-25"
    process(tiny, output, models=GOLDEN / "models")
    found = [json.loads(line) for line in published_lines(output)[table]]
    golden = [json.loads(line) for line in (GOLDEN / f"{table}.jsonl").read_text().splitlines()]
    assert len(found) == len(golden)
    for row, expected in zip(found, golden):
        assert same(row, expected), f"found {row}, expected {expected}"
