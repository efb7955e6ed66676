"""Scores and contributions of a DataFrame of Spark, made on executors by the wheel, are those of the model itself."""

import os
import pathlib
import subprocess

import pytest

from spark_here import SPARK, missing_spark

ROOT = pathlib.Path(__file__).resolve().parents[2]

SCRIPT = """
import pathlib, sys
import lightgbm
import numpy
from pyspark.sql import functions
import aml_miner
from aml_miner.spark import explain
from aml_miner.spark._session import session

text = pathlib.Path(sys.argv[1]).read_text()
model = aml_miner.Model(text)
spark = session("local[2]")
numbers = [functions.when((functions.col("id") * (7 + place)) % 11 != 0, ((functions.col("id") * (13 + place)) % 97) / 7.0).alias(name)
           for place, name in enumerate(model.feature_names)]
rows = spark.range(0, 300, 1, 3).select(functions.col("id").alias("alert_id"), *numbers)
found = sorted(explain(rows, text, ["alert_id"]).collect())
values = numpy.array([[numpy.nan if value is None else value for value in row[1:]] for row in sorted(rows.collect(), key=lambda row: row[0])])
assert [row[0] for row in found] == list(range(300))
assert numpy.array_equal([row[1] for row in found], model.predict(values, raw_score=True))
assert numpy.array_equal([row[2] for row in found], model.explain(values))

for wrong, says in ((rows.withColumn(model.feature_names[0], functions.lit("1.5")), f"column {model.feature_names[0]} holds string, not numbers"),
                    (rows.drop(model.feature_names[0]), f"X has no column {model.feature_names[0]}")):
    try:
        explain(wrong, text, ["alert_id"])
        print("taken")
    except (TypeError, ValueError) as error:
        assert says in str(error), error

values = numpy.column_stack([numpy.arange(100.0) % 7, numpy.arange(100.0) % 5])
booster = lightgbm.train({"verbose": -1, "num_threads": 1}, lightgbm.Dataset(values, values[:, 0], feature_name=["a b", "c"]), 3)
named = spark.createDataFrame(values.tolist(), ["a b", "c"])
found = [row[0] for row in explain(named, booster.model_to_string()).collect()]
assert sorted(found) == sorted(aml_miner.Model(booster).predict(values, raw_score=True))
print("alike")
"""


def test_a_data_frame_is_explained_where_it_lies(installed, tmp_path):
    if reason := missing_spark():
        pytest.skip(reason)
    (tmp_path / "script.py").write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": str(SPARK), "PYSPARK_PYTHON": str(installed.python), "SPARK_LOCAL_IP": "127.0.0.1"}
    done = subprocess.run([installed.python, tmp_path / "script.py", ROOT / "trained_models" / "alert_scorer_v1.0.0.txt"], env=environment,
                          capture_output=True, text=True)
    assert done.stdout.strip() == "alike", done.stderr[-4000:]
