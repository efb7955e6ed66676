"""Whether Apache Spark is there to be tested, from scripts/bootstrap --spark."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SPARK = pathlib.Path(os.environ.get("AML_DEPS", ROOT / ".deps")) / "spark" / "lib"


def java():
    """Major version of the Java that Spark would take; 0 where there is none."""
    home = os.environ.get("JAVA_HOME")
    program = shutil.which(f"{home}/bin/java" if home else "java")
    if not program:
        return 0
    found = re.search(r'version "(\d+)', subprocess.run([program, "-version"], capture_output=True, text=True).stderr)
    return int(found[1]) if found else 0


def missing_spark():
    """Why nothing can be tested on Spark; empty where it can."""
    if not (SPARK / "pyspark" / "jars").is_dir():
        return "Spark is not there: scripts/bootstrap --spark fetches it (317 MB, and Java 17)"
    version = java()
    return "" if version == 17 else f"Spark is tested with Java 17, here is {version or 'none'}: scripts/bootstrap --spark fetches it, or set JAVA_HOME"


# A process that lives for seconds is not worth compiling for.
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def package_of(program, folder):
    """The wheel's package in a folder, without its engine, with the program that was built."""
    shutil.copytree(ROOT / "python" / "aml_miner", folder / "aml_miner")
    (folder / "aml_miner" / "program").mkdir()
    (folder / "aml_miner" / "program" / "aml-miner").symlink_to(program)
    (folder / "aml_miner" / "program" / "trained_models").symlink_to(ROOT / "trained_models")
    return folder


def spark_environment(package, spark, short_lived=True):
    """Variables for whatever runs Spark. Small days are interpreted: compiling their plans would cost more than all else."""
    small = (f"--driver-java-options '{SHORT_LIVED}' --conf spark.sql.codegen.wholeStage=false --conf spark.sql.codegen.factoryMode=NO_CODEGEN "
             if short_lived else "")
    return {**os.environ, "PYTHONPATH": f"{package}:{spark}", "PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable,
            "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_HOSTNAME": "localhost", "SPARK_HOME": f"{spark}/pyspark",
            "PYSPARK_SUBMIT_ARGS": f"{small}--conf spark.ui.enabled=false --conf spark.ui.showConsoleProgress=false pyspark-shell"}
