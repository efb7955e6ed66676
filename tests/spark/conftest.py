"""Spark from scripts/bootstrap --spark, and the wheel's package as it lies in python/, with the program that was built."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from spark_here import SPARK, missing_spark

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent


class Spark:
    """Runs Python with Spark; every run has a JVM of its own, so tests ask much of each."""

    def __init__(self, package, spark):
        self.environment = {**os.environ, "PYTHONPATH": f"{package}:{spark}", "PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable,
                            "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_HOSTNAME": "localhost", "SPARK_HOME": f"{spark}/pyspark"}
        # Small days are interpreted: compiling their plans would cost more than all else.
        self.environment["PYSPARK_SUBMIT_ARGS"] = ("--driver-java-options '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC' --conf spark.ui.enabled=false "
                                                   "--conf spark.ui.showConsoleProgress=false --conf spark.sql.codegen.wholeStage=false "
                                                   "--conf spark.sql.codegen.factoryMode=NO_CODEGEN pyspark-shell")

    def python(self, *words, exit_code=0):
        """What it prints; where it should end otherwise, its error."""
        done = subprocess.run([sys.executable, *map(str, words)], env=self.environment, capture_output=True, text=True)
        assert done.returncode == exit_code, (words, done.stdout[-2000:], done.stderr[-6000:])
        return done.stdout if exit_code == 0 else done.stderr

    def script(self, name, *words):
        return self.python(HERE / name, *words)


@pytest.fixture(scope="session")
def spark_packages():
    if reason := missing_spark():
        pytest.skip(reason)
    return SPARK


@pytest.fixture(scope="session")
def package(aml_miner, tmp_path_factory):
    """The wheel's package without its engine, beside the program that was built."""
    folder = tmp_path_factory.mktemp("package")
    shutil.copytree(ROOT / "python" / "aml_miner", folder / "aml_miner")
    (folder / "aml_miner" / "program").mkdir()
    (folder / "aml_miner" / "program" / "aml-miner").symlink_to(aml_miner)
    (folder / "aml_miner" / "program" / "trained_models").symlink_to(ROOT / "trained_models")
    return folder


@pytest.fixture(scope="session")
def spark(spark_packages, package):
    return Spark(package, spark_packages)
