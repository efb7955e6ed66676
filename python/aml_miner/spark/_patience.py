"""The program where another process may still hold its folder."""

import time

from .._program import ProgramError, run
from ._session import UNAVAILABLE

# A lost executor may leave a program that still holds the folder: another waits for it so long, in seconds.
PATIENCE, PAUSE = 600, 5


def run_when_free(*words: str) -> None:
    """Runs the program; waits where another process holds its folder. Raises ProgramError."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            run(*words)
            return
        except ProgramError as error:
            if error.exit_code != UNAVAILABLE or time.monotonic() > end:
                raise
        time.sleep(PAUSE)
