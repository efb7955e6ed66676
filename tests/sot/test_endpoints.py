"""However the endpoint is written, what is signed is what is sent."""

import os
import random

import pytest

from hostile_s3 import HostileS3
from snapshots import DATE, Program, contents, make_snapshot


def round_trip(program, snapshot, folder, *arguments):
    program.publish(snapshot, *arguments)
    program.download(folder, *arguments)
    assert contents(folder) == contents(snapshot)


@pytest.fixture
def through(aml_miner, hostile):
    """aml-miner with an endpoint of any name, by way of a proxy that is this endpoint itself."""
    proxy = f"http://127.0.0.1:{hostile.port}"

    def make(endpoint, **changes):
        return Program(aml_miner, {**os.environ, **hostile.environment(S3_ENDPOINT=endpoint, **changes), "http_proxy": proxy,
                                   "https_proxy": proxy})
    return make


@pytest.mark.parametrize("endpoint", ["http://sot.example", "http://sot.example:80", "http://SOT.Example:80/", "http://sot.example:8080",
                                      "http://sot.example:443", "http://127.0.0.77:80"])
def test_the_port_is_signed_as_it_is_sent(endpoint, through, hostile, snapshot, tmp_path):
    round_trip(through(endpoint), snapshot, tmp_path / "in")
    hosts = {request.headers["Host"] for request in hostile.requests}
    assert hosts == {endpoint.lower().removeprefix("http://").rstrip("/").removesuffix(":80")}


@pytest.mark.parametrize("endpoint", ["https://sot.example", "https://sot.example:443", "https://sot.example:80"])
def test_the_same_of_tls(endpoint, through, hostile, snapshot, tmp_path):
    authority = hostile.with_certificate(tmp_path, "sot.example")
    round_trip(through(endpoint, S3_CA_FILE=str(authority)), snapshot, tmp_path / "in")
    assert {request.headers["Host"] for request in hostile.requests} == {endpoint.removeprefix("https://").removesuffix(":443")}


def test_buckets_may_be_names_of_hosts(through, hostile, snapshot, tmp_path):
    program = through("http://example:80", S3_ADDRESSING="virtual")
    program.download(tmp_path / "in", "--attempts", 1, exit_code=4)
    assert {request.headers["Host"] for request in hostile.requests} == {"sot.example"}
    program = through("http://127.0.0.1:80", S3_ADDRESSING="virtual")
    assert "S3_ADDRESSING" in program.download(tmp_path / "in", exit_code=2)["message"]


def test_a_certificate_of_someone_else_is_refused_at_once(through, hostile, tmp_path):
    authority = hostile.with_certificate(tmp_path, "other.example")
    for changes in ({}, {"S3_CA_FILE": str(authority)}):
        program = through("https://sot.example", **changes)
        message = program.download(tmp_path / "in", exit_code=6)["message"]
        assert "certificate is not trusted" in message
    assert not hostile.requests


def test_certificate_authorities_that_are_not_there_are_said_first(to_hostile, hostile, tmp_path):
    (tmp_path / "text").write_text("no certificate")
    for name in ("S3_CA_FILE", "AWS_CA_BUNDLE"):
        message = to_hostile.download(tmp_path / "in", exit_code=2, **{name: str(tmp_path / "nope")})["message"]
        assert name in message and "nope" in message
    assert not hostile.requests
    message = to_hostile.download(tmp_path / "in", exit_code=2, S3_CA_FILE=str(tmp_path / "text"),
                                  S3_ENDPOINT=f"https://127.0.0.1:{hostile.port}")["message"]
    assert "certificate authorities" in message


def test_a_proxy_that_is_not_there_is_named(through, tmp_path):
    program = through("http://sot.example")
    message = program.download(tmp_path / "in", "--attempts", 1, exit_code=5, http_proxy="http://no-such-proxy.invalid:1")["message"]
    assert "proxy" in message and "no-such-proxy.invalid" in message


def test_ipv6(aml_miner, snapshot, tmp_path):
    try:
        server = HostileS3(host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    try:
        program = Program(aml_miner, {**os.environ, **server.environment()})
        round_trip(program, snapshot, tmp_path / "in")
        assert {request.headers["Host"] for request in server.requests} == {f"[::1]:{server.port}"}
    finally:
        server.close()


@pytest.mark.parametrize("base", ["s3/", "a b/", "gäte+1/"])
def test_an_endpoint_may_have_a_path(base, aml_miner, snapshot, tmp_path):
    server = HostileS3(base=base)
    try:
        for slashes in ("", "/", "//"):
            endpoint = server.endpoint.rstrip("/") + slashes
            program = Program(aml_miner, {**os.environ, **server.environment(S3_ENDPOINT=endpoint)})
            round_trip(program, snapshot, tmp_path / f"in{len(slashes)}")
    finally:
        server.close()


@pytest.mark.parametrize("prefix", ["", "plain", "with space", "100%", "%20", "a+b", "grün/猫", "a&b=c?d#e", "'\"<>", "x//y", "~tilde*!()"])
def test_a_prefix_may_hold_anything(prefix, to_hostile, hostile, snapshot, tmp_path):
    sot = f"s3://sot/{prefix}"
    round_trip(to_hostile, snapshot, tmp_path / "in", "--sot", sot)
    start = prefix + "/" if prefix else ""
    assert f"{start}bitcoin/{DATE}/7/META.json" in hostile.objects
    to_hostile.download(tmp_path / "{date}", "--sot", sot, date="latest")
    assert contents(tmp_path / DATE) == contents(snapshot)


@pytest.mark.parametrize("endpoint", ["sot.example", "ftp://sot.example", "http://", "http://user:geheim@sot.example", "http://a?b",
                                      "http://a:99999"])
def test_what_is_no_endpoint_is_said_first(endpoint, to_hostile, hostile, tmp_path):
    message = to_hostile.download(tmp_path / "in", exit_code=2, S3_ENDPOINT=endpoint)["message"]
    assert "S3_ENDPOINT" in message and "geheim" not in message
    assert not hostile.requests


@pytest.mark.parametrize("changes", [
    {"S3_SECRET_KEY": ""}, {"S3_ACCESS_KEY": ""}, {"S3_ACCESS_KEY": "", "S3_SECRET_KEY": "", "S3_SESSION_TOKEN": "token"},
    {"S3_ACCESS_KEY": "", "S3_SECRET_KEY": "", "AWS_ACCESS_KEY_ID": "a"}, {"S3_SECRET_KEY": "two words"},
    {"S3_ACCESS_KEY": "", "S3_SECRET_KEY": "", "AWS_SESSION_TOKEN": "token"},
    {"S3_ACCESS_KEY": "", "S3_SECRET_KEY": "", "AWS_PROFILE": "nobody"},
    {"S3_ACCESS_KEY": "", "S3_SECRET_KEY": "", "AWS_SHARED_CREDENTIALS_FILE": "/no/such/file"},
    {"S3_REGION": "eu west"}, {"S3_ADDRESSING": "other"}], ids=str)
def test_settings_that_name_what_is_not_there_are_said_first(changes, to_hostile, hostile, tmp_path):
    name, value = list(changes.items())[-1]
    message = to_hostile.download(tmp_path / "in", exit_code=2, **changes)["message"]
    assert name in message or (value and value in message)
    assert not hostile.requests


def test_a_credentials_file_is_bounded(to_hostile, hostile, tmp_path):
    (tmp_path / "credentials").write_bytes(b"#" * ((1 << 20) + 1))
    message = to_hostile.download(tmp_path / "in", exit_code=3, S3_ACCESS_KEY="", S3_SECRET_KEY="",
                                  AWS_SHARED_CREDENTIALS_FILE=str(tmp_path / "credentials"))["message"]
    assert "credentials" in message and "1048576" in message
    assert not hostile.requests


def test_nothing_named_is_anonymous(to_hostile, hostile, snapshot, tmp_path):
    hostile.put_snapshot(snapshot, f"snapshots/bitcoin/{DATE}/7")
    to_hostile.download(tmp_path / "in", S3_ACCESS_KEY="", S3_SECRET_KEY="")
    assert not any("Authorization" in request.headers for request in hostile.requests)
    assert random.choice(hostile.requests).headers["Host"] == f"127.0.0.1:{hostile.port}"
