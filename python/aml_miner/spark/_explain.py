"""Scores and explanations of a DataFrame's rows, made where the rows are."""

from collections.abc import Iterator, Sequence
from typing import Any

from ._session import context_of, names_of, quoted


def _columns_of(rows: Any, engine: Any) -> list[str]:
    """The columns of the model's features. Raises ValueError and TypeError, as Model does of any table."""
    from pyspark.sql import types

    from .._frames import find_features

    names = [rows.columns[place] for place in find_features(rows.columns, engine)]
    for name in names:
        kind = rows.schema[name].dataType
        if not isinstance(kind, types.NumericType | types.BooleanType | types.NullType):
            raise TypeError(f"column {name} holds {kind.simpleString()}, not numbers")
    return names


def explain(rows: Any, model: str, columns: Sequence[str] = ()) -> Any:
    """A DataFrame of `columns` (such as alert_id), the raw score, and the exact contributions, a list with the base value last.

    rows: a DataFrame with the model's features as numeric columns, found by name, NULL and NaN for missing values. model: the
    model's text, which travels to the executors once and stays there as long as Spark's session. Every number has the bits of
    aml_miner.Model's, however the rows are cut. Raises ValueError of a missing column and TypeError of one that holds no numbers;
    SparkError for a DataFrame of Spark Connect.
    """
    kept = names_of(columns, "columns")
    import aml_miner
    from pyspark.sql import types

    forest = aml_miner.Model(model)
    names = _columns_of(rows, forest._engine)
    width = len(names) + 1
    shared = context_of(rows.sparkSession).broadcast(model)

    def explain_batches(batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow

        forest = aml_miner.Model(shared.value)
        for batch in batches:
            table = pyarrow.table({name: batch.column(name) for name in names})
            lists = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(forest.explain(table).reshape(-1)), width)
            scores = pyarrow.array(forest.predict(table, raw_score=True))
            yield pyarrow.RecordBatch.from_arrays([*(batch.column(name) for name in kept), scores, lists.cast(pyarrow.list_(pyarrow.float64()))],
                                                  names=[*kept, "raw_score", "contributions"])

    fields = [rows.schema[name] for name in kept]
    schema = types.StructType([*fields, types.StructField("raw_score", types.DoubleType()),
                               types.StructField("contributions", types.ArrayType(types.DoubleType()))])
    needed = [*kept, *(name for name in names if name not in kept)]
    return rows.select(*quoted(needed)).mapInArrow(explain_batches, schema)
