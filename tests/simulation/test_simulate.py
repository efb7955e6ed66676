"""aml-miner simulate, from outside: schema, definitions, sameness, refusals."""

import hashlib
import json
import os
import subprocess

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import sot_columns

DATE = "2025-10-26"
WINDOW_BEGIN_MS = 1_760_832_000_000  # 2025-10-19T00:00Z
WINDOW_END_MS = 1_761_436_800_000
FILES = {
    "alerts.parquet": sot_columns.ALERTS,
    "features.parquet": sot_columns.FEATURES,
    "clusters.parquet": sot_columns.CLUSTERS,
    "money_flows.parquet": sot_columns.MONEY_FLOWS,
}


def simulate(aml_miner, output, *more, network="ethereum", days="7", **settings):
    return run(aml_miner, output, "--network", network, "--days", days, *more, **settings)


def run(aml_miner, output, *more, exit_code=0, scale="0.002", date=DATE):
    done = subprocess.run(
        [aml_miner, "--log-format", "json", "--log-level", "debug", "simulate",
         "--processing-date", date, "--scale", scale, "--output-dir", output, *more],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == exit_code, done.stderr
    return [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]


class Day:
    """A simulated snapshot, read once."""

    def __init__(self, folder, log):
        self.folder = folder
        self.log = log
        self.truth_file = folder.parent / f"{folder.name}.ground_truth" / f"ground_truth_{DATE}.parquet"
        self.flows = pd.read_parquet(folder / "money_flows.parquet")
        self.flows["usd"] = self.flows.amount_usd.astype(float)
        self.features = pd.read_parquet(folder / "features.parquet").set_index("address")
        self.alerts = pd.read_parquet(folder / "alerts.parquet").set_index("alert_id")
        self.clusters = pd.read_parquet(folder / "clusters.parquet")
        self.truth = pd.read_parquet(self.truth_file).set_index("alert_id").is_sar_filed


@pytest.fixture(scope="module")
def day(aml_miner, tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulate") / "snapshot"
    return Day(folder, simulate(aml_miner, folder, scale="0.01"))


def digests(folder):
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for root in (folder, folder.parent / f"{folder.name}.ground_truth")
        for path in sorted(root.iterdir())
    }


def test_every_file_has_the_columns_and_types_of_the_sot(day):
    for name, table in FILES.items():
        schema = pq.read_schema(day.folder / name)
        assert [(field.name, str(field.type)) for field in schema] == sot_columns.columns(table), name
    truth = pq.read_schema(day.truth_file)
    assert [(field.name, str(field.type)) for field in truth] == sot_columns.columns(sot_columns.GROUND_TRUTH)


def test_the_schema_is_that_of_a_snapshot_we_did_not_make():
    reference = os.path.join(os.path.dirname(__file__), "..", "data", "clickhouse", "2025-10-25")
    for name, table in FILES.items():
        schema = pq.read_schema(os.path.join(reference, name))
        kinds = [(field.name, str(field.type).replace(" not null", "")) for field in schema]
        assert kinds == sot_columns.columns(table), name


def test_nothing_is_null(day):
    for name in FILES:
        table = pq.read_table(day.folder / name)
        assert {column: table[column].null_count for column in table.column_names if table[column].null_count} == {}


def test_meta_tells_size_and_digests(day):
    meta = json.loads((day.folder / "META.json").read_text())
    assert (meta["network"], meta["processing_date"], meta["window_days"]) == ("ethereum", DATE, 7)
    assert sorted(meta["files"]) == sorted(FILES)
    for name, check in meta["files"].items():
        content = (day.folder / name).read_bytes()
        assert check["size"] == len(content)
        assert check["md5"] == hashlib.md5(content).hexdigest()


def test_counts_follow_the_scale(day):
    assert len(day.alerts) == 500
    assert len(day.features) == 5_000
    assert len(day.clusters) == 50
    assert len(day.flows) == 50_000
    assert day.alerts.index.is_unique and day.features.index.is_unique and day.clusters.cluster_id.is_unique
    assert 0.02 <= day.truth.mean() <= 0.07


def test_keys_fit_together(day):
    assert set(day.truth.index) == set(day.alerts.index)
    assert set(day.alerts.address) <= set(day.features.index)
    assert set(day.flows.source_address) | set(day.flows.dest_address) == set(day.features.index)
    for cluster in day.clusters.itertuples():
        ids = list(cluster.related_alert_ids)
        assert cluster.total_alerts == len(ids) == len(set(ids)) >= 2
        assert cluster.primary_alert_id in ids
        assert set(day.alerts.loc[ids].address) == set(cluster.addresses_involved)
        assert (cluster.cluster_type == "same_entity") == (cluster.primary_address != "")
        if cluster.cluster_type == "same_entity":
            assert list(cluster.addresses_involved) == [cluster.primary_address]
        if cluster.cluster_type == "same_pattern":
            assert set(day.alerts.loc[ids].pattern_id) == {cluster.pattern_id} != {""}
    assert set(day.clusters.cluster_type) == {"same_entity", "same_pattern", "proximity", "temporal"}


def test_flows_lie_in_the_window_and_in_order(day):
    assert day.flows.timestamp.between(WINDOW_BEGIN_MS, WINDOW_END_MS - 1).all()
    assert day.flows.timestamp.is_monotonic_increasing
    assert (day.flows.usd > 0).all()
    assert (day.flows.source_address != day.flows.dest_address).all()
    assert day.flows.tx_hash.is_unique


def test_every_typology_and_every_look_alike_happens(day):
    played = {line["scheme"]: line["times"] for line in day.log if line["message"] == "played"}
    laundering = ["fan_in", "fan_out", "scatter_gather", "cycle", "layering", "peel_chain", "structuring",
                  "smurfing", "mixer"]  # fmt: skip
    look_alikes = ["shop", "payroll", "branches", "market_maker", "treasury", "change_wallet", "salary_split",
                   "savings_club", "privacy"]  # fmt: skip
    assert set(played) == set(laundering + look_alikes)
    assert sum(played[name] > 0 for name in laundering) >= 5
    assert all(played[name] > 0 for name in look_alikes)
    assert len(set(day.alerts.typology_type)) == 12


def test_the_truth_is_no_column_in_disguise(day):
    # Whoever launders is guilty in every alert, and no rule is right or wrong altogether.
    guilt = day.truth.groupby(day.alerts.address).nunique()
    assert (guilt == 1).all()
    by_rule = day.truth.groupby(day.alerts.typology_type).mean()
    assert by_rule.max() < 0.5


def gini(values):
    values = np.sort(values)
    n = len(values)
    return 2 * np.sum(np.arange(1, n + 1) * values) / (n * values.sum()) - (n + 1) / n


def entropy(values):
    shares = values[values > 0] / values.sum()
    return -np.sum(shares * np.log2(shares))


def expected_features(flows, address):
    incoming = flows[flows.dest_address == address].rename(columns={"source_address": "party"})
    outgoing = flows[flows.source_address == address].rename(columns={"dest_address": "party"})
    both = pd.concat([incoming, outgoing])
    times = pd.to_datetime(both.timestamp, unit="ms")
    volumes = both.groupby("party").usd.sum().to_numpy()
    assets = both.groupby("asset").usd.sum().to_numpy()
    days = np.bincount((both.timestamp.astype("int64") - WINDOW_BEGIN_MS) // 86_400_000, minlength=7)
    hours = np.bincount(times.dt.hour, minlength=24)
    both_ways = set(incoming.party) & set(outgoing.party)
    return {
        "degree_in": incoming.party.nunique(),
        "degree_out": outgoing.party.nunique(),
        "unique_counterparties": len(volumes),
        "khop1_count": len(volumes),
        "total_in_usd": incoming.usd.sum(),
        "total_out_usd": outgoing.usd.sum(),
        "avg_tx_in_usd": incoming.usd.mean() if len(incoming) else 0,
        "median_tx_in_usd": incoming.usd.median() if len(incoming) else 0,
        "median_tx_out_usd": outgoing.usd.median() if len(outgoing) else 0,
        "max_tx_usd": both.usd.max(),
        "min_tx_usd": both.usd.min(),
        "amount_variance": both.usd.var() if len(both) > 1 else 0,
        "flow_concentration": gini(both.usd.to_numpy()),
        "concentration_ratio": gini(volumes),
        "flow_diversity": entropy(volumes),
        "counterparty_concentration": np.sum((volumes / volumes.sum()) ** 2),
        "reciprocity_ratio": len(both_ways) / len(volumes),
        "tx_total_count": len(both),
        "activity_days": np.count_nonzero(days),
        "burst_factor": days.max() / (len(both) / 7),
        "peak_hour": hours.argmax(),
        "hourly_entropy": entropy(hours),
        "weekend_transaction_ratio": (times.dt.day_of_week >= 5).mean(),
        "night_transaction_ratio": ((times.dt.hour >= 22) | (times.dt.hour < 6)).mean(),
        "small_transaction_ratio": (both.usd < 100).mean(),
        "unique_assets_in": incoming.asset.nunique(),
        "asset_diversity_score": 1 - np.sum((assets / assets.sum()) ** 2),
        "first_activity_timestamp": both.timestamp.min(),
        "last_activity_timestamp": both.timestamp.max(),
    }


def test_features_follow_from_the_flows(day):
    busiest = day.features.tx_total_count.astype(int).nlargest(3).index
    sample = list(day.features.sample(25, random_state=1).index) + list(busiest)
    for address in sample:
        row = day.features.loc[address]
        for name, value in expected_features(day.flows, address).items():
            assert float(row[name]) == pytest.approx(float(value), rel=2e-5, abs=2e-6), (address, name)
        assert sum(row.hourly_activity) == sum(row.daily_activity) == row.tx_total_count


def test_graph_features_are_in_their_ranges(day):
    features = day.features
    assert features.pagerank.sum() == pytest.approx(1, abs=1e-3)
    for name in ("betweenness", "closeness", "clustering_coefficient", "centrality_score"):
        assert features[name].between(0, 1).all(), name
    assert features.closeness.max() > 0
    assert (features.khop1_count <= features.khop2_count).all()
    assert (features.khop2_count <= features.khop3_count).all()
    assert (features.khop3_count < len(features)).all()
    for name in [column for column in features if column.endswith("_score")]:
        assert features[name].between(0, 1).all(), name


def test_the_same_seed_gives_the_same_bytes_whatever_the_threads(aml_miner, tmp_path):
    simulate(aml_miner, tmp_path / "one", "--threads", "1", "--seed", "5")
    simulate(aml_miner, tmp_path / "two", "--threads", "2", "--seed", "5")
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_the_fixed_economy_stays_as_it_was(aml_miner, tmp_path):
    # The stock models, the figures in docs/ and the days of other people are made of it.
    simulate(aml_miner, tmp_path / "a", "--seed", "1", scale="0.001")
    simulate(aml_miner, tmp_path / "b", "--seed", "1", "--economy", "fixed", scale="0.001")
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    rows = hashlib.sha256()
    for name in ("alerts", "features", "clusters", "money_flows"):
        rows.update(pd.read_parquet(tmp_path / "a" / f"{name}.parquet").to_csv(float_format="%.6g").encode())
    assert rows.hexdigest() == "fb7915b6a968a601cd4cf9e896400e9a73b0834a64a51c4a393461a7f0e5ac0b"


def test_a_random_economy_is_the_seeds_own(aml_miner, tmp_path):
    metas = []
    for seed in "123456":
        run(aml_miner, tmp_path / seed, "--economy", "random", "--seed", seed)
        metas.append(json.loads((tmp_path / seed / "META.json").read_text()))
        truth = pd.read_parquet(tmp_path / f"{seed}.ground_truth" / f"ground_truth_{DATE}.parquet")
        assert 0 < truth.is_sar_filed.mean() < 0.5
        flows = pd.read_parquet(tmp_path / seed / "money_flows.parquet", columns=["timestamp"])
        begin = WINDOW_END_MS - metas[-1]["window_days"] * 86_400_000
        assert flows.timestamp.between(begin, WINDOW_END_MS - 1).all()
    assert len({meta["network"] for meta in metas}) > 1
    assert len({meta["window_days"] for meta in metas}) > 3
    run(aml_miner, tmp_path / "again", "--economy", "random", "--seed", "3", "--threads", "1")
    assert digests(tmp_path / "again") == digests(tmp_path / "3")
    simulate(aml_miner, tmp_path / "named", "--economy", "random", "--seed", "3", network="torus", days="4")
    meta = json.loads((tmp_path / "named" / "META.json").read_text())
    assert (meta["network"], meta["window_days"]) == ("torus", 4)


def test_an_economy_comes_out_of_a_file(aml_miner, tmp_path):
    economy = tmp_path / "economy.json"
    economy.write_text(json.dumps({
        "network": "ethereum", "window_days": 30, "addresses_per_alert": 20, "flows_per_address": 5,
        "launderers": {"exit": 0.2}, "rules": {"STRUCTURING": 0, "SMURFING_NETWORK": 0},
        "typologies": {"mixer": 0}, "prices": 0.01,
    }))  # fmt: skip
    log = run(aml_miner, tmp_path / "out", "--economy", economy, scale="0.01")
    meta = json.loads((tmp_path / "out" / "META.json").read_text())
    assert (meta["network"], meta["window_days"]) == ("ethereum", 30)
    done = next(line for line in log if line["message"] == "simulated")
    assert (done["alerts"], done["addresses"], done["flows"]) == (500, 10_000, 50_000)
    assert next(line for line in log if line.get("scheme") == "mixer")["times"] == 0
    alerts = pd.read_parquet(tmp_path / "out" / "alerts.parquet")
    assert set(alerts.typology_type).isdisjoint({"STRUCTURING", "SMURFING_NETWORK"})
    flows = pd.read_parquet(tmp_path / "out" / "money_flows.parquet")
    assert flows.amount_usd.astype(float).median() < 2


def test_an_economy_that_cannot_be_is_refused(aml_miner, tmp_path):
    economy = tmp_path / "economy.json"
    economy.write_text('{"strictnes": 6}')
    assert "strictnes" in run(aml_miner, tmp_path / "out", "--economy", economy, exit_code=3)[-1]["message"]
    economy.write_text('{"flows_per_address": 2}')
    log = run(aml_miner, tmp_path / "out", "--economy", economy, scale="0.01", exit_code=3)
    assert "flows_per_address" in log[-1]["message"]
    missing = run(aml_miner, tmp_path / "out", "--economy", tmp_path / "none.json", exit_code=4)
    assert "none.json" in missing[-1]["message"]


def test_another_seed_date_or_network_gives_another_day(aml_miner, tmp_path):
    simulate(aml_miner, tmp_path / "a", "--seed", "5")
    simulate(aml_miner, tmp_path / "b", "--seed", "6")
    simulate(aml_miner, tmp_path / "c", "--seed", "5", date="2025-10-27")
    simulate(aml_miner, tmp_path / "d", "--seed", "5", network="bitcoin", days="1")
    for name in FILES:
        contents = {(tmp_path / folder / name).read_bytes() for folder in "abcd"}
        assert len(contents) == 4, name
    # The people are the same on the next day, and most addresses with them.
    first, second = (set(pd.read_parquet(tmp_path / f / "features.parquet").address) for f in "ac")
    assert len(first & second) > 0.7 * len(first)


def test_even_the_smallest_economy_has_a_few_positives(aml_miner, tmp_path):
    for seed in "123":
        folder = tmp_path / seed
        simulate(aml_miner, folder, "--seed", seed, scale="0.001")
        truth = pd.read_parquet(tmp_path / f"{seed}.ground_truth" / f"ground_truth_{DATE}.parquet")
        assert len(truth) == 50
        assert truth.is_sar_filed.sum() >= 2


@pytest.mark.parametrize(
    "option, value, says",
    [
        ("--scale", "0", "--scale"),
        ("--scale", "-1", "--scale"),
        ("--scale", "1e9", "--scale"),
        ("--processing-date", "2025-02-30", "--processing-date"),
        ("--days", "0", "--days"),
        ("--days", "366", "--days"),
        ("--network", "../../etc", "--network"),
        ("--memory-limit", "much", "memory limit"),
        ("--processing-date", "1969-12-31", "1970 or later"),
        ("--processing-date", "1970-01-03", "1970 or later"),
        ("--processing-date", "9999-12-31", "before the year 10000"),
        ("--seed", "-1", "--seed"),
        ("--seed", " -1", "--seed"),
    ],
)
def test_bad_options_are_refused_by_name(aml_miner, tmp_path, option, value, says):
    arguments = {"--processing-date": DATE, "--scale": "0.001", option: value}
    done = subprocess.run(
        [aml_miner, "simulate", "--output-dir", tmp_path / "out", *[x for pair in arguments.items() for x in pair]],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert says in done.stderr
    assert list(tmp_path.glob("out*")) == []


def test_a_folder_of_other_things_is_not_replaced(aml_miner, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    log = simulate(aml_miner, tmp_path / "mine", exit_code=2)
    assert "thesis.txt" in log[-1]["message"]
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "precious"


def test_a_snapshot_is_replaced_and_other_days_truth_is_kept(aml_miner, tmp_path):
    truth = tmp_path / "truth"
    for date in ("2025-10-25", "2025-10-26"):
        simulate(aml_miner, tmp_path / "out", "--ground-truth-dir", truth, date=date, scale="0.001")
    assert json.loads((tmp_path / "out" / "META.json").read_text())["processing_date"] == "2025-10-26"
    assert sorted(path.name for path in truth.iterdir()) == [
        "ground_truth_2025-10-25.parquet",
        "ground_truth_2025-10-26.parquet",
    ]


def test_the_truth_does_not_go_into_the_snapshot(aml_miner, tmp_path):
    log = simulate(aml_miner, tmp_path / "out", "--ground-truth-dir", tmp_path / "out", exit_code=2)
    assert "--ground-truth-dir" in log[-1]["message"]
    (tmp_path / "link").symlink_to(tmp_path / "out")
    for folder in (tmp_path / "out" / "truth", tmp_path / "link", tmp_path / "link" / "truth"):
        log = simulate(aml_miner, tmp_path / "out", "--ground-truth-dir", folder, exit_code=2)
        assert "--ground-truth-dir" in log[-1]["message"]
    log = simulate(aml_miner, tmp_path / DATE, "--ground-truth-dir", tmp_path / "{date}" / "truth", exit_code=2)
    assert "--ground-truth-dir" in log[-1]["message"]
    assert [path.name for path in tmp_path.iterdir()] == ["link"]


def test_the_first_window_there_can_be(aml_miner, tmp_path):
    simulate(aml_miner, tmp_path / "out", scale="0.001", date="1970-01-08")
    assert pd.read_parquet(tmp_path / "out" / "money_flows.parquet").timestamp.between(0, 7 * 86_400_000).all()
