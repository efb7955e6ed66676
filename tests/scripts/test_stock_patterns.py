"""What of torus the stock models learn from: the listed patterns, and nothing of the others."""

import json
import pathlib
import re
import subprocess

import duckdb

ROOT = pathlib.Path(__file__).resolve().parents[2]
USED = ROOT / "data" / "stock-patterns"
TORUS = ROOT / "tests" / "data" / "torus"
DAY = "2025-11-20"


def column(sql):
    return [row[0] for row in duckdb.sql(sql).fetchall()]


def addresses_of(folder):
    return set(column(f"""
        SELECT address FROM '{folder}/alerts.parquet' UNION SELECT address FROM '{folder}/features.parquet'
        UNION SELECT unnest(addresses_involved) FROM '{folder}/clusters.parquet'
        UNION SELECT source_address FROM '{folder}/money_flows.parquet'
        UNION SELECT dest_address FROM '{folder}/money_flows.parquet'"""))


def test_the_list_is_what_is_learned_from():
    listed = (USED / "torus.txt").read_text().split()
    assert listed == sorted(set(listed))
    assert set(column(f"SELECT pattern_id FROM '{USED / DAY}/alerts.parquet'")) == set(listed)
    everything = column(f"SELECT DISTINCT pattern_id FROM '{TORUS / DAY}/alerts.parquet'")
    assert set(listed) < set(everything)
    # Their alerts are all there, as they are in torus.
    names = ", ".join(f"'{pattern}'" for pattern in listed)
    expected = duckdb.sql(f"SELECT * FROM '{TORUS / DAY}/alerts.parquet' WHERE pattern_id IN ({names}) ORDER BY alert_id")
    assert duckdb.sql(f"FROM '{USED / DAY}/alerts.parquet' ORDER BY alert_id").fetchall() == expected.fetchall()


def test_the_other_patterns_are_not_read():
    alerts = set(column(f"SELECT alert_id FROM '{USED / DAY}/alerts.parquet'"))
    assert set(column(f"SELECT alert_id FROM '{USED}/ground_truth_{DAY}.parquet'")) == alerts
    assert set(column(f"SELECT unnest(related_alert_ids) FROM '{USED / DAY}/clusters.parquet'")) <= alerts
    # No address of theirs takes part in a listed pattern, nor pays or is paid by one that does.
    held_out = column(f"SELECT DISTINCT address FROM '{TORUS / DAY}/alerts.parquet' "
                      f"WHERE alert_id NOT IN (SELECT alert_id FROM '{USED / DAY}/alerts.parquet')")
    assert addresses_of(USED / DAY).isdisjoint(held_out)
    assert len(held_out) > 900
    script = (ROOT / "scripts" / "train-stock-models").read_text()
    assert "data/stock-patterns" in script
    assert not re.search(r"tests/data|torus/|shared", script)


def test_the_cards_name_no_other_day_of_torus():
    used = {path.name: len(column(f"SELECT 1 FROM '{path}'")) for path in (USED / DAY).glob("*.parquet")}
    card = json.loads((ROOT / "trained_models" / "alert_scorer_v1.0.0.json").read_text())
    real = [day for day in card["training_data"] if day["processing_date"] == DAY]
    assert [day["rows"] for day in real] == [used["alerts.parquet"]]


def test_a_folder_without_patterns_is_refused(tmp_path):
    done = subprocess.run([ROOT / "scripts" / "train-stock-models", "--patterns", tmp_path], capture_output=True, text=True)
    assert done.returncode != 0
    assert "holds no 2025-11-20" in done.stderr and "none" in done.stderr
