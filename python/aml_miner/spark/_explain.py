"""Scores and explanations of a DataFrame's rows, made where the rows are."""

from collections.abc import Iterator, Sequence
from typing import Any

from ._session import names_of


def explain(rows: Any, model: str, columns: Sequence[str] = ()) -> Any:
    """A DataFrame of `columns` (such as alert_id), the raw score, and the exact contributions, a list with the base value last.

    rows: a DataFrame with the model's features as numeric columns, NULL and NaN for missing values. model: the model's text,
    which travels to the executors once. Every number has the bits of aml_miner.Model's, however the rows are cut.
    """
    kept = names_of(columns, "columns")
    import aml_miner
    from pyspark.sql import types

    names = aml_miner.Model(model).feature_names
    shared = rows.sparkSession.sparkContext.broadcast(model)

    def explain_batches(batches: Iterator[Any]) -> Iterator[Any]:
        import numpy
        import pyarrow

        forest = aml_miner.Model(shared.value)
        for batch in batches:
            values = numpy.empty((batch.num_rows, len(names)))
            for place, name in enumerate(names):
                values[:, place] = batch.column(name).cast(pyarrow.float64()).to_numpy(zero_copy_only=False)
            contributions = forest.explain(values)
            lists = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(contributions.reshape(-1)), len(names) + 1)
            scores = pyarrow.array(forest.predict(values, raw_score=True))
            yield pyarrow.RecordBatch.from_arrays([*(batch.column(name) for name in kept), scores, lists.cast(pyarrow.list_(pyarrow.float64()))],
                                                  names=[*kept, "raw_score", "contributions"])

    fields = [rows.schema[name] for name in kept]
    schema = types.StructType([*fields, types.StructField("raw_score", types.DoubleType()),
                               types.StructField("contributions", types.ArrayType(types.DoubleType()))])
    return rows.select(*kept, *[name for name in names if name not in kept]).mapInArrow(explain_batches, schema)
