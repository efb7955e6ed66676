import pytest

from batches import processed, run, tiny_snapshot, trained


@pytest.fixture
def models_dir(aml_miner):
    """Models trained on the ClickHouse snapshot."""
    return trained(aml_miner, "clickhouse")


@pytest.fixture
def batch(aml_miner):
    """The ClickHouse snapshot processed with them, and its matrices."""
    return processed(aml_miner, "clickhouse")


@pytest.fixture
def tiny():
    """A snapshot of thirty alerts; not to be changed."""
    return tiny_snapshot()


@pytest.fixture
def process(aml_miner, models_dir):
    """Runs process; further arguments as given."""

    def run_process(input_dir, output_dir, *arguments, models=models_dir, exit_code=0):
        return run(
            aml_miner, "process", "--input-dir", input_dir, "--output-dir", output_dir,
            "--models-dir", models, *arguments, exit_code=exit_code,
        )

    return run_process
