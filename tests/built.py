"""Programs of the unit tests that end-to-end tests run."""

import pathlib

BUILD = pathlib.Path(__file__).resolve().parents[1] / "build"


def built_program(name):
    """By its place below a build tree's tests/, such as metrics/metrics_reference_answers; of whichever tree has it."""
    program = next((path for tree in ("release", "asan") if (path := BUILD / tree / "tests" / name).exists()), None)
    assert program, "build the unit tests first: scripts/build --asan"
    return program
