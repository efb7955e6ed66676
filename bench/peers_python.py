"""What benchmarks begin with that compare with XGBoost and CatBoost: `import peers_python` first of all.

Installs the peers (scripts/deps/bench-models.txt) into build/bench/models-venv and starts the benchmark again under its Python, unless
AML_BENCH_INSIDE is set. Nothing but Python's own library is imported before.
"""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
VENV = ROOT / "build" / "bench" / "models-venv"
PINS = ROOT / "scripts" / "deps" / "bench-models.txt"


def use_peers_python():
    if "AML_BENCH_INSIDE" in os.environ:
        return
    made = VENV / "made"
    if not made.exists() or made.read_text() != PINS.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
        subprocess.run([VENV / "bin" / "pip", "install", "--quiet", "-r", PINS], check=True)
        made.write_text(PINS.read_text())
    os.environ["AML_BENCH_INSIDE"] = "1"
    os.execv(VENV / "bin" / "python", [VENV / "bin" / "python", *sys.argv])


use_peers_python()
