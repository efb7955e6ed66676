"""What the package does between Spark and the program, with neither: quick."""

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
