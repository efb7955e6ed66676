"""What the program says of itself."""

import json
import re
import subprocess

import pytest


@pytest.mark.parametrize("words", [["--version", "--json"], ["--json", "--version"]])
def test_version_as_json(aml_miner, words):
    said = json.loads(subprocess.run([str(aml_miner), *words], capture_output=True, text=True, check=True).stdout)
    plain = subprocess.run([str(aml_miner), "--version"], capture_output=True, text=True, check=True).stdout
    assert plain.strip() == f"aml-miner {said['version']}"
    assert re.fullmatch(r"[0-9a-f]{40}(-changed)?|unknown", said["commit"])
    assert said["compiler"] and said["build"]
    assert {"DuckDB", "LightGBM", "OpenSSL", "fmt"} <= set(said["libraries"])
    assert all(re.match(r"[0-9]+[.][0-9]+", version) for version in said["libraries"].values()), said["libraries"]
