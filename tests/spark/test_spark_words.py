"""What the package does between Spark and the program, with neither: quick."""

import datetime
import json
import pathlib
import pickle
import sys
import types

import pytest


class Settings(dict):
    def set(self, name, value):
        self[name] = value


class Session:
    """A session of Spark as far as settings go."""

    def __init__(self):
        self.conf = Settings({"spark.sql.ansi.enabled": "false", "spark.sql.shuffle.partitions": "7"})

    def newSession(self):
        return Session()


@pytest.fixture
def spark_module(package, monkeypatch):
    """The package as it lies in python/, without its engine."""
    monkeypatch.syspath_prepend(str(package))
    for name in [name for name in sys.modules if name.split(".")[0] == "aml_miner"]:
        monkeypatch.delitem(sys.modules, name)
    import aml_miner.spark as module

    yield module
    for name in [name for name in sys.modules if name.split(".")[0] == "aml_miner"]:
        del sys.modules[name]


def test_a_session_that_is_given_keeps_its_settings(spark_module):
    given = Session()
    own = spark_module._session.own_session(given)
    assert own.conf["spark.sql.ansi.enabled"] == "true" and own.conf["spark.sql.shuffle.partitions"] == "7"
    assert given.conf["spark.sql.ansi.enabled"] == "false"


def test_a_session_of_spark_connect_is_refused_in_a_sentence(spark_module, tmp_path):
    """It has neither newSession nor a SparkContext, of which PySpark says that they are not implemented."""
    connect = type("SparkSession", (), {"__module__": "pyspark.sql.connect.session"})()
    (tmp_path / "day").mkdir()
    for call in (lambda: spark_module.process(str(tmp_path / "out"), input_dir=str(tmp_path / "day"), spark=connect),
                 lambda: spark_module.backfill(["bitcoin"], datetime.date(2025, 10, 1), datetime.date(2025, 10, 1), f"file://{tmp_path}", str(tmp_path), spark=connect)):
        with pytest.raises(spark_module.SparkError, match="is of Spark Connect") as refusal:
            call()
        assert refusal.value.exit_code == 2
    assert not list((tmp_path / "out").iterdir())


class Cluster:
    """A session of Spark as far as backfill goes: tasks run here, one after another."""

    def __init__(self, **settings):
        self.sparkContext, self.settings = self, settings

    def getConf(self):
        return self.settings

    def parallelize(self, items, parts):
        self.items = items
        return self

    def map(self, task):
        self.task = task
        return self

    def collect(self):
        return [self.task(item) for item in self.items]


def test_a_day_that_fails_is_told_and_the_others_go_on(spark_module, monkeypatch, tmp_path):
    module, patience, held, words = sys.modules["aml_miner.spark._backfill"], sys.modules["aml_miner.spark._patience"], [1, 1], []

    def download(sot, network, date, days, folder):
        if date.day == 2:
            raise OSError(28, "No space left on device", folder)

    def run(*given):
        if held and held.pop():
            raise module.ProgramError("another process is writing it", 5)
        words.extend(given)

    monkeypatch.setattr(module, "download", download)
    monkeypatch.setattr(patience, "run", run)
    monkeypatch.setattr(patience, "PAUSE", 0)
    spark = Cluster(**{"spark.task.cpus": "3"})
    results = spark_module.backfill(["bitcoin"], datetime.date(2025, 10, 1), datetime.date(2025, 10, 2), f"file://{tmp_path}", str(tmp_path), spark=spark)
    assert [(one.date, one.exit_code) for one in results] == [("2025-10-01", 0), ("2025-10-02", 7)] and "No space left" in results[1].problem
    assert not held and words[words.index("--threads") + 1] == "3"


@pytest.mark.parametrize("networks, says", [("bitcoin", r"give a list, as \['bitcoin'\]"), ([], "name at least one")])
def test_networks_are_a_list_of_names(spark_module, tmp_path, networks, says):
    with pytest.raises(spark_module.SparkError, match=says) as refusal:
        spark_module.backfill(networks, datetime.date(2025, 10, 1), datetime.date(2025, 10, 1), f"file://{tmp_path}", str(tmp_path), spark=Cluster())
    assert refusal.value.exit_code == 2


def test_columns_to_keep_are_a_list_of_names(spark_module):
    with pytest.raises(spark_module.SparkError, match=r"give a list, as \['alert_id'\]"):
        spark_module.explain(None, "", "alert_id")


PART = {"rows": {"family_amounts": 3}, "flow_counts": {"transfers": -2}}


@pytest.mark.parametrize("text, says", [
    (json.dumps({**PART, "rows": {}, "x": "x" * (64 << 10)}), "has more than 65536 bytes"), ("[" * 40_000, "is no JSON"), ("[]", "no object rows"), ('{"rows": 3', "is no JSON"),
    (b"\xff", "is no JSON"), (json.dumps({"rows": PART["rows"]}), "no object flow_counts"), (json.dumps({**PART, "rows": {"family_amounts": "3"}}), "no object rows of whole numbers"),
    (json.dumps({**PART, "rows": {"family_amounts": 3.0}}), "no object rows of whole numbers"), (json.dumps({**PART, "rows": {"family_amounts": True}}), "no object rows of whole numbers"),
    (json.dumps({**PART, "rows": {"family_amounts": -3}}), "rows of 'family_amounts', -3"), (json.dumps({**PART, "rows": {"../../x": 3}}), "rows of '../../x', 3"),
    ("1" * 5_000, "is no JSON"),
])
def test_a_part_that_is_damaged_is_refused(spark_module, tmp_path, text, says):
    """In a sentence that names it, and nothing outside of its folder is touched."""
    parts = sys.modules["aml_miner.spark._parts"]
    (tmp_path / "part.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(spark_module.SparkError, match=says) as refusal:
        parts.read_part(tmp_path)
    assert refusal.value.exit_code == 3 and str(tmp_path) in str(refusal.value) and len(str(refusal.value)) < 400
    (tmp_path / "part.json").write_text(json.dumps(PART))
    assert parts.read_part(tmp_path) == ({"family_amounts": 3}, {"transfers": -2})


def test_parts_of_other_tables_are_refused(spark_module, tmp_path, monkeypatch):
    """As of an executor with another program."""
    parts = sys.modules["aml_miner.spark._parts"]
    monkeypatch.setattr(parts, "run_tasks", lambda *_: None)
    for part, tables in enumerate((["flows", "subject_flows"], ["flows"])):
        (tmp_path / f"parts/{part}").mkdir(parents=True)
        (tmp_path / f"parts/{part}/part.json").write_text(json.dumps({**PART, "rows": dict.fromkeys(tables, 1)}))
        for table in tables:
            (tmp_path / f"parts/{part}/{table}.parquet").touch()
    (tmp_path / "graph").mkdir()
    with pytest.raises(spark_module.SparkError, match="parts/1 has other tables than the first part"):
        parts.make_parts(None, "day", 2, [], tmp_path / "parts", tmp_path / "graph")
    assert not list((tmp_path / "graph").iterdir())
    (tmp_path / "parts/1/part.json").write_text(json.dumps({**PART, "rows": {"flows": 1, "subject_flows": 2}}))
    (tmp_path / "parts/1/subject_flows.parquet").touch()
    assert parts.make_parts(None, "day", 2, [], tmp_path / "parts", tmp_path / "graph") == ({"flows": 2, "subject_flows": 3}, {"transfers": -4})


class JavaError(Exception):
    """As Py4J's: a first line that says nothing, and Java's exceptions with their causes."""

    def __init__(self, *messages):
        super().__init__("An error occurred while calling o140.parquet.\n: org.apache.spark.SparkException: Job aborted")
        self.java_exception = Java(*messages)


class Java:
    def __init__(self, message, *causes):
        self.message, self.causes = message, causes

    def getMessage(self):
        return self.message

    def getCause(self):
        return Java(*self.causes) if self.causes else None


WORKER = ("Task 0 failed 4 times: org.apache.spark.api.python.PythonException: Traceback (most recent call last):\n"
          '  File "/x/_program.py", line 38, in run\n    raise ProgramError(_last_error(done.stderr), done.returncode)\n{}\n\n\tat org.apache.spark')
MISSING = "alert_scorer_v1.0.0.txt needs the feature g, which no SQL makes"


@pytest.mark.parametrize("error, line", [
    (JavaError("Job aborted.", WORKER.format(f"aml_miner._program.ProgramError: {MISSING}")), MISSING),
    (JavaError(WORKER.format(f"aml_miner._program.ProgramError: {MISSING}")), MISSING),
    (JavaError(WORKER.format("ModuleNotFoundError: No module named 'aml_miner'")), "ModuleNotFoundError: No module named 'aml_miner'"),
    (JavaError("Job aborted.", "Task failed.", "[DIVIDE_BY_ZERO] Division by zero.\n== SQL =="), "[DIVIDE_BY_ZERO] Division by zero."),
    (JavaError("Job aborted."), "Job aborted."),
    (ValueError("\n one\ntwo"), "one"),
    (ValueError(), "ValueError"),
])
def test_a_failure_is_told_by_what_failed_at_last(spark_module, error, line):
    assert spark_module._session.first_line(error) == line


class Unable(Cluster):
    """A session whose executors cannot score: a task leaves what it had written, and the job fails."""

    destroyed = 0

    def __init__(self, folder):
        super().__init__()
        self.folder, self.columns, self.write = folder, ["alert_id", "volume"], self

    def _same(self, *_):
        return self

    table = select = selectExpr = join = mapInArrow = mode = broadcast = _same

    def destroy(self):
        self.destroyed += 1

    def parquet(self, target):
        assert target.startswith(f"file://{self.folder}/")
        pathlib.Path(target.removeprefix("file://")).mkdir()
        raise JavaError(WORKER.format(f"aml_miner._program.ProgramError: {MISSING}"))


def test_what_executors_cannot_score_the_program_scores(spark_module, tmp_path, caplog):
    """No rows are handed on, and the reason is told: `process` on the driver scores, or refuses with its own code."""
    session = Unable(tmp_path)
    plan = {"scorers": [str(tmp_path / "alert_scorer_v1.0.0.txt")],
            "steps": [{"is_group": True, "table": "alert__flows", "family": "flows", "families": {}}]}
    (tmp_path / "alert_scorer_v1.0.0.txt").write_text("tree")
    score_rows = sys.modules["aml_miner.spark._score"].score_rows
    assert score_rows(session, plan, lambda table: session, f"file://{tmp_path}/scored_rows.parquet") == 0
    assert not (tmp_path / "scored_rows.parquet").exists()
    assert MISSING in caplog.text and session.destroyed == 1, "models do not stay in the driver's memory"


def test_records_become_the_columns_that_a_model_reads(spark_module):
    """By whatever name; an alert that a group lacks has no values of it."""
    pyarrow = pytest.importorskip("pyarrow")
    score = sys.modules["aml_miner.spark._score"]
    group = types.SimpleNamespace(columns=["alert_id", "a.b", "c`d"], selectExpr=lambda *columns: columns)
    assert score._as_one_column(group, "alert__own") == ("alert_id", "struct(`a.b`, `c``d`) AS alert__own")
    records = pyarrow.StructArray.from_arrays([pyarrow.array([1.5, float("nan"), 2.5]), pyarrow.array([1, None, 3])], names=["a.b", "c`d"],
                                              mask=pyarrow.array([False, False, True]))
    other = pyarrow.array([{"e": "x"}, {"e": None}, {"e": "z"}])
    table = score._features_of(pyarrow.RecordBatch.from_arrays([pyarrow.array(["p", "q", "r"]), records, other], names=["alert_id", "alert__own", "alert__other"]))
    assert table.column_names == ["alert_id", "a.b", "c`d", "e"] and table["c`d"].to_pylist() == [1, None, None] and table["e"].to_pylist() == ["x", None, "z"]
    assert table["a.b"].to_pylist()[::2] == [1.5, None] and table["a.b"].null_count == 1, "NaN stays what it is"


class Counted:
    """As pyspark.sql.Observation: the rows that were written, here the words of the statement."""

    get = None


@pytest.fixture
def observations(monkeypatch):
    """As much of PySpark as counts rows."""
    column = types.SimpleNamespace(alias=lambda name: name)
    monkeypatch.setitem(sys.modules, "pyspark", types.ModuleType("pyspark"))
    monkeypatch.setitem(sys.modules, "pyspark.sql", types.SimpleNamespace(Observation=Counted))
    monkeypatch.setitem(sys.modules, "pyspark.sql.functions", types.SimpleNamespace(count=lambda _: column, lit=lambda _: None))


class Frame:
    """A statement's rows as far as writing and reading them goes; those of a statement that says so are of no type or are lost."""

    def __init__(self, session, sql):
        self.session, self.sql, self.write = session, sql, self
        self.schema = types.SimpleNamespace(json=lambda: '{"name":"a","type":"void"}' if "NULL AS" in sql else '{"name":"void","type":"long"}')

    def observe(self, observation, _):
        observation.get = {"rows": len(self.sql.split())}
        return self

    def mode(self, _):
        return self

    def parquet(self, path):
        if "lost" in self.sql:
            raise JavaError("Job aborted.", "the executor is lost")
        self.session.written[path] = self.sql

    def createOrReplaceTempView(self, name):
        self.session.views[name] = self.sql


class Reading:
    """A session as far as statements and files go."""

    def __init__(self):
        self.written, self.views = {}, {}
        self.read = types.SimpleNamespace(schema=lambda schema: types.SimpleNamespace(parquet=lambda path: Frame(self, f"file {path}")))

    def sql(self, sql):
        return Frame(self, sql)


def test_what_is_read_more_than_once_is_written_first(spark_module, observations, tmp_path):
    session, module = Reading(), sys.modules["aml_miner.spark._features"]
    steps = [{"sql": sql} for sql in ("SELECT 1 AS x", "SELECT * FROM once", "SELECT * FROM Twice JOIN twice t", "FROM untyped, untyped, counted", "FROM twice_more")]
    tables = module.Tables(session, tmp_path, steps)
    made = {name: tables.make(session.sql(sql), name, name, name == "counted")
            for name, sql in (("once", "SELECT 1"), ("twice", "SELECT 2"), ("untyped", "SELECT NULL AS a"), ("counted", "SELECT a b c"))}
    assert made == {"once": 0, "twice": 2, "untyped": 0, "counted": 4}
    files = {name: f"file://{tmp_path}/{name}.parquet" for name in ("twice", "counted")}
    assert session.written == {files["twice"]: "SELECT 2", files["counted"]: "SELECT a b c"}
    assert session.views == {"once": "SELECT 1", "untyped": "SELECT NULL AS a", **{name: f"file {path}" for name, path in files.items()}}


def test_other_alerts_than_the_programs_are_refused(spark_module, observations, tmp_path):
    session, module = Reading(), sys.modules["aml_miner.spark._features"]
    plan = {"load": [{"table": "alerts", "sql": "SELECT a b"}], "made_of": {"alerts": 3}}
    module._load(session, plan, module.Tables(session, tmp_path, plan["load"]))
    plan["made_of"]["alerts"] = 4
    with pytest.raises(spark_module.SparkError, match="Spark finds 3 alerts where the program finds 4"):
        module._load(session, plan, module.Tables(session, tmp_path, plan["load"]))


def test_joins_that_fail_are_a_sentence(spark_module, observations, tmp_path):

    join_graph = sys.modules["aml_miner.spark._joins"].join_graph
    steps = [{"table": "graph_pairs", "sql": "SELECT a b", "is_family": False}, {"table": "family_alerts", "sql": "SELECT 1", "is_family": True}]
    assert join_graph(Reading(), {"load": [], "joins": steps}, tmp_path, tmp_path) == {"family_alerts": 2}
    steps[1]["sql"] = "SELECT lost"
    with pytest.raises(spark_module.SparkError, match="family_alerts: Spark did not make its rows: the executor is lost"):
        join_graph(Reading(), {"load": [], "joins": steps}, tmp_path, tmp_path)


def test_parts_of_addresses_come_together(spark_module, monkeypatch, tmp_path):
    """Rows and counts add up; the tables of a part are part files of the whole's."""
    def run(*words):
        folder, part = pathlib.Path(words[words.index("--part-dir") + 1]), int(words[words.index("--address-part") + 1])
        assert words[:3] == ("sql", "--input-dir", "day") and words[words.index("--address-parts") + 1] == "2" and words[-3:] == ("--x", "--threads", "3")
        folder.mkdir(parents=True)
        (folder / "flows.parquet").write_text(str(part))
        (folder / "part.json").write_text(json.dumps({"rows": {"flows": part + 1}, "flow_counts": {"rows": 5 - 5 * part, "transfers": 4 - 6 * part}}))

    monkeypatch.setattr(sys.modules["aml_miner.spark._patience"], "run", run)
    (tmp_path / "graph").mkdir()
    make_parts = sys.modules["aml_miner.spark._parts"].make_parts
    made = make_parts(Cluster(**{"spark.task.cpus": "3"}), "day", 2, ["--x"], tmp_path / "parts", tmp_path / "graph")
    assert made == ({"flows": 3}, {"rows": 5, "transfers": 2})
    assert [(tmp_path / "graph" / "flows.parquet" / f"part-{part}.parquet").read_text() for part in (0, 1)] == ["0", "1"]


def test_a_days_folder_lies_where_spark_clears_up(spark_module, monkeypatch, tmp_path):
    """A killed executor leaves it behind, with the whole snapshot."""
    module, places = sys.modules["aml_miner.spark._backfill"], []
    monkeypatch.setenv("SPARK_LOCAL_DIRS", f"{tmp_path}/none,{tmp_path}")
    monkeypatch.setattr(module, "download", lambda sot, network, date, days, folder: places.append(pathlib.Path(folder)))
    monkeypatch.setattr(sys.modules["aml_miner.spark._patience"], "run", lambda *words: None)
    day = datetime.date(2025, 10, 1)
    assert not spark_module.backfill(["bitcoin"], day, day, f"file://{tmp_path}", str(tmp_path), spark=Cluster())[0].problem
    assert places[0].parent.parent == tmp_path and not places[0].parent.exists()


def test_refusals_pass_between_processes(spark_module):
    for refusal in (spark_module.SparkError("no", 7), sys.modules["aml_miner._program"].ProgramError("no", 7)):
        again = pickle.loads(pickle.dumps(refusal))
        assert (str(again), again.exit_code) == ("no", 7)


def test_a_job_that_spark_gives_up_is_a_sentence(spark_module, monkeypatch, tmp_path):
    spark = Cluster()
    spark.collect = lambda: 1 / 0
    with pytest.raises(spark_module.SparkError, match="did not finish the days"):
        spark_module.backfill(["bitcoin"], datetime.date(2025, 10, 1), datetime.date(2025, 10, 1), f"file://{tmp_path}", str(tmp_path), spark=spark)
