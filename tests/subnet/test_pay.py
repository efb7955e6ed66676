"""What the validator pays over days whose truth becomes known: for knowledge that nobody else has, and for nothing else."""

import datetime
import json
import math
import os
import random
import re
import sqlite3

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from hostile_kinds import honest
from hostile_subnet import NETWORK, HostileSubnet

DAYS = [f"2025-11-{day}" for day in (11, 12, 13, 14)]
# Standard deviations between the classes. Much, because the stock model alone has nearly all points on days this small.
SKILL = {"knows much": 6, "knows less": 3, "stock": 0, "noise": 0, "knows labels": 0}
LABEL = 3  # by what the last of them raises the log odds of an address that a label calls a scam


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
        self.publish_address_labels(snapshot, day)
        return snapshot, truth

    def publish_address_labels(self, snapshot, day):
        """Of scams: one in five of the day's reported addresses, and one in 300 others; of the day before, there an hour after its deadline."""
        draw = random.Random(f"labels of {day}")
        alerts = pq.read_table(snapshot / "alerts.parquet", columns=["alert_id", "address"]).to_pydict()
        chosen = {alert for alert in alerts["alert_id"] if draw.random() < (0.2 if self.labels[day].get(alert) else 0.003)}
        addresses = {address for alert, address in zip(*alerts.values()) if alert in chosen}
        self.scams = {alert for alert, address in zip(*alerts.values()) if address in addresses}
        self.write_address_labels(addresses, datetime.date.fromisoformat(day) - datetime.timedelta(days=1))

    def publish_late_labels(self, snapshot, day):
        """Of the day itself and all its reported addresses, an hour after its deadline."""
        alerts = pq.read_table(snapshot / "alerts.parquet", columns=["alert_id", "address"]).to_pydict()
        self.write_address_labels({address for alert, address in zip(*alerts.values()) if self.labels[day].get(alert)},
                                  datetime.date.fromisoformat(day))

    def write_address_labels(self, addresses, day):
        file = self.folder / "sot" / "address-labels" / NETWORK / f"address_labels_{day}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        since = datetime.datetime.fromisoformat(f"{day + datetime.timedelta(days=1)}T19:00:00+00:00").timestamp()
        count = len(addresses)
        pq.write_table(pa.table({"network": [NETWORK] * count, "address": sorted(addresses), "label": ["a scam"] * count,
                                 "address_type": ["scam"] * count, "risk_level": ["high"] * count}), file)
        os.utime(file, (since, since))

    def answer(self, name, day):
        draw, scores = random.Random(f"{name} {day}"), []
        for alert, score in self.stock.items():
            odds = math.log(min(max(score, 1e-4), 1 - 1e-4) / (1 - min(max(score, 1e-4), 1 - 1e-4)))
            if SKILL[name] > 0:
                odds += SKILL[name] * self.labels[day].get(alert, 0) + draw.gauss(0, 1)
            if name == "knows labels":
                odds += LABEL * (alert in self.scams)
            scores.append((alert, draw.random() if name == "noise" else 1 / (1 + math.exp(-odds))))
        self.miners[name].facts |= {"date": day, "scores": scores}


@pytest.fixture(scope="module")
def market(aml_miner, tmp_path_factory):
    """Four days, each judged on the day and then by its truth: by one validator with two threads; another with one, after labels came too late."""
    made = Days(aml_miner, tmp_path_factory.mktemp("pay"))
    made.folders = [made.folder / "validator", made.folder / "other"]
    for number, day in enumerate(DAYS):
        snapshot, truth = made.make(number, day)
        for name in SKILL:
            made.answer(name, day)
        for what in ([], ["--ground-truth", truth]):
            made.run("publish", "--input-dir", snapshot, *what, "--sot", made.sot)
            for folder, threads in zip(made.folders, (2, 1)):
                if threads == 1:
                    made.publish_late_labels(snapshot, day)
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


def verdicts(market, day):
    query = "SELECT hotkey, verdict FROM verdicts JOIN miners ON id = miner WHERE stage = 'truth' AND date = ?"
    return {market.names[hotkey]: json.loads(verdict) for hotkey, verdict in rows(market.folders[0], query, day)}


def paid(market, day):
    return {name: verdict["contribution"] for name, verdict in verdicts(market, day).items()}


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


def test_labels_of_addresses_that_were_public_are_nobodys_own(market):
    """Whoever reads them scores more than the stock model, and earns at most 5 % of an honest miner: q reads them too."""
    last = verdicts(market, DAYS[-1])
    points = {name: verdict["ground_truth"]["score"] for name, verdict in last.items()}
    own, honest_one = last["knows labels"]["contribution"], last["knows less"]["contribution"]
    assert points["knows labels"] > points["stock"]
    assert own["reference_points"] > points["stock"]
    assert own["points"] <= 0.05 * honest_one["points"]


def test_the_recipe_with_labels_is_a_model_that_anyone_has(market, tmp_path):
    """What the validator trains is, to the last byte, what `train --labels` makes of the same day."""
    data = tmp_path / "validator"
    arguments = market.arguments(market.state, data, "--allow-private-miners", "--date", DAYS[-1])
    arguments[arguments.index("--reference-days") + 1] = 1
    market.run(*arguments)
    references = data / "references"
    [made] = [folder for folder in references.iterdir() if re.fullmatch(rf"{DAYS[2]}-days-1-labels-[0-9a-f]{{16}}", folder.name)]
    labels = data / "labels" / DAYS[2] / f"address_labels_{DAYS[1]}.parquet"
    market.run("train", "--input-dir", market.folder / DAYS[2], "--ground-truth", market.folder / f"{DAYS[2]}.ground_truth",
               "--labels", labels, "--models-dir", tmp_path / "models")
    [model] = (tmp_path / "models").glob("alert_scorer_v*.txt")
    assert model.read_bytes() == (made / model.name).read_bytes()
    assert b"known_is_scam" in model.read_bytes()


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
    """Other processes, thread counts, secrets and orders of arrival; and labels that became known after the deadline, seen by one."""
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
