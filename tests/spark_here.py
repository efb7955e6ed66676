"""Whether Apache Spark is there to be tested, from scripts/bootstrap --spark."""

import os
import pathlib
import re
import shutil
import subprocess

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
