"""Takes matrices and tables of whatever library to what the engine reads."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ._engine import Engine
from ._types import Floats

_NAMED = 5  # of missing columns, in an error


def is_matrix(X: Any) -> bool:
    """True of what has places for columns instead of names."""
    return isinstance(X, np.ndarray) or not (hasattr(X, "columns") or hasattr(X, "column_names") or hasattr(X, "__arrow_c_stream__"))


def as_matrix(X: Any) -> Floats:
    """A matrix of float32 or float64, without a copy where it is one."""
    matrix = np.asarray(X)
    if matrix.ndim != 2:
        raise ValueError(f"X has {matrix.ndim} dimensions instead of two; one row is X.reshape(1, -1)")
    return _as_floats(matrix, "X")


def _as_floats(values: Any, name: str) -> Floats:
    if values.dtype.type in (np.float32, np.float64) and values.dtype.isnative:
        floats: Floats = values
        return floats
    if values.dtype.kind not in "biufO":
        raise TypeError(f"{name} holds {values.dtype}, not numbers")
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} holds what is no number: {error}") from None


def _pandas_column(X: Any, name: str) -> Floats:
    series = X[name]
    if str(series.dtype) == "category":
        raise TypeError(f"column {name} holds categories; give the codes that the model was trained on")
    if series.dtype.kind in "fiub" and isinstance(series.dtype, np.dtype):
        return _as_floats(series.to_numpy(), f"column {name}")
    return _as_floats(series.to_numpy(dtype=np.float64, na_value=np.nan), f"column {name}")


def _arrow_column(X: Any, name: str) -> Floats:
    return _as_floats(X.column(name).to_numpy(), f"column {name}")


def _polars_column(X: Any, name: str) -> Floats:
    return _as_floats(X.get_column(name).to_numpy(), f"column {name}")


def _reader(X: Any) -> tuple[Any, list[str], Callable[[Any, str], Floats]]:
    """The table, its columns' names, and what reads one of them."""
    if hasattr(X, "get_column"):
        return X, list(X.columns), _polars_column
    if hasattr(X, "iloc"):
        return X, [str(name) for name in X.columns], _pandas_column
    import pyarrow

    table = pyarrow.table(X)
    return table, list(table.column_names), _arrow_column


def as_columns(X: Any, engine: Engine) -> list[Floats]:
    """A table's columns in the order of the model's features, found by name.

    Raises ValueError that names features without a column.
    """
    table, names, read = _reader(X)
    places = engine.find_columns(names)
    missing = [feature for feature, place in zip(engine.feature_names, places, strict=True) if place is None]
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        raise ValueError(f"X has no column {', '.join(missing[:_NAMED])}{more}, which the model's features ask for")
    return [read(table, names[place]) for place in places if place is not None]
