"""Which change would take an alert out of the first ranks, held to LightGBM and to trying every single change."""

import json
import pathlib

import duckdb
import lightgbm
import numpy as np
import pytest
from batches import run

MODELS = pathlib.Path(__file__).resolve().parents[2] / "trained_models"
DATE = "2025-10-26"
FIRST = 12
FIXED = {"alert", "history"}


def process(aml_miner, snapshot, output, *options):
    run(aml_miner, "process", "--input-dir", snapshot, "--output-dir", output, "--models-dir", MODELS, *options)
    return output


@pytest.fixture(scope="module")
def day(aml_miner, tmp_path_factory):
    root = tmp_path_factory.mktemp("counterfactuals")
    run(aml_miner, "simulate", "--network", "bitcoin", "--processing-date", DATE, "--days", 7, "--scale", 0.01, "--seed", 5,
        "--output-dir", root / "input")
    process(aml_miner, root / "input", root / "output" / DATE, "--counterfactuals", FIRST, "--write-matrix", root / "matrix")
    return root


@pytest.fixture(scope="module")
def found(day):
    return json.loads((day / "output" / DATE / "counterfactuals.json").read_text())


class Day:
    """The day's features, and what the model says of them."""

    def __init__(self, root):
        self.model = lightgbm.Booster(model_file=str(sorted(MODELS.glob("alert_ranker_v*.txt"))[-1]))
        self.names = self.model.feature_name()
        table = duckdb.sql(f"SELECT * FROM '{root}/matrix/alert_matrix.parquet' ORDER BY alert_id")
        columns = table.fetchnumpy()
        self.rows = {id: i for i, id in enumerate(columns["alert_id"])}
        self.values = np.column_stack([np.ma.filled(columns[name].astype(float), np.nan) for name in self.names])
        ranked = duckdb.sql(f"SELECT alert_id FROM '{root}/output/{DATE}/alerts_ranked.parquet' ORDER BY rank").fetchall()
        self.ranked = [row[0] for row in ranked]
        families = {f["name"]: f["family"] for f in json.loads((root / "output" / DATE / "features.json").read_text())["alerts"]}
        self.movable = [f for f, name in enumerate(self.names) if families[name] not in FIXED]
        self.line = self.raw(self.values[[self.rows[self.ranked[FIRST]]]])[0]

    def raw(self, rows):
        return self.model.predict(rows, raw_score=True)

    def share(self, feature, value):
        column = self.values[:, feature]
        return np.sum(column <= value) / np.sum(~np.isnan(column))

    def row(self, alert):
        return self.values[self.rows[alert]]

    def nearest_single(self, alert):
        """The distance of the nearest change of one feature, by trying every value of the day; None where there is none."""
        row, best = self.row(alert), None
        for feature in self.movable:
            values = np.unique(self.values[:, feature])
            values = values[~np.isnan(values) & (values != row[feature])]
            if np.isnan(row[feature]) or len(values) == 0:
                continue
            tried = np.tile(row, (len(values), 1))
            tried[:, feature] = values
            for value in values[self.raw(tried) < self.line]:
                distance = abs(self.share(feature, value) - self.share(feature, row[feature]))
                best = distance if best is None else min(best, distance)
        return best


@pytest.fixture(scope="module")
def known(day):
    return Day(day)


def test_the_first_ranks_are_told_of_and_no_others(found, known):
    assert list(found["alerts"]) == known.ranked[:FIRST]
    assert found["first_ranks"] == FIRST and found["below"]["rank"] == FIRST + 1
    assert any(one["changes"] for one in found["alerts"].values())


def test_the_change_takes_the_alert_below_the_line_and_moves_only_what_may_move(found, known):
    for alert, one in found["alerts"].items():
        row = known.row(alert).copy()
        for change in one["changes"]:
            feature = known.names.index(change["feature"])
            assert feature in known.movable and row[feature] == pytest.approx(change["from"], rel=1e-12)
            assert change["to"] in known.values[:, feature]
            assert change["distance"] == pytest.approx(abs(known.share(feature, change["to"]) - known.share(feature, row[feature])), abs=1e-6)
            row[feature] = change["to"]
        if one["changes"]:
            assert known.raw(row[None])[0] < known.line
            assert one["score"] <= found["below"]["score"]
            assert one["distance"] == pytest.approx(sum(change["distance"] for change in one["changes"]), abs=2e-6)


def test_no_single_change_is_nearer(found, known):
    for alert, one in list(found["alerts"].items())[-6:]:
        nearest = known.nearest_single(alert)
        if len(one["changes"]) == 1:
            assert one["distance"] == pytest.approx(nearest, abs=1e-6)
        else:
            assert nearest is None


def test_threads_change_no_bit(aml_miner, day, tmp_path):
    texts = set()
    for threads in (1, 3):
        output = process(aml_miner, day / "input", tmp_path / str(threads) / DATE, "--counterfactuals", FIRST, "--threads", threads)
        texts.add((output / "counterfactuals.json").read_bytes())
    assert texts == {(day / "output" / DATE / "counterfactuals.json").read_bytes()}


def test_none_are_made_unless_asked_for_nor_kept_from_an_earlier_run(aml_miner, day, tmp_path):
    output = process(aml_miner, day / "input", tmp_path / DATE, "--counterfactuals", 1)
    assert (output / "counterfactuals.json").exists()
    process(aml_miner, day / "input", output, "--force")
    assert not (output / "counterfactuals.json").exists()


def test_only_so_many_ranks_are_asked_for(aml_miner, day, tmp_path):
    run(aml_miner, "process", "--input-dir", day / "input", "--output-dir", tmp_path / DATE, "--counterfactuals", 1001, exit_code=2)
    output = process(aml_miner, day / "input", tmp_path / DATE, "--counterfactuals", 1000)
    alerts = duckdb.sql(f"SELECT count(*) FROM '{output}/alerts_ranked.parquet'").fetchone()[0]
    assert alerts <= 1000
    assert json.loads((output / "counterfactuals.json").read_text())["alerts"] == {}


def test_detail_serves_it(aml_miner, day, found):
    from serving import Server

    server = Server(aml_miner, day / "output")
    try:
        for alert, one in found["alerts"].items():
            assert server.get(f"/alerts/{DATE}/{alert}").json()["counterfactual"] == one
        others = server.get(f"/rankings/alerts/{DATE}?offset={FIRST}&limit=1").json()["rankings"]
        assert "counterfactual" not in server.get(f"/alerts/{DATE}/{others[0]['alert_id']}").json()
    finally:
        server.stop()
