"""What bench/compare measures: each run is made ready for one side, measured by turns, and its answers compared.

A run is a class: made with a side and the data; measure() gives processor seconds and peak memory in MB and keeps the
answers; difference(other) says in words how the answers of two sides differ. Unable is raised where a side cannot do it.
"""

import functools
import hashlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import duckdb
import project
from validation_day import FEATURES, make_day

DAY = "2025-10-26"


class Unable(Exception):
    """Why a run cannot be compared."""


class Side:
    """One of the two programs, with the models of its tree."""

    def __init__(self, title, tree, build):
        self.title, self.tree, self.build = title, tree, build
        self.program = build / "aml-miner"
        self.models = tree / "trained_models"

    @functools.cache
    def options(self, command):
        """The long options that a subcommand has; none where it does not exist."""
        done = project.Finished([self.program, command, "--help"], may_fail=True)
        return {word.strip(",[]") for word in done.output.split() if word.startswith("--")} if done.status == 0 else set()

    def command(self, command, *pairs, always=()):
        """A command line with those options that the program knows, given as (option, value)."""
        known = self.options(command)
        if not known:
            raise Unable(f"{self.title} has no {command}")
        if missing := [option for option in always if option not in known]:
            raise Unable(f"{self.title} has no {command} {missing[0]}")
        words = [word for option, value in pairs if option in known for word in (option, value)]
        return [self.program, "--log-format", "json", command, *words]

    def run(self, *arguments, **keywords):
        done = project.Finished(self.command(*arguments, **keywords), may_fail=True)
        if done.status:
            lines = done.errors.strip().splitlines() or ["no message"]
            raise Unable(f"{self.title} failed: {message_of(lines[-1])}")
        return done


def message_of(line):
    try:
        return json.loads(line)["message"]
    except (ValueError, KeyError):
        return line[:200]


class Data:
    """What both sides read, made once and kept for the next comparison: by the first side whose files both can read."""

    def __init__(self, folder, scale, threads, makers):
        self.folder, self.scale, self.threads, self.makers = folder, scale, threads, makers
        folder.mkdir(parents=True, exist_ok=True)
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="compare-", dir=folder))

    def __del__(self):
        shutil.rmtree(self.scratch, ignore_errors=True)

    @functools.cached_property
    def input(self):
        """A simulated day that both sides can process."""
        for maker in self.makers:
            day = self.folder / f"input-{self.scale:g}-{digest_of(maker.program)[:12]}" / DAY
            if not day.exists():
                maker.run("simulate", ("--network", "bitcoin"), ("--processing-date", DAY), ("--days", 7), ("--scale", self.scale),
                          ("--seed", 1), ("--output-dir", day), ("--ground-truth-dir", day.parent / "truth"))
            try:
                self.outputs = [process(side, day, self.scratch / f"output-{i}", self.threads, matrix=self.scratch / f"matrix-{i}")
                                for i, side in enumerate(self.makers)]
                return day
            except Unable as reason:
                refused = reason
        raise refused

    @property
    def output(self):
        """The root of that day as HEAD scored it."""
        self.input
        return self.scratch / "output-0"

    @property
    def matrix(self):
        self.input
        return self.scratch / "matrix-0" / "alert_matrix.parquet"

    @functools.cached_property
    def forest(self):
        """A model of 255 leaves and 100 trees on that day's matrix: explaining is what counts."""
        import lightgbm
        import numpy
        columns = duckdb.sql(f"SELECT * EXCLUDE (alert_id) FROM read_parquet('{self.matrix}')").fetchnumpy()
        table = numpy.array([numpy.ma.filled(column.astype(float), numpy.nan) for column in columns.values()]).T
        labels = numpy.random.default_rng(1).random(len(table)) < 0.3
        settings = {"objective": "binary", "num_leaves": 255, "min_data_in_leaf": 2, "verbose": -1, "num_threads": 1, "seed": 1}
        booster = lightgbm.train(settings, lightgbm.Dataset(table, labels, feature_name=list(columns)), 100)
        path = self.scratch / "forest.txt"
        booster.save_model(path)
        return path

    @functools.cached_property
    def round(self):
        """The day of a validator with 64 miners."""
        folder = self.scratch / "round"
        folder.mkdir()
        self.round_alerts, self.round_miners = max(1000, int(50_000 * self.scale)), 64
        make_day(folder, self.round_alerts, self.round_miners)
        return folder


def digest_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def process(side, day, root, threads, matrix=None):
    shutil.rmtree(root / DAY, ignore_errors=True)
    return side.run("process", ("--input-dir", day), ("--output-dir", root / DAY), ("--models-dir", side.models),
                    ("--threads", threads), *([("--write-matrix", matrix)] if matrix else []))


def compare_tables(base, head, key):
    """How two Parquet files differ, in words: equal, or by how much and where."""
    connection = duckdb.connect()
    names = [[row[0] for row in connection.execute(f"DESCRIBE FROM read_parquet('{file}')").fetchall()] for file in (base, head)]
    if names[0] != names[1]:
        odd = sorted(set(names[0]) ^ set(names[1]))
        return f"other columns ({', '.join(odd)[:80] or 'another order'})"
    different = []
    for name in names[0]:
        if name in (key, "latency_ms"):  # what was measured may differ
            continue
        rows = connection.execute(f"""SELECT count(*) FROM read_parquet('{base}') AS a FULL JOIN read_parquet('{head}') AS b USING ("{key}")
                                      WHERE a."{name}" IS DISTINCT FROM b."{name}" """).fetchone()[0]
        if rows:
            different.append(f"{name} in {rows} rows")
    return f"{len(different)} columns differ: {', '.join(different)[:120]}" if different else ""


class Process:
    title = "process"

    def __init__(self, side, data):
        self.side, self.data = side, data
        data.input
        self.root = data.scratch / f"process-{digest_of(side.program)[:12]}"

    def measure(self):
        done = process(self.side, self.data.input, self.root, self.data.threads)
        return done.cpu, done.peak_mb

    def difference(self, other):
        found = []
        for name, key in (("alerts_scored", "alert_id"), ("alerts_ranked", "alert_id"), ("clusters_scored", "cluster_id")):
            if words := compare_tables(self.root / DAY / f"{name}.parquet", other.root / DAY / f"{name}.parquet", key):
                found.append(f"{name}: {words}")
        return "; ".join(found) or "equal"


class Serve:
    """A server asked the same questions over one connection: a cold start, whole days, small answers."""

    title = "serve"
    coding = "gzip"

    def __init__(self, side, data):
        self.side, self.data = side, data
        self.command = self.side.command("serve", ("--output-root", data.output), ("--input-root", data.input.parent), ("--port", 0),
                                         ("--threads", data.threads), ("--log-level", "warning"), always=["--port-file"])
        self.answers = {}

    def questions(self):
        whole = [f"/{kind}/{day}" for kind in ("scores/alerts", "rankings/alerts", "scores/clusters") for day in (DAY, "latest")]
        return whole * 5 + [f"/scores/alerts/{DAY}?limit=7&offset={7 * number}" for number in range(2000)]

    def measure(self):
        port_file = self.data.scratch / "port"
        port_file.unlink(missing_ok=True)
        server = subprocess.Popen(list(map(str, [*self.command, "--port-file", port_file])), stderr=subprocess.DEVNULL)
        try:
            self.ask(wait_for_port(server, port_file))
        finally:
            server.send_signal(signal.SIGTERM)
            _, status, usage = os.wait4(server.pid, 0)
            server.returncode = os.waitstatus_to_exitcode(status)
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024

    def ask(self, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        for question in self.questions():
            connection.request("GET", question, headers={"Accept-Encoding": self.coding} if len(self.answers) % 2 else {})
            answer = connection.getresponse()
            body = answer.read()
            if question not in self.answers:
                self.answers[question] = (answer.status, hashlib.sha256(body).digest())
        connection.close()

    def difference(self, other):
        answers = [(question, answer, other.answers[question]) for question, answer in self.answers.items()]
        bad = [question for question, before, after in answers if before[0] != 200 or after[0] != 200]
        different = [question for question, before, after in answers if before != after]
        words = [f"{len(different)} of {len(answers)} differ, such as {different[0]}"] if different else []
        return "; ".join(words + ([f"{len(bad)} refused, such as {bad[0]}"] if bad else [])) or "equal"


class Page(Serve):
    """What the analyst's page asks for: the day's table, alerts of it, flows around their addresses."""

    title = "page"

    def questions(self):
        addresses = duckdb.sql(f"SELECT alert_id, address FROM read_parquet('{self.data.input}/alerts.parquet') ORDER BY alert_id LIMIT 200")
        alerts = [question for alert, address in addresses.fetchall()
                  for question in (f"/inputs/alerts/{DAY}/{alert}", f"/flows/{DAY}/{address}?hops=2")]
        return [f"/table/alerts/{DAY}"] * 4 + alerts


def wait_for_port(server, port_file):
    deadline = time.monotonic() + 120
    while not (port_file.exists() and port_file.read_text()):
        if server.poll() is not None or time.monotonic() > deadline:
            raise Unable("serve does not start")
        time.sleep(0.005)
    return int(port_file.read_text())


class Validate:
    """The validator's round of bench/validate: submissions read, judged, compared by pairs, the ensemble built."""

    title = "validate"

    def __init__(self, side, data):
        self.side, self.data = side, data
        self.program = side.build / "bench" / "validate_round"
        if not self.program.exists():
            raise Unable(f"{side.title} has no validate_round")
        data.round
        self.folder = data.scratch / f"round-{digest_of(self.program)[:12]}"
        if not self.folder.exists():
            shutil.copytree(data.round, self.folder, copy_function=os.link)

    def measure(self):
        done = project.Finished([self.program, self.folder, self.data.round_miners, self.data.round_alerts, FEATURES, self.data.threads],
                                may_fail=True)
        if done.status:
            raise Unable(f"{self.side.title}: validate_round failed: {done.errors.strip()[-200:]}")
        self.report = json.loads(done.output)
        return self.report["cpu_s"], self.report["peak_mb"]

    def difference(self, other):
        verdicts = [list(map(str, run.report["verdicts"])) for run in (self, other)]
        different = sum(a != b for a, b in zip(*verdicts))
        words = [f"{different} of {self.data.round_miners} verdicts differ"] if different else []
        if (self.folder / "ensemble").read_bytes() != (other.folder / "ensemble").read_bytes():
            words.append("the ensemble differs")
        return "; ".join(words) or "equal"


class Forest:
    """A large forest that scores and explains the rows of the day's matrix."""

    title = "forest"

    def __init__(self, side, data):
        self.side, self.data = side, data
        self.output = data.scratch / f"forest-{digest_of(side.program)[:12]}.parquet"
        self.words = [("--model", data.forest), ("--input", data.matrix), ("--output", self.output), ("--threads", data.threads)]
        if "--contributions" not in side.options("predict"):
            raise Unable(f"{side.title} has no predict --contributions")

    def measure(self):
        done = project.Finished([*self.side.command("predict", *self.words), "--contributions"], may_fail=True)
        if done.status:
            raise Unable(f"{self.side.title} failed: {message_of(done.errors.strip().splitlines()[-1])}")
        return done.cpu, done.peak_mb

    def difference(self, other):
        return compare_tables(self.output, other.output, "alert_id") or "equal"


RUNS = {"process": Process, "serve": Serve, "page": Page, "validate": Validate, "forest": Forest}
