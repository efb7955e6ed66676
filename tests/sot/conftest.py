import os

import pytest

from flaky_proxy import FlakyProxy
from hostile_s3 import HostileS3
from snapshots import Program, make_snapshot


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory):
    """A small snapshot; not to be changed."""
    return make_snapshot(tmp_path_factory.mktemp("snapshot") / "day")


@pytest.fixture
def bucket(seaweedfs):
    return seaweedfs.bucket()


@pytest.fixture
def program(aml_miner, seaweedfs, bucket):
    """aml-miner straight to an empty bucket."""
    return Program(aml_miner, seaweedfs.environment(bucket))


@pytest.fixture(scope="session")
def shared_proxy(seaweedfs):
    proxy = FlakyProxy(seaweedfs.endpoint)
    yield proxy
    proxy.close()


@pytest.fixture
def proxy(shared_proxy):
    shared_proxy.clear()
    return shared_proxy


@pytest.fixture
def through_proxy(aml_miner, seaweedfs, bucket, proxy):
    """aml-miner to the same bucket through the proxy."""
    return Program(aml_miner, seaweedfs.environment(bucket, S3_ENDPOINT=proxy.endpoint))


@pytest.fixture
def hostile():
    server = HostileS3()
    yield server
    server.close()


@pytest.fixture
def to_hostile(aml_miner, hostile):
    """aml-miner to a server that may do anything."""
    return Program(aml_miner, {**os.environ, **hostile.environment()})
