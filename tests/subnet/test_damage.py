"""What is stored and cannot be read costs itself alone: each column of the ledger, one after the other, and each kind of file."""

import shutil
import sqlite3

import pyarrow
import pytest

from hostile_kinds import honest
from hostile_subnet import DATE, HostileSubnet

# Every column that is no key, by table: OF is which row is damaged.
COLUMNS = {
    "rounds": ["network", "window_days", "snapshot_sha256", "created_at", "asked", "truth_sha256"],
    "miners": ["hotkey", "since"],
    "participants": ["uid", "host", "port", "registered"],
    "submissions": ["outcome", "reason", "body_sha256", "body_bytes", "request_payload", "request_body", "envelope", "seconds", "at"],
    "verdicts": ["final_score", "verdict", "judged_at"],
    "judged": ["at"],
    "weights": ["uids", "hotkeys", "values", "state", "block_before", "begun_block", "block", "reveal_round", "message", "at"],
    "kept": ["value"],
    "evidence": ["identities", "gain", "spread", "clusters"],
}
OF = {"miners": "hotkey = :victim", **dict.fromkeys(["participants", "submissions", "verdicts"],
                                                    "miner = (SELECT id FROM miners WHERE hotkey = :victim)")}
GARBAGE = [b"\x00\xff{garbage", "", "-1", 9e99, "[[[[", -(1 << 62)]
DAMAGES = [(table, column, GARBAGE[(i + j) % len(GARBAGE)])
           for i, (table, columns) in enumerate(COLUMNS.items()) for j, column in enumerate(columns)]


@pytest.fixture(scope="module")
def stored(aml_miner, tmp_path_factory):
    """Three miners, judged on the day; the truth has appeared since. What follows from it where nothing is damaged."""
    made = HostileSubnet(aml_miner, tmp_path_factory.mktemp("damage"))
    for number, name in enumerate(("victim", "third"), 8):
        made.miners[name] = made.miner(name, honest, model=number)
    made.state = made.chain("chain", [(name, "127.0.0.1", miner.port) for name, miner in made.miners.items()])
    made.validate(made.state, made.folder / "base", "--once")
    made.run("publish", "--input-dir", made.folder / "snapshot", "--ground-truth", made.truth, "--sot", made.sot)
    shutil.copytree(made.folder / "base", made.folder / "whole")
    made.validate(made.state, made.folder / "whole", "--date", DATE)
    made.expected = made.verdicts(made.folder / "whole", "truth")
    assert {verdict["integrity"] for verdict in made.expected.values()} == {0.2}
    yield made
    made.peer.stop()


def judged_after(stored, folder):
    """The verdicts by the truth; those of the others are what they are without the damage."""
    done = stored.validate(stored.state, folder, "--date", DATE, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    connection = sqlite3.connect(folder / "ledger.sqlite")
    rows = connection.execute("SELECT hotkey, json_extract(verdict, '$.final_score'), json_extract(verdict, '$.checks[0].name') "
                              "FROM verdicts JOIN miners ON id = miner WHERE stage = 'truth'").fetchall()
    connection.close()
    found = {stored.names.get(hotkey, "victim"): (score, check) for hotkey, score, check in rows}
    assert set(found) == set(stored.expected)
    for name in ("honest", "third"):
        assert found[name][0] == stored.expected[name]["final_score"], name
    return found["victim"]


def test_every_column_is_tried(stored):
    connection = sqlite3.connect(stored.folder / "base" / "ledger.sqlite")
    keys = {"date", "miner", "stage", "asked", "id", "arrival", "sequence", "name"}
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")]
    found = {table: {row[1] for row in connection.execute(f"PRAGMA table_info({table})")} for table in tables}
    connection.close()
    assert {table: columns - keys for table, columns in found.items()} == {table: {*columns} - keys for table, columns in COLUMNS.items()}


@pytest.mark.parametrize("table, column, garbage", DAMAGES, ids=[f"{table}.{column}" for table, column, _ in DAMAGES])
def test_a_column_that_cannot_be_read_costs_itself_alone(stored, tmp_path, table, column, garbage):
    folder = tmp_path / "validator"
    shutil.copytree(stored.folder / "base", folder)
    victim = next(hotkey for hotkey, name in stored.names.items() if name == "victim")
    connection = sqlite3.connect(folder / "ledger.sqlite")
    connection.execute(f'UPDATE {table} SET "{column}" = :garbage WHERE {OF.get(table, "true")}', {"garbage": garbage, "victim": victim})
    connection.commit()
    connection.close()
    judged_after(stored, folder)


def of_victim(stored, folder):
    victim = next(hotkey for hotkey, name in stored.names.items() if name == "victim")
    connection = sqlite3.connect(folder / "ledger.sqlite")
    (sha256,) = connection.execute("SELECT body_sha256 FROM submissions JOIN miners ON id = miner WHERE hotkey = ? "
                                   "AND asked = 'first'", (victim,)).fetchone()
    connection.close()
    return folder / "submissions" / sha256[:2] / f"{sha256}.zst"


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "changed", "a folder", "a bomb"])
@pytest.mark.parametrize("answers", [True, False], ids=["mended", "set aside"])
def test_a_body_that_cannot_be_read_sets_its_miner_aside(stored, tmp_path, damage, answers):
    folder = tmp_path / "validator"
    shutil.copytree(stored.folder / "base", folder)
    body = of_victim(stored, folder)
    whole = body.read_bytes()
    body.unlink()
    if damage == "a folder":
        body.mkdir()
    elif damage == "a bomb":
        body.write_bytes(pyarrow.Codec("zstd").compress(bytes(1 << 28), asbytes=True))
    elif damage != "missing":
        body.write_bytes({"empty": b"", "cut": whole[:-9], "changed": whole[:-9] + b"x" + whole[-8:]}[damage])
    miner = stored.miners["victim"]
    miner.kind = honest if answers else lambda exchange: None
    try:
        victim = judged_after(stored, folder)
    finally:
        miner.kind = honest
    # Asked for that day once more, an honest miner gives the same bytes again.
    assert victim[0] == stored.expected["victim"]["final_score"] if answers else victim == (0, "judged")


@pytest.mark.parametrize("file", [f"ensembles/{DATE}.json", f"truth/ground_truth_{DATE}.parquet", f"traps/{DATE}.parquet"])
def test_other_files_are_made_anew(stored, tmp_path, file):
    folder = tmp_path / "validator"
    shutil.copytree(stored.folder / "base", folder)
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_bytes(b"\x00garbage")
    judged_after(stored, folder)
