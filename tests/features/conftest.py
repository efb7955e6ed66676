import pathlib
import sys

# What the tests of process share: snapshots and running the program.
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "process"))
