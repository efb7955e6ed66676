"""Days of aml-miner on Apache Spark: the same feature SQL, the same bits. docs/cluster.md.

python -m aml_miner.spark process|backfill …     the commands (--help)
process(…), backfill(…)                          the same as functions
explain(rows, model, columns)                    scores and exact contributions of a DataFrame, on the executors
"""

from ._backfill import backfill
from ._explain import explain
from ._process import process
from ._session import SparkError

__all__ = ["SparkError", "backfill", "explain", "process"]
