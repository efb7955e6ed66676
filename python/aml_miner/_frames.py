"""Takes matrices and tables of whatever library to what the engine reads.

What is no number is refused by its type, the same in each library: text that looks like a number, and dates, are
mistakes of the caller's that would otherwise be scored.
"""

import collections
import decimal
import numbers
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ._engine import Engine
from ._types import Floats

_NAMED = 5  # of missing columns, in an error
_TABLES = "a table of pandas, polars or pyarrow, or what has the Arrow C data interface"


def is_matrix(X: Any) -> bool:
    """True of what has places for columns instead of names."""
    if isinstance(X, np.ndarray):
        return True
    return not (_is_lazy(X) or any(hasattr(X, name) for name in ("columns", "column_names", "__arrow_c_stream__", "__arrow_c_array__")))


def _is_lazy(X: Any) -> bool:
    # Asked for by name: a LazyFrame that is asked for its columns warns that this is slow.
    return type(X).__name__ == "LazyFrame"


def as_matrix(X: Any) -> Floats:
    """A matrix of float32 or float64, without a copy where it is one. What a masked array masks is missing, and what rows mask."""
    if isinstance(X, list | tuple) and any(isinstance(row, np.ma.MaskedArray) for row in X):
        return _as_floats(np.stack([_as_row(row) for row in X]), "X")
    matrix = np.asarray(X)
    if matrix.ndim == 0:
        raise TypeError(f"X is {_kind_of(X)}; a model takes a NumPy array of two dimensions, {_TABLES}")
    if matrix.ndim != 2:
        raise ValueError(f"X has {matrix.ndim} dimensions instead of two; one row is X.reshape(1, -1)")
    return _without_masked(X, _as_floats(matrix, "X"))


def _without_masked(X: Any, floats: Floats) -> Floats:
    return np.where(np.ma.getmaskarray(X), np.nan, floats) if isinstance(X, np.ma.MaskedArray) else floats


def _as_row(row: Any) -> Floats:
    values = np.asarray(row)
    if values.ndim != 1:
        raise ValueError(f"X has a row of {values.ndim} dimensions instead of one")
    return _without_masked(row, _as_floats(values, "X"))


def as_arrow(X: Any, name: str, or_else: str = "") -> Any:
    """A pyarrow.Table of any library's table. Raises TypeError that calls it `name`, and tells what it may be `or_else`."""
    import pyarrow

    if _is_lazy(X):
        raise TypeError(f"{name} is a LazyFrame, which holds no rows yet; call .collect() first")
    try:
        return pyarrow.table(X)
    except (TypeError, ValueError, pyarrow.ArrowException) as error:
        # Of a table, pyarrow's words name the column; of anything else they name what only pyarrow's callers know.
        if hasattr(X, "columns") or (isinstance(X, dict) and isinstance(error, pyarrow.ArrowException)):
            raise TypeError(f"{name} cannot be read: {error}") from None
        raise TypeError(f"{name} is {_kind_of(X)}, not {or_else}{_TABLES}") from None


def _kind_of(X: Any) -> str:
    return "None" if X is None else f"of type {type(X).__module__}.{type(X).__name__}".replace("builtins.", "")


def _refuse(name: str, kind: Any) -> TypeError:
    return TypeError(f"{name} holds {kind}, not numbers")


def _is_number(kind: type) -> bool:
    # NumPy counts durations among its integers.
    return issubclass(kind, (numbers.Real, decimal.Decimal, np.bool_, type(None))) and not issubclass(kind, np.timedelta64)


def _lies_in_steps(floats: Floats) -> bool:
    """Whether the engine can read the numbers where they lie: fields of records may stand between other bytes."""
    return floats.flags.aligned and all(stride % floats.itemsize == 0 for stride in floats.strides)


def _as_floats(values: Any, name: str) -> Floats:
    if values.dtype.type in (np.float32, np.float64) and values.dtype.isnative:
        floats: Floats = np.asarray(values)
        return floats if _lies_in_steps(floats) else floats.copy()
    if values.dtype.kind not in "biufO":
        raise _refuse(name, values.dtype)
    if values.dtype.kind == "O":
        for kind in set(map(type, values.flat)):
            if not _is_number(kind):
                raise _refuse(name, kind.__name__)
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise TypeError(f"{name} holds what is no number: {error}") from None


def _pandas_column(X: Any, place: int, name: str) -> Floats:
    series = X.iloc[:, place]
    dtype = series.dtype
    if str(dtype) == "category":
        raise TypeError(f"{name} holds categories; give the codes that the model was trained on")
    if hasattr(dtype, "pyarrow_dtype"):
        return _arrow_floats(series.array.__arrow_array__(), name)
    if dtype == object:
        try:
            values = series.to_numpy(dtype=object, na_value=np.nan)
        except ArithmeticError:  # pandas compares each decimal with itself, which a signalling NaN refuses
            raise _refuse(name, "a signalling NaN") from None
        return _as_floats(values, name)
    if dtype.kind not in "fiub":
        raise _refuse(name, dtype)
    if isinstance(dtype, np.dtype):
        return _as_floats(series.to_numpy(), name)
    return _as_floats(series.to_numpy(dtype=np.float64, na_value=np.nan), name)


def _arrow_floats(column: Any, name: str) -> Floats:
    from pyarrow import types

    kind = column.type
    if types.is_dictionary(kind):
        kind = kind.value_type
    if not any(is_one(kind) for is_one in (types.is_integer, types.is_floating, types.is_decimal, types.is_boolean, types.is_null)):
        raise _refuse(name, kind)
    if types.is_dictionary(column.type):
        # to_numpy() makes a null the first of the dictionary's values.
        column = column.cast(kind)
    return _as_floats(column.to_numpy(), name)


def _arrow_column(X: Any, place: int, name: str) -> Floats:
    return _arrow_floats(X.column(place), name)


def _polars_column(X: Any, place: int, name: str) -> Floats:
    series = X.get_column(X.columns[place])
    if not series.dtype.is_numeric() and str(series.dtype) not in ("Boolean", "Null"):
        raise _refuse(name, series.dtype)
    return _as_floats(series.to_numpy(), name)


def _reader(X: Any) -> tuple[Any, list[str], Callable[[Any, int, str], Floats]]:
    """The table, its columns' names, and what reads one of them."""
    if not _is_lazy(X):
        if hasattr(X, "get_column"):
            return X, list(X.columns), _polars_column
        if hasattr(X, "iloc") and hasattr(X, "columns"):
            return X, [str(name) for name in X.columns], _pandas_column
    table = as_arrow(X, "X")
    return table, list(table.column_names), _arrow_column


def find_features(names: Sequence[str], engine: Engine) -> list[int]:
    """Where among a table's columns the model's features are. Raises ValueError that names features without a column or with several."""
    places = engine.find_columns(names)
    missing = [feature for feature, place in zip(engine.feature_names, places, strict=True) if place is None]
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        raise ValueError(f"X has no column {', '.join(missing[:_NAMED])}{more}, which the model's features ask for")
    found = [place for place in places if place is not None]
    times = collections.Counter(names)
    for place in found:
        if times[names[place]] > 1:
            raise ValueError(f"X has column {names[place]} {times[names[place]]} times; the model needs one")
    return found


def as_columns(X: Any, engine: Engine) -> list[Floats]:
    """A table's columns in the order of the model's features, found by name.

    Raises ValueError as find_features(), and TypeError that names a column without numbers.
    """
    table, names, read = _reader(X)
    return [read(table, place, f"column {names[place]}") for place in find_features(names, engine)]
