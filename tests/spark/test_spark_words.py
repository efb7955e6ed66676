"""What the package does between Spark and the program, with neither: quick."""

import datetime
import pickle
import sys

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
    module, held, words = sys.modules["aml_miner.spark._backfill"], [1, 1], []

    def download(sot, network, date, days, folder):
        if date.day == 2:
            raise OSError(28, "No space left on device", folder)

    def run(*given):
        if held and held.pop():
            raise module.ProgramError("another process is writing it", 5)
        words.extend(given)

    monkeypatch.setattr(module, "download", download)
    monkeypatch.setattr(module, "run", run)
    monkeypatch.setattr(module, "PAUSE", 0)
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


def test_refusals_pass_between_processes(spark_module):
    for refusal in (spark_module.SparkError("no", 7), sys.modules["aml_miner._program"].ProgramError("no", 7)):
        again = pickle.loads(pickle.dumps(refusal))
        assert (str(again), again.exit_code) == ("no", 7)


def test_a_job_that_spark_gives_up_is_a_sentence(spark_module, monkeypatch, tmp_path):
    spark = Cluster()
    spark.collect = lambda: 1 / 0
    with pytest.raises(spark_module.SparkError, match="did not finish the days"):
        spark_module.backfill(["bitcoin"], datetime.date(2025, 10, 1), datetime.date(2025, 10, 1), f"file://{tmp_path}", str(tmp_path), spark=spark)
