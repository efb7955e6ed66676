import json
import subprocess

import duckdb
import pyarrow
import pyarrow.parquet
import pytest

from lightgbm_models import NAMES


class Predict:
    """Runs predict on a model and a table in a folder of their own."""

    def __init__(self, program, folder):
        self.program = program
        self.model = folder / "model.txt"
        self.input = folder / "input.parquet"
        self.output = folder / "output.parquet"

    def write(self, model, columns, row_group_size=None):
        """The model as text (or a booster), the columns as a mapping or a pyarrow table."""
        text = model if isinstance(model, str) else model.model_to_string()
        self.model.write_bytes(text.encode())
        table = columns if isinstance(columns, pyarrow.Table) else pyarrow.table(columns)
        pyarrow.parquet.write_table(table, self.input, row_group_size=row_group_size)
        return self

    def run(self, *arguments, exit_code=0):
        done = subprocess.run(
            [str(self.program), "--log-format", "json", "predict", "--model", str(self.model), "--input",
             str(self.input), "--output", str(self.output), *map(str, arguments)],
            capture_output=True, text=True, timeout=120,
        )
        assert done.returncode == exit_code, done.stderr
        return [json.loads(line) for line in done.stderr.splitlines()]

    def refusal(self, *arguments, exit_code=3):
        return self.run(*arguments, exit_code=exit_code)[-1]["message"]

    def scores(self, *arguments):
        """The output as a mapping of columns."""
        self.run(*arguments)
        return duckdb.sql(f"FROM read_parquet('{self.output}')").fetchnumpy()


@pytest.fixture
def predict(aml_miner, tmp_path):
    return Predict(aml_miner, tmp_path)


@pytest.fixture
def columns():
    """A matrix as columns by name."""
    return lambda values, names=NAMES: {name: values[:, f] for f, name in enumerate(names)}
