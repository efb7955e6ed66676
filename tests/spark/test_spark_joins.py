"""What is global in the flow graph by joins on Spark, of a nasty day: the bits of the program."""

import pytest

from nasty_days import write_nasty_day
from test_graph_joins import require_the_bits_of_the_whole
from test_sql_statements import run


@pytest.mark.slow
def test_joins_have_the_bits_of_the_whole_on_spark(aml_miner, spark, tmp_path):
    day = write_nasty_day(tmp_path / "day", 5)
    (tmp_path / "plan.json").write_text(run(aml_miner, "sql", "--engine", "spark", "--input-dir", day, "--json"))
    (tmp_path / "graph").mkdir()
    spark.script("run_joins.py", tmp_path / "plan.json", day, tmp_path / "graph")
    require_the_bits_of_the_whole(aml_miner, day, tmp_path)
