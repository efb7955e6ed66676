"""One validator against every kind of bad miner at once: all are judged, none stops or changes anything for the others."""

import json
import math
import os
import random
import signal
import sqlite3
import subprocess

import pytest

from hostile import SECRET
from hostile_kinds import JUDGED, KINDS, PLACES, honest
from hostile_subnet import DATE, HostileSubnet


@pytest.fixture(scope="module")
def hostile(aml_miner, tmp_path_factory):
    made = HostileSubnet(aml_miner, tmp_path_factory.mktemp("hostile"))
    yield made
    made.peer.stop()


@pytest.fixture(scope="module")
def judged(hostile):
    """All of them, judged on the day and by the truth."""
    data_dir = hostile.folder / "validator"
    chain = hostile.everyone()
    hostile.validate(chain, data_dir, "--once", "--burn-uid", 0)
    day = hostile.verdicts(data_dir)
    hostile.run("publish", "--input-dir", hostile.folder / "snapshot", "--ground-truth", hostile.truth, "--sot", hostile.sot)
    hostile.validate(chain, data_dir, "--date", DATE, "--burn-uid", 0)
    return data_dir, day, hostile.verdicts(data_dir, "truth")


def numbers(value):
    if isinstance(value, dict):
        return [n for inner in value.values() for n in numbers(inner)]
    if isinstance(value, list):
        return [n for inner in value for n in numbers(inner)]
    return [value] if isinstance(value, (int, float)) and not isinstance(value, bool) else []


def test_there_are_many_kinds():
    assert len(KINDS) + len(PLACES) >= 100 and len(KINDS) >= 60


def test_everyone_has_a_verdict_of_finite_numbers(hostile, judged):
    for verdicts in judged[1:]:
        assert set(verdicts) == {*hostile.miners, *PLACES}
        for name, verdict in verdicts.items():
            assert all(math.isfinite(number) for number in numbers(verdict)), name
            assert None not in [check["figure"] for check in verdict["checks"]], name


@pytest.mark.parametrize("kind", [*KINDS, *PLACES])
def test_it_earns_nothing_and_is_told_why(judged, kind):
    for verdicts in judged[1:]:
        verdict = verdicts[kind]
        reasons = [check["reason"] for check in verdict["checks"] if not check["passed"]]
        assert any(reasons), verdict
        assert verdict["final_score"] == 0 or kind in JUDGED, verdict
        assert len(max(reasons, key=len)) < 500


def test_the_honest_one_is_judged_as_if_it_were_alone(hostile, judged, tmp_path):
    everyone, names = judged[2]["honest"], hostile.names
    alone = hostile.chain("alone", [("honest", "127.0.0.1", hostile.miners["honest"].port)])
    hostile.validate(alone, tmp_path, "--once")
    verdict = hostile.verdicts(tmp_path, "truth")["honest"]
    hostile.names = names
    assert verdict["final_score"] == everyone["final_score"] > 0.4
    assert verdict["ground_truth"] == everyone["ground_truth"]


def test_nothing_that_was_answered_is_published(judged):
    for verdicts in judged[1:]:
        assert SECRET not in json.dumps(verdicts)
    connection = sqlite3.connect(judged[0] / "ledger.sqlite")
    rows = connection.execute("SELECT outcome, reason FROM submissions").fetchall()
    connection.close()
    assert SECRET not in json.dumps(rows) and len({outcome for outcome, _ in rows}) >= 6


def test_a_body_that_would_be_refused_for_its_size_is_not_kept(judged):
    """200 alerts are given 1 MB and 2 kB each; the bombs had 64 MB, which --max-mb would have let in."""
    kept = [file.stat().st_size for file in (judged[0] / "submissions").rglob("*.zst")]
    assert len(kept) > 20 and sum(kept) < 20 << 20
    connection = sqlite3.connect(judged[0] / "ledger.sqlite")
    (largest,) = connection.execute("SELECT max(body_bytes) FROM submissions").fetchone()
    connection.close()
    assert largest <= (1 << 20) + 2048 * 200


def test_the_ledger_grows_by_little_whatever_they_answer(judged):
    """Bytes of an answer's row, and of a verdict's: the ledger has no other bound."""
    connection = sqlite3.connect(judged[0] / "ledger.sqlite")
    answers = connection.execute("SELECT * FROM submissions").fetchall()
    verdicts = connection.execute("SELECT * FROM verdicts").fetchall()
    connection.close()
    assert len(answers) > 100 and len(verdicts) > 100
    assert max(sum(len(str(value)) for value in row) for row in answers) < 16 << 10
    assert max(sum(len(str(value)) for value in row) for row in verdicts) < 16 << 10


def test_redirects_are_not_followed_and_places_not_asked(hostile, judged):
    connection = sqlite3.connect(judged[0] / "ledger.sqlite")
    rows = connection.execute("SELECT hotkey, outcome, reason FROM submissions JOIN miners ON id = miner "
                              "WHERE asked = 'first'").fetchall()
    connection.close()
    found = {hostile.names[hotkey]: (outcome, reason) for hotkey, outcome, reason in rows}
    for place in PLACES:
        assert found[place][0] == "not_asked", found[place]
    assert "points elsewhere" in found["redirects to itself"][1]
    assert hostile.miners["redirects to itself"].asked <= 2 * 3, "once a question"


def test_no_weight_goes_to_any_of_them(hostile, judged):
    """On a first day not to the honest one either: what nobody has earned yet is burnt."""
    chain = json.loads((hostile.folder / "everyone.json").read_text())
    sent = chain["weights"][hostile.validator]
    assert (sent["uids"], sent["values"]) == ([0], [1])
    contributions = {name: verdict["contribution"] for name, verdict in judged[2].items()}
    assert contributions["honest"] is not None
    assert {name for name, paid in contributions.items() if paid is not None} <= {"honest", *JUDGED}
    assert all(paid["points"] == 0 for paid in contributions.values() if paid is not None)


def test_private_addresses_are_asked_under_the_option_alone(hostile, tmp_path):
    """A stranger who registers an address of ours has nothing there asked; on a chain in a file we ask ourselves."""
    names = hostile.names
    hostile.wallet("ours")
    stranger, ours = (hostile.miner(name, honest) for name in ("stranger", "ours"))
    chain = hostile.chain("private", [("stranger", "127.0.0.1", stranger.port), ("ours", "127.0.0.1", ours.port)])
    hostile.run(*hostile.arguments(chain, tmp_path, "--date", DATE))
    verdicts = hostile.verdicts(tmp_path)
    hostile.names = names
    assert stranger.asked == 0 and verdicts["stranger"]["final_score"] == 0
    assert "not_asked: it registered 127.0.0.1, a loopback address" in verdicts["stranger"]["checks"][0]["reason"]
    assert ours.asked > 0 and verdicts["ours"]["final_score"] > 0


def test_killed_among_them_it_loses_and_doubles_nothing(hostile, judged):
    """VALIDATOR_KILLS sets how often; thirty times where CI=true."""
    kills = int(os.environ.get("VALIDATOR_KILLS", 30 if os.environ.get("CI") == "true" else 5))
    data_dir, chain, number, seen = hostile.folder / "killed", hostile.everyone("killed"), random.Random(11), []
    command = [hostile.program, "--log-format", "json",
               *map(str, hostile.arguments(chain, data_dir, "--allow-private-miners", "--date", DATE))]
    while True:
        process = subprocess.Popen(command, stderr=subprocess.PIPE)
        try:
            _, log = process.communicate(timeout=number.uniform(0.02, hostile.deadline) if kills > 0 else 300)
            assert process.returncode == 0, log.decode()[-3000:]
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            kills -= 1
        now = answers(data_dir)
        assert now[:len(seen)] == seen, "an answer that was stored is neither lost nor asked for again"
        seen = now
    for stage, expected in (("day", judged[1]), ("truth", judged[2])):
        found = hostile.verdicts(data_dir, stage)
        assert set(found) == set(expected)
        assert found["honest"]["final_score"] == expected["honest"]["final_score"]


def answers(data_dir):
    if not (data_dir / "ledger.sqlite").exists():
        return []
    connection = sqlite3.connect(data_dir / "ledger.sqlite")
    try:
        return connection.execute("SELECT miner, asked, arrival, outcome, body_sha256, at FROM submissions "
                                  "ORDER BY arrival").fetchall()
    except sqlite3.OperationalError:
        return []
    finally:
        connection.close()
