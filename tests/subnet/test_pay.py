"""What the validator pays over days whose truth becomes known: for knowledge that nobody else has, and for nothing else."""

import json
import math
import random
import sqlite3

import pyarrow.parquet as pq
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from hostile_kinds import honest
from hostile_subnet import NETWORK, HostileSubnet

DAYS = [f"2025-11-{day}" for day in (11, 12, 13, 14)]
# Standard deviations between the classes. Much, because the stock model alone has nearly all points on days this small.
SKILL = {"knows much": 6, "knows less": 3, "stock": 0, "noise": 0}


class Days(HostileSubnet):
    """Days one after the other, and miners of which two know something of the truth that no model says."""

    def __init__(self, aml_miner, folder):
        super().__init__(aml_miner, folder)
        self.labels = {}
        for name in SKILL:
            self.miners[name] = self.miner(name, honest)
        self.state = self.chain("chain", [(name, "127.0.0.1", self.miners[name].port) for name in SKILL])

    def make(self, number, day):
        snapshot = self.folder / day
        self.run("simulate", "--network", NETWORK, "--processing-date", day, "--days", 7, "--scale", 0.03, "--seed", 60 + number,
                 "--output-dir", snapshot)
        truth = self.folder / f"{day}.ground_truth" / f"ground_truth_{day}.parquet"
        self.run("process", "--input-dir", snapshot, "--output-dir", self.folder / "output" / day)
        table = pq.read_table(self.folder / "output" / day / "alerts_scored.parquet").to_pydict()
        self.stock = dict(zip(table["alert_id"], table["score"]))
        labels = pq.read_table(truth).to_pydict()
        self.labels[day] = {alert: int(filed) for alert, filed in zip(labels["alert_id"], labels["is_sar_filed"])}
        return snapshot, truth

    def answer(self, name, day):
        draw, scores = random.Random(f"{name} {day}"), []
        for alert, score in self.stock.items():
            odds = math.log(min(max(score, 1e-4), 1 - 1e-4) / (1 - min(max(score, 1e-4), 1 - 1e-4)))
            if SKILL[name] > 0:
                odds += SKILL[name] * self.labels[day].get(alert, 0) + draw.gauss(0, 1)
            scores.append((alert, draw.random() if name == "noise" else 1 / (1 + math.exp(-odds))))
        self.miners[name].facts |= {"date": day, "scores": scores}


@pytest.fixture(scope="module")
def market(aml_miner, tmp_path_factory):
    """Four days, each judged on the day and then by its truth: by one validator with two threads, another with one."""
    made = Days(aml_miner, tmp_path_factory.mktemp("pay"))
    made.folders = [made.folder / "validator", made.folder / "other"]
    for number, day in enumerate(DAYS):
        snapshot, truth = made.make(number, day)
        for name in SKILL:
            made.answer(name, day)
        for what in ([], ["--ground-truth", truth]):
            made.run("publish", "--input-dir", snapshot, *what, "--sot", made.sot)
            for folder, threads in zip(made.folders, (2, 1)):
                arguments = made.arguments(made.state, folder, "--allow-private-miners", "--date", day)
                arguments[arguments.index("--threads") + 1] = threads
                made.run(*arguments)
    yield made
    made.peer.stop()


def rows(folder, query, *values):
    connection = sqlite3.connect(folder / "ledger.sqlite")
    found = connection.execute(query, values).fetchall()
    connection.close()
    return found


def paid(market, day):
    query = "SELECT hotkey, verdict FROM verdicts JOIN miners ON id = miner WHERE stage = 'truth' AND date = ?"
    return {market.names[hotkey]: json.loads(verdict)["contribution"] for hotkey, verdict in rows(market.folders[0], query, day)}


def test_nobody_is_paid_for_the_first_truth(market):
    for name, contribution in paid(market, DAYS[0]).items():
        assert (contribution["truths"], contribution["points"], contribution["trust"]) == (0, 0, 0), name


def test_knowledge_is_paid_by_how_much_it_adds(market):
    last = paid(market, DAYS[-1])
    assert last["knows much"]["points"] > last["knows less"]["points"] > 0
    assert last["knows much"]["low"] > 0 and last["knows much"]["trust"] > 0.5
    assert last["knows much"]["truths"] == len(DAYS) - 1
    assert last["stock"]["points"] == 0 and last["stock"]["explained"] > 0.99
    assert last["noise"]["points"] == 0 and last["noise"]["explained"] < 0.2
    gained = last["stock"]["blended_points"] - last["stock"]["reference_points"]
    assert sum(contribution["points"] for contribution in last.values()) == pytest.approx(gained, abs=1e-12) and gained > 0.005


def test_the_covariance_of_ranks_is_shown_and_decides_nothing(market):
    """On the first day it is as large as later; nobody is paid by it."""
    first, last = paid(market, DAYS[0]), paid(market, DAYS[-1])
    for day in (first, last):
        assert min(day[name]["covariance"] for name in ("knows much", "knows less")) > 0.1
    assert {contribution["points"] for contribution in first.values()} == {0}
    assert abs(last["stock"]["covariance"]) < last["knows less"]["covariance"]


def test_weights_go_to_who_adds_something(market):
    (hotkeys, values), = rows(market.folders[0], 'SELECT hotkeys, "values" FROM weights ORDER BY sequence DESC LIMIT 1')
    weights = {market.names[hotkey]: value for hotkey, value in zip(json.loads(hotkeys), json.loads(values))}
    assert set(weights) == {"knows much", "knows less"} and sum(weights.values()) == pytest.approx(1)
    assert weights["knows much"] > weights["knows less"]


def test_two_validators_pay_the_same_to_the_last_bit(market):
    """Other processes, thread counts, secrets and orders of arrival."""
    for query in ("SELECT * FROM evidence ORDER BY date", 'SELECT date, stage, hotkeys, "values" FROM weights ORDER BY date, stage'):
        one, other = (rows(folder, query) for folder in market.folders)
        assert len(one) > 0 and one == other


def test_the_ensemble_knows_more_than_what_anyone_has(market):
    ensemble = json.loads((market.folders[0] / "ensembles" / f"{DAYS[-1]}.json").read_text())
    labels = market.labels[DAYS[-1]]
    truth, scores = zip(*((labels[row["alert_id"]], row["score"]) for row in ensemble["scores"] if row["alert_id"] in labels))
    points = 0.3 * roc_auc_score(truth, scores) + 0.2 * average_precision_score(truth, scores)
    last = paid(market, DAYS[-1])["stock"]
    assert points == pytest.approx(last["blended_points"], abs=1e-4)
    assert points > last["reference_points"] + 0.005
    assert all(0 <= row["score"] <= 1 and row["submissions"] == len(ensemble["members"]) for row in ensemble["scores"])
