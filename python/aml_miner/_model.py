"""LightGBM models, run by the engine of aml-miner."""

import json
import os
import pathlib
from typing import Any

from . import _engine
from ._frames import as_columns, as_matrix, is_matrix
from ._types import Numbers


def _text_of(source: Any) -> tuple[str, str]:
    """A model's text, and what errors call it."""
    if hasattr(source, "model_to_string"):
        return str(source.model_to_string()), "the booster"
    if hasattr(source, "booster_"):  # LightGBM's estimators for scikit-learn
        return str(source.booster_.model_to_string()), "the booster"
    if isinstance(source, str) and "\n" in source:
        return source, "the model's text"
    if isinstance(source, str | os.PathLike):
        return pathlib.Path(source).read_text(encoding="utf-8"), os.fspath(source)
    raise TypeError(f"a model is a path, its text, or a lightgbm.Booster, not {type(source).__name__}")


class Model:
    """A trained LightGBM model with one score per row.

    source: path of a text model, the text itself, a lightgbm.Booster, or a fitted estimator of LightGBM.
    Raises ValueError that says what is damaged or not supported, and OSError where the file cannot be read.

    X is always a matrix (rows × features, in the order of feature_names, of any strides; float32 and float64 are read
    where they lie) or a table (pandas, polars, pyarrow, or what has the Arrow C data interface), whose columns are found
    by name. NaN, null and what is masked are missing; text, dates, complex numbers and categories raise TypeError with the
    column's name, even where they look like numbers. threads: 0, the default, is one per processor. A row's numbers have the same bits
    in any matrix, with any number of threads. Calls release Python's lock and may run at once.
    """

    def __init__(self, source: Any) -> None:
        self._text, name = _text_of(source)
        self._engine = _engine.read_model(self._text, name)

    def __reduce__(self) -> tuple[type["Model"], tuple[str]]:
        return Model, (self._text,)

    def __repr__(self) -> str:
        return f"<aml_miner.Model of {len(self.feature_names)} features>"

    @property
    def feature_names(self) -> list[str]:
        """In the order of a matrix's columns."""
        return self._engine.feature_names

    def predict(self, X: Any, raw_score: bool = False, threads: int = 0) -> Numbers:
        """Scores of shape (rows,), bit for bit those of lightgbm.Booster.predict.

        raw_score: the sum of the trees instead (log-odds, for a binary objective).
        """
        if is_matrix(X):
            return self._engine.predict(as_matrix(X), raw_score, threads)
        return self._engine.predict_columns(as_columns(X, self._engine), raw_score, threads)

    def explain(self, X: Any, threads: int = 0) -> Numbers:
        """Exact TreeSHAP of shape (rows, features + 1), the base value last, in units of the raw score.

        What lightgbm.Booster.predict(pred_contrib=True) gives, up to rounding; each row sums to its raw score.
        Raises ValueError where the model's nodes have no training rows.
        """
        if is_matrix(X):
            return self._engine.explain(as_matrix(X), threads)
        return self._engine.explain_columns(as_columns(X, self._engine), threads)

    def inspect(self) -> dict[str, Any]:
        """Objective, trees, leaves, depth, and for each feature its gain and number of splits."""
        summary: dict[str, Any] = json.loads(self._engine.summary_json())
        return summary

    def to_json(self) -> str:
        """All of the model: for each tree its nodes and leaves.

        A child c ≥ 0 is node c, and c < 0 is leaf −1 − c. Values up to a node's threshold go left, or its categories do.
        """
        return self._engine.forest_json()


def shap_explanation(model: Model, X: Any, threads: int = 0) -> Any:
    """A shap.Explanation of the rows of X, for the plots of the package shap, which must be installed."""
    import numpy as np
    import shap

    contributions = model.explain(X, threads)
    data = as_matrix(X) if is_matrix(X) else np.column_stack(as_columns(X, model._engine))
    return shap.Explanation(values=contributions[:, :-1], base_values=contributions[:, -1], data=data,
                            feature_names=model.feature_names)
