"""aml-miner flows: the features of every address from transfers alone, and the patterns as rows."""

import pathlib
import subprocess

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build" / "aml-miner"
START = 1_700_000_000_000
HOUR = 3_600_000


def run(*arguments, code=0):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    return done.stderr


def transfer(source, dest, amount, time):
    return {"source_address": source, "dest_address": dest, "amount_usd": float(amount), "timestamp": START + time, "asset": "BTC",
            "tx_hash": f"{source}{dest}{time}", "network": "bitcoin", "block_number": 1}


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """A folder with nothing but money flows: a scatter-gather of 7 addresses, a cycle, a chain, ordinary payments."""
    folder = tmp_path_factory.mktemp("day")
    rows = []
    for i in range(5):
        rows.append(transfer("boss", f"mule{i}", 9_500, i * HOUR // 10))
        rows.append(transfer(f"mule{i}", "till", 9_300, HOUR + i * HOUR // 10))
    for i, pair in enumerate(["ab", "bc", "cd", "da"]):
        rows.append(transfer(pair[0], pair[1], 1_000 - 10 * i, i * HOUR))
    for i in range(60):
        rows.append(transfer(f"p{i % 7}", f"shop{i % 3}", 10 + i, i * HOUR))
    rows.append(rows[0])  # a duplicate
    pq.write_table(pa.Table.from_pylist(rows), folder / "money_flows.parquet")
    return folder


def rows_of(file):
    return duckdb.sql(f"FROM '{file}'").fetchall()


def test_features_of_every_address(day, tmp_path):
    run("flows", "--input-dir", day, "--output", tmp_path / "flows.parquet")
    table = pq.read_table(tmp_path / "flows.parquet").to_pylist()
    by_address = {row["address"]: row for row in table}
    assert set(by_address) == {"boss", "till", *"abcd", *(f"mule{i}" for i in range(5)), *(f"p{i}" for i in range(7)),
                               *(f"shop{i}" for i in range(3))}
    assert by_address["boss"]["out_transfers"] == 5
    assert float(by_address["boss"]["out_usd"]) == 47_500
    assert by_address["boss"]["out_below_limit_1_transfers"] == 5
    assert by_address["boss"]["scatter_gather_source_largest"] == 5
    assert by_address["till"]["scatter_gather_sink_largest"] == 5
    assert by_address["mule3"]["scatter_gather_middle_largest"] == 5
    assert by_address["mule0"]["passed_on_6h_share"] == pytest.approx(9_300 / 9_500)
    assert by_address["a"]["cycles_4"] == 1
    assert by_address["shop0"]["in_counterparties"] == 7
    assert by_address["p0"]["in_mean_usd"] is None


def test_two_outputs_are_two_files(day, tmp_path):
    refusal = run("flows", "--input-dir", day, "--output", tmp_path / "one", "--patterns", tmp_path / "." / "one", code=2)
    assert "--output and --patterns name the same file" in refusal
    assert not (tmp_path / "one").exists()


def test_rows_that_cannot_be_read_are_told_of(day, tmp_path):
    assert "left out" not in run("flows", "--input-dir", day, "--output", tmp_path / "f.parquet")
    for told, where in [("no transfer is kept", "true"), ("are left out", "source_address LIKE 'p%'")]:
        duckdb.sql(f"""COPY (SELECT * REPLACE (if({where}, NULL, timestamp) AS timestamp)
                             FROM '{day}/money_flows.parquet') TO '{tmp_path}/flows.parquet'""")
        warnings = run("flows", "--input-dir", tmp_path / "flows.parquet", "--output", tmp_path / "f.parquet")
        assert told in warnings and "without_time" in warnings


@pytest.mark.parametrize("sets", ["fan,,chains", "fan,fan", "fans"])
def test_sets_are_named_once(day, tmp_path, sets):
    assert "--set" in run("flows", "--input-dir", day, "--output", tmp_path / "f.parquet", "--set", sets, code=2)


def test_patterns_go_along_transfers(day, tmp_path):
    run("flows", "--input-dir", day, "--output", tmp_path / "flows.parquet", "--patterns", tmp_path / "patterns.parquet")
    patterns = pq.read_table(tmp_path / "patterns.parquet").to_pylist()
    pairs = set(duckdb.sql(f"SELECT source_address, dest_address FROM '{day}/money_flows.parquet'").fetchall())
    for row in patterns:
        for pair in zip(row["addresses"], row["addresses"][1:]):
            assert pair in pairs
    fans = [row for row in patterns if row["pattern_type"] == "scatter_gather"]
    assert len({row["pattern_id"] for row in fans}) == 1
    assert {address for row in fans for address in row["addresses"]} == {"boss", "till", *(f"mule{i}" for i in range(5))}
    assert fans[0]["pattern_addresses"] == 7 and float(fans[0]["amount_usd"]) == 47_500
    assert fans[0]["first_timestamp"] == START and fans[0]["last_timestamp"] == START + HOUR + 4 * HOUR // 10
    cycle, = [row for row in patterns if row["pattern_type"] == "cycle"]
    assert cycle["addresses"] == ["a", "b", "c", "d", "a"] and cycle["transfers"] == 4


def test_same_bytes_by_any_threads_and_order_of_rows(day, tmp_path):
    shuffled = tmp_path / "shuffled"
    shuffled.mkdir()
    duckdb.sql(f"COPY (FROM '{day}/money_flows.parquet' ORDER BY hash(tx_hash)) TO '{shuffled}/money_flows.parquet'")
    outputs = []
    for name, folder, threads in [("one", day, 1), ("three", day, 3), ("other", shuffled, 2)]:
        run("flows", "--input-dir", folder, "--output", tmp_path / f"{name}.parquet", "--patterns", tmp_path / f"{name}-p.parquet",
            "--threads", threads)
        outputs.append((rows_of(tmp_path / f"{name}.parquet"), rows_of(tmp_path / f"{name}-p.parquet")))
    assert outputs[0] == outputs[1] == outputs[2]


def test_sets_are_chosen(day, tmp_path):
    run("flows", "--input-dir", day / "money_flows.parquet", "--output", tmp_path / "flows.parquet", "--set", "rest,fan")
    names = pq.read_schema(tmp_path / "flows.parquet").names
    assert names[0] == "address" and "relays" in names and "in_most_usd_1d" in names and "cycles_3" not in names
    error = run("flows", "--input-dir", day, "--output", tmp_path / "no.parquet", "--set", "fun", code=2)
    assert "--set fun is none" in error and "patterns" in error
    assert not (tmp_path / "no.parquet").exists()


def test_every_row_is_counted(day, tmp_path):
    log = run("flows", "--input-dir", day, "--output", tmp_path / "flows.parquet")
    assert '"duplicates":1' in log and '"transfers":74' in log


def test_pairs_of_addresses(tmp_path):
    table = pa.table({"from_address": ["p", "q", "r"], "to_address": ["q", "r", "p"], "tx_count": [3, 1, 1],
                      "amount_usd_sum": [30.0, 5.0, 4.0], "first_seen_timestamp": [START] * 3,
                      "last_seen_timestamp": [START + HOUR] * 3})
    pq.write_table(table, tmp_path / "money_flows.parquet")
    run("flows", "--input-dir", tmp_path, "--output", tmp_path / "flows.parquet", "--patterns", tmp_path / "patterns.parquet")
    row = {row["address"]: row for row in pq.read_table(tmp_path / "flows.parquet").to_pylist()}["p"]
    assert row["out_transfers"] == 3 and float(row["out_usd"]) == 30 and row["cycles_3"] == 1
    assert row["in_most_transfers_1h"] is None and row["relays"] is None
    assert len(pq.read_table(tmp_path / "patterns.parquet")) == 1


def test_nothing_at_all(tmp_path):
    table = pa.table({"source_address": pa.array([], pa.string()), "dest_address": pa.array([], pa.string()),
                      "amount_usd": pa.array([], pa.float64()), "timestamp": pa.array([], pa.int64())})
    pq.write_table(table, tmp_path / "money_flows.parquet")
    run("flows", "--input-dir", tmp_path, "--output", tmp_path / "flows.parquet", "--patterns", tmp_path / "patterns.parquet")
    assert len(pq.read_table(tmp_path / "flows.parquet")) == 0
    assert len(pq.read_table(tmp_path / "patterns.parquet")) == 0


@pytest.mark.parametrize("flavour", ["clickhouse/2025-10-25", "pandas/2025-10-26", "torus/2025-11-20"])
def test_files_of_every_producer(flavour, tmp_path):
    folder = ROOT / "tests" / "data" / flavour
    if not (folder / "money_flows.parquet").exists():
        pytest.skip("has no money flows")
    run("flows", "--input-dir", folder, "--output", tmp_path / "flows.parquet")
    file = folder / "money_flows.parquet"
    names = pq.read_schema(file).names
    source, dest = ("source_address", "dest_address") if "source_address" in names else ("from_address", "to_address")
    wanted, = duckdb.sql(f"SELECT count(*) FROM (SELECT {source} FROM '{file}' WHERE {source} <> {dest} UNION "
                         f"SELECT {dest} FROM '{file}' WHERE {source} <> {dest})").fetchone()
    assert len(pq.read_table(tmp_path / "flows.parquet")) == wanted


def test_what_cannot_be_read(tmp_path):
    error = run("flows", "--input-dir", tmp_path, "--output", tmp_path / "flows.parquet", code=4)
    assert "money_flows.parquet" in error
    (tmp_path / "money_flows.parquet").write_text("PAR1 and nothing of it")
    error = run("flows", "--input-dir", tmp_path, "--output", tmp_path / "flows.parquet", code=3)
    assert "money_flows.parquet" in error
    assert not (tmp_path / "flows.parquet").exists()


def test_memory_is_bounded(day, tmp_path):
    error = run("flows", "--input-dir", day, "--output", tmp_path / "flows.parquet", "--memory-limit", "500KB", code=8)
    assert "--memory-limit" in error
    assert not (tmp_path / "flows.parquet").exists()
