"""Runs the program that the wheel brings."""

import json
import pathlib
import subprocess

PROGRAM = pathlib.Path(__file__).parent / "program" / "aml-miner"


class ProgramError(RuntimeError):
    """The program's one sentence about what was wrong, and its documented exit code."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code

    def __reduce__(self) -> tuple[type["ProgramError"], tuple[str, int]]:
        return type(self), (str(self), self.exit_code)


def _last_error(log: str) -> str:
    """The message of the last error among log lines of JSON; all of the text where there is none."""
    for line in reversed(log.splitlines()):
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(entry, dict) and entry.get("level") == "error":
            return str(entry["message"])
    return log.strip() or "the program gave no reason"


def run(*arguments: str) -> str:
    """What the program prints. Raises ProgramError where it does not end with 0."""
    done = subprocess.run([PROGRAM, "--log-format", "json", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ProgramError(_last_error(done.stderr), done.returncode)
    return done.stdout
