"""Spark from scripts/bootstrap --spark, and the wheel's package as it lies in python/, with the program that was built."""

import pathlib
import subprocess
import sys

import pytest

from spark_here import SPARK, missing_spark, package_of, spark_environment

HERE = pathlib.Path(__file__).resolve().parent


class Spark:
    """Runs Python with Spark; every run has a JVM of its own, so tests ask much of each."""

    def __init__(self, package, spark):
        self.environment = spark_environment(package, spark)

    def python(self, *words, exit_code=0, **environment):
        """What it prints; where it should end otherwise, its error."""
        done = subprocess.run([sys.executable, *map(str, words)], env={**self.environment, **environment}, capture_output=True, text=True)
        assert done.returncode == exit_code, (words, done.stdout[-2000:], done.stderr[-6000:])
        return done.stdout if exit_code == 0 else done.stderr

    def script(self, name, *words, **environment):
        return self.python(HERE / name, *words, **environment)


@pytest.fixture(scope="session")
def spark_packages():
    if reason := missing_spark():
        pytest.skip(reason)
    return SPARK


@pytest.fixture(scope="session")
def package(aml_miner, tmp_path_factory):
    """The wheel's package without its engine, beside the program that was built."""
    return package_of(aml_miner, tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="session")
def spark(spark_packages, package):
    return Spark(package, spark_packages)
