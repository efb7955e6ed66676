"""A validator's day out of dice, for bench/validate and bench/compare."""

import numpy as np

FEATURES = 60


def logistic(x):
    return 1 / (1 + np.exp(-x))


def make_day(folder, alerts, miners):
    """Smooth models of the features; every eighth miner copies an earlier one in some way."""
    rng = np.random.default_rng(5)
    table = rng.random((FEATURES, alerts))
    table.tofile(folder / "features")
    common = 2 * table[0] + table[1] - 3.2
    truth = (logistic(2 * common + np.sin(5 * table[2])) > rng.random(alerts)).astype(float)
    truth.tofile(folder / "truth")
    rng.random(alerts).tofile(folder / "confidence")
    baseline = logistic(common)
    baseline.tofile(folder / "baseline")
    models = []
    for miner in range(miners):
        kind = miner % 16
        if kind == 8 and miner > 8:
            victim = models[miner - 5]
            scores = [lambda s: s, lambda s: s**3, lambda s: 0.6 * s + 0.4 * baseline,
                      lambda s: logistic(np.log(s / (1 - s)) + 0.3 * rng.normal(size=alerts))][miner // 16 % 4](victim)
        elif kind == 4:
            scores = baseline
        else:
            used = rng.choice(FEATURES, 5, replace=False)
            own = sum(np.sin(rng.uniform(1, 4) * table[f] + rng.uniform(0, 6)) for f in used)
            scores = logistic(common + 0.35 * own)
        models.append(scores)
        np.asarray(scores).tofile(folder / f"scores-{miner}")
