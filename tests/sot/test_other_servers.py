"""Publish and download against other S3 servers than SeaweedFS. Runs where CI=true, or where TEST_S3_SERVERS is set."""

import os

import pytest

from other_servers import SERVERS
from snapshots import DATE, FOLDER, Program, contents, make_snapshot

pytestmark = pytest.mark.skipif(os.environ.get("CI") != "true" and not os.environ.get("TEST_S3_SERVERS"),
                                reason="other S3 servers are tried where CI=true or TEST_S3_SERVERS is set")


@pytest.fixture(scope="module", params=SERVERS, ids=lambda server: server.name)
def server(request, tmp_path_factory):
    if not request.param.program:
        pytest.skip(f"{request.param.name} is not installed (scripts/s3-servers)")
    request.param.start(tmp_path_factory.mktemp(request.param.name))
    yield request.param
    request.param.stop()


@pytest.fixture
def program(aml_miner, server):
    return Program(aml_miner, server.environment())


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """With a file that travels in parts."""
    return make_snapshot(tmp_path_factory.mktemp("day") / "day", sizes=(40_000, 10_000, 0, 66 << 20), checksums=())


def test_brings_back_what_was_published(program, day, tmp_path):
    program.publish(day)
    program.download(tmp_path / "{date}", date="latest")
    expected, got = contents(day), contents(tmp_path / DATE)
    assert {name: got[name] for name in expected if name != "META.json"} == \
        {name: content for name, content in expected.items() if name != "META.json"}
    assert program.download(tmp_path / DATE)["message"] == "already downloaded and intact"
    assert program.publish(day)["message"] == "already published"


def test_prefixes_may_hold_anything(program, snapshot, tmp_path):
    sot = "s3://sot/with space/100%25+a&b/grün"
    program.publish(snapshot, "--sot", sot)
    program.download(tmp_path / "{date}", "--sot", sot, date="latest")
    assert contents(tmp_path / DATE) == contents(snapshot)


def test_the_newest_of_many_days(program, server, snapshot, tmp_path):
    client = server.client()
    names = ["1999-12-31", "2024-02-29", "odd name", "zzz", *(f"2023-{month:02}-{day:02}" for month in (1, 2) for day in range(1, 28))]
    for name in names:
        client.put_object(Bucket=server.bucket, Key=f"many/bitcoin/{name}/7/META.json", Body=b"{}")
    program.publish(snapshot, "--sot", "s3://sot/many")
    log = program.download(tmp_path / "{date}", "--sot", "s3://sot/many", date="latest")
    assert log["processing_date"] == DATE
    assert "2025-10-26" in program.download(tmp_path / "in", "--sot", "s3://sot/many", date="2031-01-01", exit_code=4)["message"]


def test_refusals_name_the_servers_own_code(program, server, snapshot, tmp_path):
    program.publish(snapshot, "--sot", "s3://sot/refusals")
    missing = program.download(tmp_path / "in", "--sot", "s3://no-such-bucket/x", exit_code=4)["message"]
    assert "no-such-bucket" in missing and "NoSuchBucket" in missing
    if server.checks_signatures:
        wrong = program.download(tmp_path / "in", exit_code=6, S3_SECRET_KEY="not-the-secret")["message"]
        assert "SignatureDoesNotMatch, status 403" in wrong
        unknown = program.download(tmp_path / "in", exit_code=6, S3_ACCESS_KEY="nobody")["message"]
        assert "does not know this access key" in unknown


def test_a_wrong_checksum_is_found(program, server, snapshot, tmp_path):
    program.publish(snapshot, "--sot", "s3://sot/damaged/snapshots")
    server.client().put_object(Bucket=server.bucket, Key=f"damaged/{FOLDER}/alerts.parquet", Body=b"!" * 40_000)
    message = program.download(tmp_path / "in", "--sot", "s3://sot/damaged/snapshots", exit_code=3)["message"]
    assert "alerts.parquet" in message and "sha256" in message
