"""False accusations and discovered copies among models that LightGBM trains: the figures of docs/validation.md, on a
smaller day. bench/validate-copies measures them at full size."""

import json
import subprocess

import lightgbm
import numpy as np
import pytest

from built import built_program

ALERTS, FEATURES, TRAINING = 6000, 40, 8000


def logistic(x):
    return 1 / (1 + np.exp(-x))


def log_odds(p):
    return np.log(p / (1 - p))


@pytest.fixture(scope="module")
def day():
    """Features, the stock model's scores, and honest models: other days, other parameters, other features."""
    rng = np.random.default_rng(1)
    factors = rng.normal(size=(TRAINING + ALERTS, 8))
    table = factors @ rng.normal(size=(8, FEATURES)) + 0.7 * rng.normal(size=(TRAINING + ALERTS, FEATURES))
    truth = logistic(1.2 * factors[:, 0] * factors[:, 1] + factors[:, 2] - 2.5) > rng.random(TRAINING + ALERTS)
    past, today = table[:TRAINING], table[TRAINING:]

    def train(rows=slice(None), columns=slice(None), **parameters):
        data = lightgbm.Dataset(past[rows][:, columns], truth[:TRAINING][rows])
        model = lightgbm.train({"objective": "binary", "learning_rate": 0.05, "verbose": -1, "num_threads": 1, "seed": 42,
                                **parameters}, data, 60)
        return model.predict(today[:, columns])

    stock = train(slice(0, 3000))
    honest = [train(slice(3000, 8000), **p) for p in
              ({}, {"num_leaves": 20}, {"num_leaves": 45}, {"learning_rate": 0.08}, {"min_data_in_leaf": 40},
               {"bagging_fraction": 0.8, "bagging_freq": 1, "feature_fraction": 0.8, "seed": 1},
               {"bagging_fraction": 0.8, "bagging_freq": 1, "feature_fraction": 0.8, "seed": 2})]
    # The same code on the same days with a few trees less and more, which no reference excuses, comes last.
    honest += [train(slice(2000, 6000)), train(slice(0, 8000)), train(slice(5000, 8000)),
               train(slice(3000, 8000), slice(0, 30)), train(slice(3000, 8000), slice(10, 40)),
               train(slice(3000, 8000), num_iterations=57), train(slice(3000, 8000), num_iterations=63)]
    return today, stock, honest


def findings(tmp_path, day, submissions, references=()):
    features, stock, _ = day
    columns = [*features.T, stock, *references, *submissions, np.full(ALERTS, -1.0)]
    file = tmp_path / "scores"
    np.concatenate(columns).astype("<f8").tofile(file)
    program = built_program("validation/validation_copy_findings")
    counts = [ALERTS, FEATURES, len(references), len(submissions)]
    done = subprocess.run([program, file, *map(str, counts)], capture_output=True, check=True, timeout=300)
    return json.loads(done.stdout)


def test_honest_miners_with_the_same_code_and_data_are_not_copies(tmp_path, day):
    honest = day[2]
    highest = max(np.corrcoef(honest[i], honest[j])[0, 1] for i in range(len(honest)) for j in range(i))
    assert highest > 0.95, "Pearson's correlation alone would accuse some of them"
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(honest))
        assert not any("copy_of" in finding for finding in findings(tmp_path, day, [honest[i] for i in order]))


def test_whoever_trains_the_stock_code_on_known_days_is_no_copy_but_baseline(tmp_path, day):
    honest = day[2]
    answer = findings(tmp_path, day, [honest[0], *honest[5:], honest[0]], references=[honest[0]])
    assert answer[0]["baseline"] and answer[-1]["baseline"]
    assert not any("copy_of" in finding for finding in answer)


TRANSFORMATIONS = {
    "as it is": lambda s, b, n: s,
    "cubed": lambda s, b, n: s**3,
    "with a little noise": lambda s, b, n: logistic(log_odds(s) + 0.1 * n),
    "with much noise": lambda s, b, n: logistic(log_odds(s) + 0.4 * n),
    "with noise in the scores": lambda s, b, n: np.clip(s + 0.01 * n, 0, 1),
    "blended with the baseline": lambda s, b, n: 0.6 * s + 0.4 * b,
    "blended, cubed": lambda s, b, n: (0.7 * s + 0.3 * b) ** 3,
    "blended by half, cubed": lambda s, b, n: (0.5 * s + 0.5 * b) ** 3,
    "blended, square root, 3 digits": lambda s, b, n: np.round(np.sqrt(0.6 * s + 0.4 * b), 3),
    "blended in log odds, steepened": lambda s, b, n: logistic(4 * (0.6 * log_odds(s) + 0.4 * log_odds(b)) + 3),
    "blended, with noise": lambda s, b, n: np.clip(0.7 * s + 0.3 * b + 0.01 * n, 0, 1),
    "blended, with noise, cubed": lambda s, b, n: np.clip(0.5 * s + 0.5 * b + 0.02 * n, 0, 1) ** 3,
    "blended in log odds, with noise in the scores": lambda s, b, n: np.clip(logistic(
        0.5 * log_odds(s) + 0.5 * log_odds(b)) + 0.02 * n, 0, 1),
    "blended in log odds, with noise, cubed": lambda s, b, n: logistic(
        0.3 * log_odds(s) + 0.7 * log_odds(b) + 0.2 * n) ** 3,
}


WITH_A_REFERENCE = {
    "blended": lambda s, r, n: 0.7 * s + 0.3 * r,
    "blended, cubed": lambda s, r, n: (0.6 * s + 0.4 * r) ** 3,
    "blended in log odds": lambda s, r, n: logistic(0.5 * log_odds(s) + 0.5 * log_odds(r)),
    "blended, with noise": lambda s, r, n: np.clip(0.6 * s + 0.4 * r + 0.02 * n, 0, 1),
    "blended, with noise, cubed": lambda s, r, n: logistic(log_odds(0.6 * s + 0.4 * r) + 0.2 * n) ** 3,
}


@pytest.mark.parametrize("name", WITH_A_REFERENCE)
def test_copies_blended_with_a_reference_are_found(tmp_path, day, name):
    honest = day[2]
    noise = np.random.default_rng(7).normal(size=ALERTS)
    for victim in (8, 9):
        copy = WITH_A_REFERENCE[name](honest[victim], honest[0], noise)
        answer = findings(tmp_path, day, [*honest, copy], references=[honest[0], honest[7]])
        # Noise can hide the original behind another relative of the reference, but not that there is one.
        assert "copy_of" in answer[-1] and ("noise" in name or answer[-1]["copy_of"] == victim), (name, victim, answer[-1])
        assert not any("copy_of" in finding for finding in answer[:-1])


@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_copies_are_found(tmp_path, day, name):
    _, stock, honest = day
    noise = np.random.default_rng(7).normal(size=ALERTS)
    for victim in (2, 8, 9):
        copy = TRANSFORMATIONS[name](honest[victim], stock, noise)
        answer = findings(tmp_path, day, [*honest, copy])
        assert answer[-1].get("copy_of") == victim, (name, victim, answer[-1])
        assert not any("copy_of" in finding for finding in answer[:-1])
