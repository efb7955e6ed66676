"""Writes small LightGBM models of every kind into the folder that is named: fuzz/seeds/model_reader.py FOLDER"""

import pathlib
import sys

import lightgbm
import numpy

COMMON = {
    "num_leaves": 4,
    "min_data_in_leaf": 5,
    "min_data_per_group": 1,
    "cat_smooth": 0,
    "cat_l2": 0,
    "num_threads": 1,
    "verbosity": -1,
    "seed": 1,
}
KINDS = {
    "binary": {"objective": "binary", "sigmoid": 0.7},
    "cross_entropy": {"objective": "cross_entropy"},
    "cross_entropy_lambda": {"objective": "cross_entropy_lambda"},
    "lambdarank": {"objective": "lambdarank"},
    "rank_xendcg": {"objective": "rank_xendcg"},
    "sqrt": {"objective": "regression", "reg_sqrt": True},
    "poisson": {"objective": "poisson"},
    "custom": {"objective": "none"},
    "dart": {"objective": "binary", "boosting": "dart", "drop_rate": 0.5},
    "goss": {"objective": "binary", "data_sample_strategy": "goss"},
    "rf": {"objective": "binary", "boosting": "rf", "bagging_fraction": 0.5, "bagging_freq": 1},
    "zero": {"objective": "binary", "zero_as_missing": True},
    "constant": {"objective": "binary", "min_data_in_leaf": 1000},
    "monotone": {"objective": "binary", "monotone_constraints": [1, 0, 0]},
}


def model(kind: str, parameters: dict) -> str:
    random = numpy.random.default_rng(7)
    matrix = random.normal(size=(200, 3))
    matrix[:, 1] = random.integers(0, 40, 200)
    matrix[random.random(200) < 0.2, 2] = numpy.nan
    labels = (matrix[:, 0] + matrix[:, 1] % 3 * 2 > 1).astype(float)
    data = lightgbm.Dataset(
        matrix,
        labels,
        group=[100, 100] if "rank" in kind else None,
        feature_name=["volume", "kind=", "größe"],
        categorical_feature=[1] if kind != "monotone" else [],
    )
    booster = lightgbm.Booster({**COMMON, **parameters}, data)
    for _ in range(2):
        if kind == "custom":
            booster.update(fobj=lambda scores, _: (scores - labels, numpy.ones(200)))
        else:
            booster.update()
    text = booster.model_to_string()
    return text[: text.index("parameters:")]  # a fuzzer should not spend its bytes there


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    for kind, parameters in KINDS.items():
        (folder / f"{kind}.txt").write_text(model(kind, parameters), encoding="utf-8", newline="")


main()
