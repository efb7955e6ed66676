"""LightGBM models of every kind that has one score per row, and rows to hold them to.

Also run alone, with any LightGBM from 3.3 on: tests/predict/lightgbm_models.py FOLDER writes a model of each kind of
KEPT as KIND.txt, and what that LightGBM makes of the last KEPT_ROWS of rows() as expected.json. The models of
tests/data/lightgbm-3.3.5 were made so.
"""

import json
import pathlib
import sys

import lightgbm
import numpy

NAMES = ["volume", "kind", "degree", "größe=m", "entropy"]
CATEGORICAL = 1

KINDS = {
    "binary": {"objective": "binary"},
    "binary_sigmoid": {"objective": "binary", "sigmoid": 0.71234},
    "unbalanced": {"objective": "binary", "is_unbalance": True, "boost_from_average": False},
    "cross_entropy": {"objective": "cross_entropy"},
    "cross_entropy_lambda": {"objective": "cross_entropy_lambda"},
    "lambdarank": {"objective": "lambdarank"},
    "rank_xendcg": {"objective": "rank_xendcg", "objective_seed": 3},
    "regression": {"objective": "regression"},
    "regression_sqrt": {"objective": "regression", "reg_sqrt": True},
    "regression_l1": {"objective": "regression_l1"},
    "huber": {"objective": "huber"},
    "fair": {"objective": "fair"},
    "poisson": {"objective": "poisson"},
    "quantile": {"objective": "quantile", "alpha": 0.7},
    "mape": {"objective": "mape"},
    "gamma": {"objective": "gamma"},
    "tweedie": {"objective": "tweedie"},
    "custom": {},
    "dart": {"objective": "binary", "boosting": "dart", "drop_rate": 0.5},
    "goss": {"objective": "binary", "boosting": "goss"},
    "rf": {"objective": "binary", "boosting": "rf", "bagging_fraction": 0.5, "bagging_freq": 1},
    "rf_regression": {
        "objective": "regression", "boosting": "rf", "bagging_fraction": 0.6, "bagging_freq": 1,
    },
    "zero_as_missing": {"objective": "binary", "zero_as_missing": True},
    "no_missing": {"objective": "binary", "use_missing": False},
    "one_hot": {"objective": "binary", "max_cat_to_onehot": 64},
    "monotone": {"objective": "regression", "monotone_constraints": [1, 0, -1, 0, 0]},
    "constant": {"objective": "binary", "min_data_in_leaf": 100000},
    "constant_again": {"objective": "binary", "min_data_in_leaf": 100000},
    "stumps": {"objective": "binary", "num_leaves": 2},
    "refit": {"objective": "binary"},
    "continued": {"objective": "binary"},
    "extra": {"objective": "regression", "extra_trees": True, "path_smooth": 1.0},
    "bagged": {"objective": "binary", "bagging_fraction": 0.3, "bagging_freq": 1},
}

KEPT = [
    "binary", "binary_sigmoid", "cross_entropy_lambda", "lambdarank", "regression_sqrt", "poisson", "custom", "dart",
    "goss", "rf", "zero_as_missing", "no_missing", "one_hot", "constant", "constant_again", "refit", "continued",
]
KEPT_ROWS = 16


def matrix(count, seed):
    random = numpy.random.default_rng(seed)
    values = random.normal(size=(count, len(NAMES)))
    values[:, CATEGORICAL] = random.integers(0, 70, count)
    values[:, 2] = random.integers(0, 9, count)
    values[random.random(values.shape) < 0.1] = numpy.nan
    values[:, 4] = numpy.where(random.random(count) < 0.3, 0, values[:, 4])
    return values


def labels(values):
    clean = numpy.nan_to_num(values)
    return (clean[:, 0] * 2 + clean[:, CATEGORICAL] % 3 + clean[:, 2] > 4).astype(float)


def rows():
    """Rows like the training ones, and rows of nothing but the odd values that a double can hold."""
    odd = [numpy.nan, numpy.inf, -numpy.inf, 0.0, -0.0, 5e-324, 1e-36, -0.5, 1e308, 3e9, -7, 69.5]
    grid = [[odd[(row + 3 * f) % len(odd)] for f in range(len(NAMES))] for row in range(len(odd))]
    return numpy.vstack([matrix(30, 5), numpy.array(grid)])


def train(kind, seed=1, trees=5, leaves=6):
    parameters = {
        "num_leaves": leaves, "min_data_in_leaf": 5, "min_data_per_group": 3, "cat_smooth": 1,
        "num_threads": 1, "verbosity": -1, "seed": seed, "deterministic": True,
        "force_row_wise": True, **KINDS[kind],
    }
    values = matrix(400, seed)
    target = labels(values)
    if parameters.get("objective") in ("gamma", "tweedie", "poisson", "mape", "fair", "huber"):
        target = target * 3 + 0.5
    data = lightgbm.Dataset(
        values, target, feature_name=NAMES, free_raw_data=False,
        group=[200, 200] if "rank" in kind else None,
        categorical_feature=[] if kind == "monotone" else [CATEGORICAL],
    )
    booster = lightgbm.Booster(parameters, data)
    for _ in range(trees):
        if kind == "custom":
            booster.update(fobj=lambda scores, _: (scores - target, numpy.ones(len(target))))
        else:
            booster.update()
    if kind == "refit":
        booster = booster.refit(values[:50], target[:50], decay_rate=0.5)
    if kind == "constant_again":
        booster = lightgbm.Booster(model_str=booster.model_to_string())
    if kind == "continued":
        booster = lightgbm.train(parameters, data, 3, init_model=booster)
    return booster


def expectation(booster, values):
    return {
        "raw_score": booster.predict(values, raw_score=True).tolist(),
        "score": booster.predict(values).tolist(),
        "contributions": booster.predict(values, pred_contrib=True).tolist(),
    }


def main():
    folder = pathlib.Path(sys.argv[1])
    expected = {}
    for kind in KEPT:
        text = train(kind, trees=2, leaves=5).model_to_string()
        if kind != "binary":  # the parameters are long and all the same
            text = text[: text.index("parameters:")]
        (folder / f"{kind}.txt").write_bytes(text.encode())
        expected[kind] = expectation(lightgbm.Booster(model_str=text), rows()[-KEPT_ROWS:])
    lines = [f"{json.dumps(kind)}: {json.dumps(found)}" for kind, found in expected.items()]
    (folder / "expected.json").write_text("{" + ",\n".join(lines) + "}\n")


if __name__ == "__main__":
    main()
