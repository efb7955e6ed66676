"""bench/process --peer: the program beside polars and LightGBM (bench/peer_process.py), taking turns, every answer compared."""

import hashlib
import json
import os
import pathlib
import subprocess
import sys

import paired
import peer_compare
import project

# Of the features only those that group, join and count: the peer has no graph.
LEFT_OUT = [option for group in ("graph_neighbors", "graph_exposure", "graph_patterns", "graph_rest", "known")
            for option in ("--without", group)]
PEER = pathlib.Path(__file__).resolve().parent / "peer_process.py"
DAY = "2025-10-26"
TABLES = ("alerts_scored", "alerts_ranked", "clusters_scored")


def simulate(program, folder, scale, seed):
    """A day's snapshot and the folder of its truth, kept in `folder` for the next run."""
    snapshot, truth = [folder / f"{name}-{scale:g}{'' if seed == 1 else f'-{seed}'}" for name in ("snapshot", "ground-truth")]
    if not snapshot.exists():
        print(f"simulating scale {scale} …", file=sys.stderr)
        subprocess.run([program, "simulate", "--network", "bitcoin", "--processing-date", DAY, "--days", "7", "--scale", str(scale),
                        "--seed", str(seed), "--output-dir", snapshot, "--ground-truth-dir", truth], check=True)
    return snapshot, truth


def trained(program, folder):
    """Models of just these features, trained once on a small day."""
    sql = subprocess.run([program, "features", "--sql", *LEFT_OUT], check=True, capture_output=True).stdout
    models = folder / f"peer-models-{hashlib.sha256(sql).hexdigest()[:12]}"
    if not models.exists():
        snapshot, truth = simulate(program, folder, 0.05, 2)
        subprocess.run([program, "--log-level", "warning", "train", "--input-dir", snapshot, "--ground-truth", truth, "--models-dir", models,
                        *LEFT_OUT], check=True)
    return models


class Sides:
    def __init__(self, program, snapshot, folder, threads):
        self.program, self.snapshot, self.folder, self.threads = program, snapshot, folder, str(threads)
        self.models = trained(program, folder)
        self.environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": self.threads,
                            "PYTHONPYCACHEPREFIX": str(folder / "pycache")}  # modules are compiled in the first run, and then read
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def output_of(self, side):
        return self.folder / side / DAY

    def common(self, side, write_matrix):
        options = ["--input-dir", self.snapshot, "--output-dir", self.output_of(side), "--models-dir", self.models, "--threads", self.threads]
        return options + (["--write-matrix", self.folder / side / "matrix"] if write_matrix else [])

    def ours(self, explained, write_matrix=False):
        self.output_of("ours").parent.mkdir(exist_ok=True)
        done = project.Finished([self.program, "--log-format", "json", "--log-level", "debug", "process", *LEFT_OUT,
                                 *self.common("ours", write_matrix), *([] if explained else ["--top-features", "0"])], self.environment)
        lines = [json.loads(line) for line in done.errors.splitlines()]
        done.stages = {line["stage"]: line["cpu_ms"] / 1e3 for line in lines if line["message"] == "stage done"}
        return done

    def peer(self, explained, write_matrix=False):
        done = project.Finished([sys.executable, PEER, *self.common("peer", write_matrix), *([] if explained else ["--no-explanations"])],
                                self.environment)
        done.stages = {name: of["cpu_s"] for name, of in json.loads(done.output.splitlines()[-1]).items()}
        return done

    def compare_scores(self, explained):
        rows = 0
        for name in TABLES:
            ours, peer = [self.output_of(side) / f"{name}.parquet" for side in ("ours", "peer")]
            rows += peer_compare.compare_scores(ours, peer, explained and name != "alerts_ranked")
        return rows

    def check(self):
        """Every feature, every score, every explanation."""
        self.ours(True, write_matrix=True)
        self.peer(True, write_matrix=True)
        values = sum(peer_compare.compare_matrices(*[self.folder / side / "matrix" / f"{name}_matrix.parquet" for side in ("ours", "peer")])
                     for name in ("alert", "cluster"))
        print(f"equal: {values:,} values of features, {self.compare_scores(True):,} rows of scores with their explanations\n", flush=True)

    def turns(self, rounds, explained):
        """Of each side the run of least CPU time."""
        def peer():
            done = self.peer(explained)
            self.compare_scores(explained)
            return done

        both = paired.take_turns(rounds, lambda: self.ours(explained), peer)
        return [min(runs, key=lambda run: run.cpu) for runs in both]


def row(name, run):
    return f"| {name} | {run.cpu:.2f} | {run.wall:.2f} | {run.peak_mb:.0f} |"


def compare(program, snapshot, folder, threads, rounds):
    """Prints the tables; ends the program where the two do not agree."""
    project.need_modules("polars", "lightgbm")
    sides = Sides(program, snapshot, folder, threads)
    try:
        sides.check()
        results = {explained: sides.turns(rounds, explained) for explained in (True, False)}
    except peer_compare.Difference as difference:
        sys.exit(f"bench/process: the program and its peer do not agree: {difference}")
    print(f"{threads} threads, least CPU time of {rounds} rounds by turns, load {os.getloadavg()[2]:.0f} over 15 minutes\n")
    print("| | CPU s | wall s | peak MB |\n|---|---|---|---|")
    for explained, (ours, peer) in results.items():
        which = "with explanations" if explained else "without"
        print(row(f"aml-miner, {which}", ours))
        print(row(f"polars and LightGBM, {which}", peer))
        started = peer.cpu - peer.stages["import"]
        print(f"| ratio | {peer.cpu / ours.cpu:.2f} ({started / ours.cpu:.2f} without importing) | {peer.wall / ours.wall:.2f} "
              f"| {peer.peak_mb / ours.peak_mb:.2f} |")
    for side, name in enumerate(("aml-miner", "polars and LightGBM")):
        run = results[True][side]
        print(f"\n| {name}, with explanations | CPU s | share |\n|---|---|---|")
        for stage, seconds in run.stages.items():
            print(f"| {stage} | {seconds:.2f} | {100 * seconds / run.cpu:.0f} % |")
        print(f"| **all** | {run.cpu:.2f} | |")
