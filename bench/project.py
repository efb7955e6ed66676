"""What every benchmark begins with: the project's own Python, its programs, and figures of what ran.

`import project` first of all: where the benchmark runs under another Python, this installs what benchmarks need
(scripts/bootstrap --bench) and starts it again under the project's. Nothing but Python's own library is imported before.
"""

import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
DEPS = pathlib.Path(os.environ.get("AML_DEPS", ROOT / ".deps"))
VENV = DEPS / "venv"
BENCH_PACKAGES = DEPS / "bench"  # Python packages that only benchmarks import


def use_own_python():
    if BENCH_PACKAGES.exists() and VENV.exists() and os.path.samefile(sys.prefix, VENV):
        return
    subprocess.run([ROOT / "scripts" / "bootstrap", "--bench"], check=True)
    # OpenMP's threads would wait by spinning, and cost each other time.
    environment = {**os.environ, "AML_DEPS": str(DEPS), "OMP_WAIT_POLICY": "PASSIVE"}
    os.execve(VENV / "bin" / "python", [str(VENV / "bin" / "python"), *sys.argv], environment)


use_own_python()
sys.path.append(str(BENCH_PACKAGES / "lib"))


def built(*more):
    """Builds the program and the benchmarks, or finds them built; the program's path."""
    subprocess.run([ROOT / "scripts" / "build", "--bench", *more], check=True)
    return ROOT / "build" / "aml-miner"


def need(*programs):
    """Programs that --bench installs, and that a prefix without it lacks."""
    if not all(map(shutil.which, programs)):
        subprocess.run([ROOT / "scripts" / "bootstrap", "--bench"], check=True)


def need_modules(*names):
    """Python packages that --bench installs, and that a prefix from before they were pinned lacks."""
    if not all(map(importlib.util.find_spec, names)):
        subprocess.run([ROOT / "scripts" / "bootstrap", "--bench"], check=True)
        importlib.invalidate_caches()


class Finished:
    """A command that ran to its end: wall and processor seconds, peak memory in MB, its two outputs."""

    def __init__(self, command, environment=None, may_fail=False):
        began = time.monotonic()
        running = subprocess.Popen(list(map(str, command)), env=environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        errors = []
        reader = threading.Thread(target=lambda: errors.append(running.stderr.read()))
        reader.start()
        self.output = running.stdout.read().decode()
        reader.join()
        _, self.status, usage = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(self.status)
        self.wall = time.monotonic() - began
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak_mb = usage.ru_maxrss / 1024
        self.errors = errors[0].decode(errors="replace")
        if self.status and not may_fail:
            sys.exit(f"{' '.join(map(str, command))}\nfailed:\n{self.errors}")
