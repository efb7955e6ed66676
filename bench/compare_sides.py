"""The two programs of bench/compare: this tree, and a commit built beside it."""

import hashlib
import os
import shutil
import subprocess
import sys

import project
from compare_runs import Side

COMPARE = project.ROOT / "build" / "compare"
TARGETS = ["aml-miner", "validate_round"]
# What decides which libraries a program is built with.
LIBRARY_PINS = ["scripts/deps/duckdb.sh", "scripts/deps/lightgbm-wheel.txt", "scripts/deps/lightgbm-sdist.txt",
                "scripts/deps/sr25519-crates.txt", "src/bittensor/sr25519/lib.rs", "src/bittensor/sr25519/Cargo.toml"]


def git(*words):
    done = subprocess.run(["git", "-C", project.ROOT, *words], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"git {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout.strip()


def head_side():
    project.built()
    changed = " with changes" if git("status", "--porcelain", "--untracked-files=no") else ""
    return Side(git("log", "-1", "--format=%h (%s)") + changed, project.ROOT, project.ROOT / "build" / "release")


def base_side(name):
    """Builds the commit in build/compare, or finds it built."""
    commit = git("rev-parse", "--verify", f"{name}^{{commit}}")
    tree = COMPARE / commit[:12]
    build = tree / "build" / "release"
    if not (build / "aml-miner").exists():
        print(f"building {name} ({commit[:12]}) …", file=sys.stderr)
        export(commit, tree)
        build_tree(tree, build)
    return Side(git("log", "-1", "--format=%h (%s)", commit), tree, build)


def export(commit, tree):
    """The commit's files, without a git repository around them."""
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    archive = subprocess.Popen(["git", "-C", project.ROOT, "archive", commit], stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "-C", tree], stdin=archive.stdout, check=True)
    if archive.wait():
        sys.exit(f"git archive {commit} failed")


def build_tree(tree, build):
    """With this tree's libraries, unless the base pins others: then with a prefix of its own, which its bootstrap fills."""
    deps = project.DEPS
    if pins_of(tree) != pins_of(project.ROOT):
        deps = COMPARE / f"deps-{pins_of(tree)[:12]}"
        subprocess.run([tree / "scripts" / "bootstrap"], env={**os.environ, "AML_DEPS": str(deps)}, check=True)
    ccache = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    environment = {**os.environ, "CCACHE_BASEDIR": str(tree), "CCACHE_NOHASHDIR": "1",
                   "CCACHE_SLOPPINESS": "pch_defines,time_macros,include_file_mtime,include_file_ctime"}
    configure = ["cmake", "-S", tree, "--preset", "release", f"-DAML_DEPS={deps}", "-DAML_BENCH=ON", *ccache]
    subprocess.run(configure, env=environment, check=True, stdout=sys.stderr)
    known = subprocess.run(["ninja", "-C", build, "-t", "targets", "all"], capture_output=True, text=True, check=True).stdout
    targets = [target for target in TARGETS if f"\n{target}: " in known]
    subprocess.run(["cmake", "--build", build, "--parallel", str(os.cpu_count()), "--target", *targets], env=environment,
                   check=True, stdout=sys.stderr)


def pins_of(tree):
    digest = hashlib.sha256()
    for name in LIBRARY_PINS:
        file = tree / name
        digest.update(file.read_bytes() if file.exists() else b"-")
    return digest.hexdigest()
