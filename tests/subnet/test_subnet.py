"""A whole subnet holds to VALIDATION.md, and a validator that is killed at any moment goes on where it was."""

import json
import os
import pathlib
import random
import re
import signal
import sqlite3
import subprocess
import time
import urllib.error

import pytest

from description import schemathesis
from subnet import Subnet, free_port

HONEST = ["honest-1", "honest-2", "honest-3", "honest-4"]
FOLLOWERS = Subnet.FOLLOWERS
MINERS = 15


@pytest.fixture(scope="module")
def verdicts(subnet):
    """Of the last day, by name."""
    miners = subnet.get(f"/validation/{subnet.days[-1]}")["miners"]
    return {subnet.name_of(miner["hotkey"]): miner for miner in miners}


def failed(verdict):
    return {check["name"]: check for check in verdict["checks"] if not check["passed"]}


def test_honest_miners_earn_what_the_truth_says(verdicts):
    for name in HONEST:
        verdict = verdicts[name]
        assert failed(verdict) == {}, (name, failed(verdict))
        truth = verdict["ground_truth"]
        expected = 0.5 + 0.3 * truth["auc_roc"] + 0.2 * truth["auc_pr"]
        assert verdict["final_score"] == pytest.approx(expected, abs=1e-12)
        assert verdict["stage"] == "truth"


def test_honest_miners_rank_above_all_but_the_stock_model(subnet):
    ranking = [subnet.name_of(m["hotkey"]) for m in subnet.get("/miners/rankings")["miners"]]
    assert set(ranking[:7]) == {*HONEST, *FOLLOWERS, "baseline"}


def test_everyone_else_gets_what_the_rules_say(verdicts):
    assert verdicts["copier"]["final_score"] == 0 and "copied" in failed(verdicts["copier"])
    assert verdicts["noisy-copier"]["final_score"] == 0 and "copied" in failed(verdicts["noisy-copier"])
    assert verdicts["baseline"]["is_baseline"]
    assert verdicts["constant"]["behavior"] == pytest.approx(0.15)  # variance, and a table of constants
    assert "too_late" in failed(verdicts["late"])["answered"]["reason"]
    assert "latency" in failed(verdicts["latency-liar"])
    assert "unreachable" in failed(verdicts["dead"])["answered"]["reason"]
    assert "too_large" in failed(verdicts["ten-gigabytes"])["answered"]["reason"]
    assert "no JSON" in failed(verdicts["malformed"])["answered"]["reason"]
    for name in ("late", "latency-liar", "dead", "ten-gigabytes", "malformed"):
        assert verdicts[name]["final_score"] == 0


def test_whoever_follows_the_public_recipe_is_no_copy_of_the_others_who_do(verdicts):
    for name in FOLLOWERS:
        verdict = verdicts[name]
        assert verdict["copy_of"] is None
        # And the hash of what it was trained on.
        assert re.fullmatch(rf"{Subnet.PUBLIC_DAY}-days-1-[0-9a-f]{{16}}", verdict["public_model"])
        truth = verdict["ground_truth"]
        assert verdict["final_score"] == pytest.approx(0.5 + 0.3 * truth["auc_roc"] + 0.2 * truth["auc_pr"], abs=1e-3)


def test_ten_gigabytes_are_cut_off_early(subnet):
    assert subnet.fakes["ten-gigabytes"].sent < 100e6 * len(subnet.days)


def test_what_knows_nothing_gets_no_weight(subnet, verdicts):
    """A constant passes most checks, and random numbers would pass all: the truth shows that they order nothing."""
    assert "informed" in failed(verdicts["constant"]) and verdicts["constant"]["final_score"] > 0.4
    ranking = {subnet.name_of(m["hotkey"]): m["quality"] for m in subnet.get("/miners/rankings")["miners"]}
    assert ranking["constant"] == 0 < min(ranking[name] for name in [*HONEST, *FOLLOWERS])


def test_presence_is_not_paid(subnet, verdicts):
    """Good scores, copies, followers of the recipe and the stock model alike: nobody has shown yet that it adds anything."""
    for name in [*HONEST, *FOLLOWERS, "baseline", "constant"]:
        paid = verdicts[name]["contribution"]
        assert (paid["points"], paid["trust"]) == (0, 0) and paid["needed_sigmas"] > 3, name
        assert isinstance(paid["covariance"], float), name
        assert 0 <= paid["explained"] <= 1 and paid["reference_points"] == paid["blended_points"] > 0.2
    # What anyone has explains the stock model and who follows the recipe.
    assert min(verdicts[name]["contribution"]["explained"] for name in ["baseline", *FOLLOWERS]) > 0.98
    # An accused copy is not heard, and what is not whole neither.
    unheard = {name for name, verdict in verdicts.items() if verdict["copy_of"] or verdict["integrity"] == 0}
    assert {"copier", "latency-liar", "dead"} <= unheard == {name for name, v in verdicts.items() if v["contribution"] is None}
    assert subnet.get("/weights/latest")["weights"] == []
    assert {miner["contribution"] for miner in subnet.get("/miners/rankings")["miners"]} == {0}
    history = subnet.get(f"/miners/{subnet.hotkeys['honest-1']}/history")["history"]
    assert [day["contribution"]["points"] for day in history] == [0] * len(subnet.days)


def test_copies_name_their_original(subnet, verdicts):
    assert subnet.name_of(verdicts["copier"]["copy_of"]) == "honest-1"
    assert subnet.name_of(verdicts["noisy-copier"]["copy_of"]) == "honest-2"


def test_what_was_served_is_still_what_was_signed(verdicts):
    checks = {check["name"]: check for check in verdicts["honest-1"]["checks"]}
    assert checks["unchanged"]["passed"] and checks["unchanged"]["figure"] == 0


def test_the_chain_has_the_weights_that_the_ledger_notes(subnet):
    weights = subnet.get("/weights/latest")
    assert weights["state"] == "accepted"
    chain = json.loads(subnet.chain.read_text())["weights"][subnet.hotkeys["validator"]]
    assert weights["weights"] == []
    assert dict(zip(chain["uids"], chain["values"])) == {0: 1}, "what nobody earned goes to --burn-uid"


def test_the_ensemble_hears_the_honest_alone(subnet):
    scores = subnet.get("/ensemble/scores/latest?limit=5")
    members = {subnet.name_of(member["hotkey"]) for member in scores["members"]}
    assert members == {*HONEST, *FOLLOWERS, "baseline", "constant"}
    assert len(scores["scores"]) == 5 and scores["total_alerts"] == 1000
    assert all(row["submissions"] == len(members) and 0 <= row["median"] <= 1 for row in scores["scores"])
    ranks = subnet.get("/ensemble/rankings/latest")["rankings"]
    assert [row["rank"] for row in ranks] == list(range(1, 1001))
    assert all(a["score"] >= b["score"] for a, b in zip(ranks, ranks[1:]))


def test_every_verdict_comes_with_its_proof(subnet):
    answer = subnet.get(f"/validation/latest/{subnet.hotkeys['honest-1']}")["answers"]["first"]
    assert answer["envelope"]["body_sha256"] == answer["body_sha256"]
    assert answer["request_payload"].startswith("btauth/1\n")
    stored = subnet.folder / "validator" / "submissions" / answer["body_sha256"][:2]
    assert (stored / f"{answer['body_sha256']}.zst").is_file()


def test_the_api_answers_like_the_miners(subnet):
    assert subnet.get("/health")["status"] == "healthy"
    assert "/miners/{hotkey}/history" in subnet.get("/openapi.json")["paths"]
    history = subnet.get(f"/miners/{subnet.hotkeys['honest-2']}/history")["history"]
    assert [day["processing_date"] for day in history] == subnet.days
    for path, status in (("/validation/2020-01-01", 404), ("/validation/yesterday", 400), ("/nothing", 404),
                         ("/miners/5Nobody/history", 404), ("/ensemble/scores/latest?limit=x", 400)):
        with pytest.raises(urllib.error.HTTPError) as error:
            subnet.get(path)
        assert error.value.code == status
        assert json.load(error.value)["detail"]


def test_schemathesis_finds_nothing_in_the_api(subnet, tmp_path):
    """Of what the description allows and forbids; TEST_SCHEMATHESIS_EXAMPLES for more."""
    done = schemathesis(subnet.api, tmp_path, examples=10)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


# --- killed, and cut off ------------------------------------------------------------------------------------------


def rows(data_dir, query):
    ledger = data_dir / "ledger.sqlite"
    if not ledger.exists():
        return []
    connection = sqlite3.connect(ledger)
    try:
        return connection.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []  # not one table is there yet
    finally:
        connection.close()


def block(subnet):
    return json.loads(subnet.chain.read_text())["block"]


def test_killed_at_any_moment_it_goes_on_where_it_was(subnet, tmp_path):
    """VALIDATOR_KILLS sets how often, thirty times where CI=true; the ledger never loses or doubles anything."""
    most = 30 if os.environ.get("CI") == "true" else 10
    kills, finished, number = int(os.environ.get("VALIDATOR_KILLS", most)), 0, random.Random(3)
    answers = "SELECT miner, asked, arrival, outcome, body_sha256, at FROM submissions ORDER BY arrival"
    while kills > 0 or finished == 0:
        data_dir = tmp_path / f"validator-{finished}"
        command = [subnet.program, "--log-format", "json",
                   *map(str, subnet.validator_arguments("--date", subnet.days[0], data_dir=data_dir, deadline=1))]
        before, seen = block(subnet), []
        while True:
            process = subprocess.Popen(command, env=subnet.environment, stderr=subprocess.PIPE)
            try:
                _, log = process.communicate(timeout=number.uniform(0.02, 3.5) if kills > 0 else 120)
                assert process.returncode == 0, log.decode()[-2000:]
                break
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
                kills -= 1
            now = rows(data_dir, answers)
            assert now[:len(seen)] == seen, "an answer that was stored is neither lost nor asked for again"
            seen = now
        finished += 1
        stages = rows(data_dir, "SELECT stage, count(*), count(DISTINCT miner) FROM verdicts GROUP BY stage ORDER BY stage")
        assert stages == [("day", MINERS, MINERS), ("truth", MINERS, MINERS)]
        sent = rows(data_dir, "SELECT stage, state FROM weights ORDER BY stage")
        assert [stage for stage, _ in sent] == ["day", "truth"]
        accepted = sum(state == "accepted" for _, state in sent)
        assert block(subnet) - before == accepted, "as many changes of the chain as weights accepted"


def test_a_finished_round_is_not_done_again(subnet):
    data_dir = subnet.folder / "validator"
    everything = "SELECT * FROM submissions", "SELECT * FROM verdicts", "SELECT * FROM weights"
    before, at = [rows(data_dir, query) for query in everything], block(subnet)
    time.sleep(2.5)  # the daemon looks every second
    assert [rows(data_dir, query) for query in everything] == before
    assert block(subnet) == at


def test_without_the_chain_weights_wait_and_are_sent_once(subnet, tmp_path):
    away = subnet.chain.with_suffix(".away")
    data_dir = tmp_path / "validator"
    subnet.validate("--date", subnet.days[0], "--no-weights", data_dir=data_dir, deadline=1)
    subnet.chain.rename(away)
    try:
        subnet.validate("--date", subnet.days[1], data_dir=data_dir, deadline=1)
        states = dict(rows(data_dir, "SELECT date || stage, state FROM weights"))
        assert states[subnet.days[1] + "truth"] == "intended"
    finally:
        away.rename(subnet.chain)
    before = block(subnet)
    subnet.validate("--date", subnet.days[1], data_dir=data_dir, deadline=1)
    subnet.validate("--date", subnet.days[1], data_dir=data_dir, deadline=1)
    assert block(subnet) == before + 1
    states = [state for (state,) in rows(data_dir, "SELECT state FROM weights ORDER BY at")]
    assert states.count("accepted") == 1 and states[-1] == "accepted"


def test_a_damaged_day_does_not_hold_up_the_others(subnet, tmp_path):
    """The middle one of three days and the truth of the first are damaged in the SOT; the truth is then mended."""
    sot, data_dir, early, (damaged, good, _) = tmp_path / "sot", tmp_path / "validator", "2025-11-09", subnet.days
    simulated = subnet.folder / "simulated"
    subnet.simulate(early, 90)
    truth = {day: simulated / f"{day}.ground_truth" / f"ground_truth_{day}.parquet" for day in (early, good)}

    def publish(day, *more):
        subnet.run("publish", "--input-dir", simulated / day, *more, "--sot", f"file://{sot}")

    def validate(*more):
        arguments = subnet.validator_arguments(*more, data_dir=data_dir, deadline=1)
        arguments[arguments.index("--sot") + 1] = f"file://{sot}"
        return subnet.run(*arguments, check=False)

    publish(early)
    assert validate("--date", early).returncode == 0
    publish(damaged)
    publish(good, "--ground-truth", truth[good])
    publish(early, "--ground-truth", truth[early])
    file = next(sot.glob(f"**/{damaged}/**/features.parquet"))
    file.write_bytes(file.read_bytes()[:-100])
    file = next(sot.glob(f"**/{truth[early].name}"))
    file.write_bytes(b"no parquet")
    done = validate("--once")
    assert done.returncode == 3 and "features.parquet" in done.stderr and truth[early].name in done.stderr
    judged = "SELECT date, stage FROM judged ORDER BY date, stage"
    assert rows(data_dir, judged) == [(early, "day"), (good, "day"), (good, "truth")]
    file.write_bytes(truth[early].read_bytes())
    assert validate("--once").returncode == 0
    assert (early, "truth") in rows(data_dir, judged)


def test_without_the_sot_a_begun_round_is_finished(subnet, tmp_path):
    data_dir = tmp_path / "validator"
    subnet.validate("--date", subnet.days[0], data_dir=data_dir)
    connection = sqlite3.connect(data_dir / "ledger.sqlite")
    for table in ("verdicts", "judged", "weights"):
        connection.execute(f"DELETE FROM {table}")
    connection.commit()
    connection.close()
    done = subprocess.run(
        [subnet.program, "--log-format", "json",
         *map(str, subnet.validator_arguments("--once", data_dir=data_dir))],
        env={**subnet.environment, "S3_ENDPOINT": "http://127.0.0.1:9"}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 5, "the truth cannot be looked for"
    assert rows(data_dir, "SELECT count(*) FROM verdicts WHERE stage = 'day'") == [(MINERS,)]


FAKETIME = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


def day_scores(subnet, data_dir, date, stage="truth"):
    """Of the stored verdicts, by name."""
    query = f"""SELECT hotkey, final_score FROM verdicts JOIN miners ON miners.id = miner
                WHERE date = '{date}' AND stage = '{stage}'"""
    return {subnet.name_of(hotkey): score for hotkey, score in rows(data_dir, query)}


def with_clock(subnet, clock):
    """The environment of a program whose wall clock is off by what the file says at the moment."""
    return {**subnet.environment, "LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": clock, "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


@pytest.mark.parametrize("jump", ["+3d", "-3d"])
def test_a_clock_that_jumps_loses_and_doubles_nothing(subnet, tmp_path, jump):
    """The wall clock of the validator jumps as soon as a miner has answered, and comes back with the next start."""
    clock, data_dir, day = tmp_path / "clock", tmp_path / "validator", subnet.days[0]
    environment = with_clock(subnet, clock)
    command = [subnet.program, "--log-format", "json",
               *map(str, subnet.validator_arguments("--date", day, data_dir=data_dir))]
    answers = "SELECT miner, asked, arrival, outcome, body_sha256, at FROM submissions ORDER BY arrival"
    clock.write_text("+0")
    before = block(subnet)
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    while not rows(data_dir, answers) and process.poll() is None:
        time.sleep(0.005)
    clock.write_text(jump)
    _, log = process.communicate(timeout=120)
    assert process.returncode == 6, log.decode()[-2000:]  # S3 wants the clock to be right
    times = "max(at) > datetime('now', '+1 day') OR min(at) < datetime('now', '-1 day')"
    assert rows(data_dir, f"SELECT {times} FROM submissions") == [(1,)], "no answer was stored after the jump"
    seen = rows(data_dir, answers)
    clock.write_text("+0")
    again = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert again.returncode == 0, again.stderr[-2000:]
    assert rows(data_dir, answers)[:len(seen)] == seen
    assert rows(data_dir, "SELECT stage, count(*), count(DISTINCT miner) FROM verdicts GROUP BY stage ORDER BY stage") == [
        ("day", MINERS, MINERS), ("truth", MINERS, MINERS)]
    sent = rows(data_dir, "SELECT stage, state FROM weights ORDER BY stage")
    assert [stage for stage, _ in sent] == ["day", "truth"]
    assert block(subnet) - before == sum(state == "accepted" for _, state in sent)
    expected = day_scores(subnet, subnet.folder / "validator", day)
    judged = day_scores(subnet, data_dir, day)
    assert {name: judged[name] for name in HONEST} == {name: expected[name] for name in HONEST}


def test_whom_a_wrong_clock_kept_from_answering_is_asked_again(subnet, tmp_path):
    """Miners refuse what was signed at another time. A begun round goes on under a wrong clock, which is then set."""
    clock, data_dir, day = tmp_path / "clock", tmp_path / "validator", subnet.days[0]
    subnet.validate("--date", day, data_dir=data_dir)
    connection = sqlite3.connect(data_dir / "ledger.sqlite")
    for table in ("verdicts", "judged", "weights", "submissions"):
        connection.execute(f"DELETE FROM {table}")
    connection.execute("UPDATE rounds SET asked = 0, created_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '+3 days')")
    connection.commit()
    connection.close()
    arguments = subnet.validator_arguments("--date", day, data_dir=data_dir)
    arguments[arguments.index("--ask-window") + 1] = 3600
    clock.write_text("+3d")
    process = subprocess.Popen([subnet.program, "--log-format", "json", *map(str, arguments), "--ask-pause", "1"],
                               env=with_clock(subnet, clock), stderr=subprocess.PIPE)
    while not rows(data_dir, "SELECT 1 FROM submissions") and process.poll() is None:
        time.sleep(0.005)  # until one who does not look at clocks has answered
    clock.write_text("+0")
    answered = "SELECT hotkey FROM submissions JOIN miners ON miners.id = miner WHERE outcome = 'answered'"
    while not {subnet.name_of(hotkey) for hotkey, in rows(data_dir, answered)} >= set(HONEST) and process.poll() is None:
        time.sleep(0.05)  # until they were asked again, however long that takes
    process.terminate()
    _, log = process.communicate(timeout=120)
    assert process.returncode == 130, log.decode()[-2000:]
    subnet.validate("--date", day, data_dir=data_dir)  # the window is over: nobody else is waited for
    expected = day_scores(subnet, subnet.folder / "validator", day)
    judged = day_scores(subnet, data_dir, day)
    assert {name: judged[name] for name in HONEST} == {name: expected[name] for name in HONEST}


def test_with_half_of_the_miners_down_the_others_are_judged_as_ever(subnet, tmp_path):
    data_dir, (first, second, _) = tmp_path / "validator", subnet.days
    down = ["honest-3", "honest-4", "baseline", "constant", "latency-liar"]
    ports = {neuron["hotkey"]: neuron.get("port") for neuron in json.loads(subnet.chain.read_text())["neurons"]}
    try:
        for name in down:
            subnet.announce(name, free_port())
        subnet.validate("--date", first, data_dir=data_dir)
    finally:
        for name in down:
            subnet.announce(name, ports[subnet.hotkeys[name]])
    subnet.validate("--date", second, data_dir=data_dir)
    expected = {date: day_scores(subnet, subnet.folder / "validator", date) for date in (first, second)}
    judged = {date: day_scores(subnet, data_dir, date) for date in (first, second)}
    assert {name: judged[first][name] for name in down} == dict.fromkeys(down, 0)
    assert {name: judged[first][name] for name in HONEST[:2]} == {name: expected[first][name] for name in HONEST[:2]}
    assert {name: judged[second][name] for name in HONEST} == {name: expected[second][name] for name in HONEST}


def test_a_folder_without_a_reference_model_is_refused_at_the_start(subnet, tmp_path):
    done = subnet.validate("--once", "--reference-models", tmp_path, data_dir=tmp_path / "validator", check=False)
    assert done.returncode == 4
    assert "alert_scorer" in done.stderr and str(tmp_path) in done.stderr


def test_two_validators_do_not_share_a_folder(subnet):
    done = subnet.validate("--once", check=False)
    assert done.returncode == 5
    assert "another validator is at work" in done.stderr
