"""Objects that are not what they were said to be, services that are slow, busy or elsewhere."""

import itertools
import json
import time

import pytest

from hostile_s3 import Answer, error
from snapshots import FOLDER, contents, make_snapshot


@pytest.fixture
def published(hostile, snapshot):
    hostile.put_snapshot(snapshot, FOLDER)
    return snapshot


def failing(times, answer):
    """The answer so many times, then the server's own."""
    answers = itertools.chain([answer] * times, itertools.repeat(None))
    return lambda _: next(answers)


@pytest.mark.parametrize("answer", [
    error(503, "SlowDown"), error(500, "InternalError"), error(400, "RequestTimeout"), error(503, "XMinioServerNotInitialized"),
    error(409, "OperationAborted"), error(429, "TooManyRequests"), Answer(520, b"<html>"), Answer(509), Answer(408)],
    ids=lambda answer: f"{answer.status}-{len(answer.body)}")
def test_a_service_that_is_busy_is_asked_again(answer, hostile, to_hostile, published, tmp_path):
    for operation in ("head", "get"):
        hostile.acts[operation] = failing(2, answer)
    to_hostile.download(tmp_path / "in", "--connections", 1)
    assert contents(tmp_path / "in") == contents(published)


@pytest.mark.parametrize(("answer", "exit_code", "words"), [
    (error(403, "AccessDenied"), 6, "(AccessDenied, status 403)"),
    (error(403, "RequestTimeTooSkewed", headers={"Date": "Sun, 26 Oct 2036 00:00:00 GMT"}), 6, "minutes behind"),
    (error(403, "SignatureDoesNotMatch"), 6, "S3_SECRET_KEY"),
    (error(404, "NoSuchBucket"), 4, "no bucket 'sot'"),
    (error(404, "XAdminUserNotFound"), 6, "(XAdminUserNotFound, status 404)"),
    (error(404, "NoSuchAnything"), 4, "(NoSuchAnything, status 404)"),
    (error(301, "PermanentRedirect", "<Endpoint>sot.example</Endpoint>"), 2, "sot.example"),
    (error(307, "TemporaryRedirect", headers={"Location": "http://127.0.0.1:1/x"}), 2, "http://127.0.0.1:1/x"),
    (Answer(301, b"", {"x-amz-bucket-region": "eu-west-1"}), 2, "S3_REGION=eu-west-1"),
    (error(400, "AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>"), 6, "S3_REGION=eu-west-1"),
    (error(400, "\x7fNeverHeardOf" + "x" * 500), 5, "NeverHeardOf"),
    (error(501, "NotImplemented"), 5, "NotImplemented"),
    (Answer(403, b"<html>blocked</html>"), 6, "a proxy or gateway"),
    (Answer(400, b"{\"message\": \"no\"}"), 5, "HTTP status 400"),
], ids=lambda value: value.body[:50].decode() if isinstance(value, Answer) else None)
def test_a_refusal_names_the_services_own_code_at_once(answer, exit_code, words, hostile, to_hostile, published, tmp_path):
    headless = answer._replace(body=b"")
    hostile.acts = {"head": lambda _: headless, "get": lambda _: answer, "list": lambda _: answer}
    message = to_hostile.download(tmp_path / "in", exit_code=exit_code)["message"]
    assert words in message and len(message) < 800
    assert len(hostile.requests) == 2
    assert not (tmp_path / "in").exists()


@pytest.mark.parametrize("asked", ["1", "date"])
def test_as_long_as_the_service_asks_is_waited(asked, hostile, to_hostile, published, tmp_path):
    soon = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 2))
    hostile.acts["head"] = failing(1, Answer(503, b"", {"Retry-After": soon if asked == "date" else asked}))
    start = time.monotonic()
    to_hostile.download(tmp_path / "in")
    assert time.monotonic() - start >= 1  # a date has whole seconds


def test_bytes_of_another_place_are_not_taken(hostile, to_hostile, tmp_path):
    snapshot = make_snapshot(tmp_path / "day", sizes=(10, 10, 10, 9 << 20), checksums=())
    hostile.put_snapshot(snapshot, FOLDER)

    def act(request):
        answer = hostile.proper(request)
        if request.headers.get("range", "").startswith("bytes=8388608-"):
            size = len(answer.body)
            return answer._replace(body=b"!" * size,
                                   headers={**answer.headers, "Content-Range": f"bytes 0-{size - 1}/{9 << 20}"})
        return answer
    hostile.acts["get"] = act
    message = to_hostile.download(tmp_path / "in", exit_code=5)["message"]
    assert "does not answer the part" in message and not (tmp_path / "in").exists()


def test_a_part_may_come_with_status_200(hostile, to_hostile, tmp_path):
    snapshot = make_snapshot(tmp_path / "day", sizes=(10, 10, 10, 9 << 20))
    hostile.put_snapshot(snapshot, FOLDER)
    hostile.acts["head"] = lambda _: Answer(405)
    hostile.acts["get"] = lambda request: hostile.proper(request)._replace(status=200) if request.key in hostile.objects else None
    to_hostile.download(tmp_path / "in")
    assert contents(tmp_path / "in") == contents(snapshot)


def test_bytes_of_another_edition_are_not_taken(hostile, to_hostile, tmp_path):
    snapshot = make_snapshot(tmp_path / "day", checksums=())
    hostile.put_snapshot(snapshot, FOLDER)

    def act(request):
        answer = hostile.proper(request)
        if request.key.endswith("features.parquet"):
            answer.headers["ETag"] = '"another"'
        return answer
    hostile.acts["get"] = act
    message = to_hostile.download(tmp_path / "in", exit_code=5)["message"]
    assert "features.parquet changed while it was read" in message and not (tmp_path / "in").exists()


def without_length(hostile):
    def act(request):
        answer = hostile.proper(request)
        return answer if answer.status != 200 else answer._replace(headers={**answer.headers, "Transfer-Encoding": "chunked"})
    return act


def test_a_size_that_head_does_not_tell_is_asked_for(hostile, to_hostile, published, tmp_path):
    hostile.acts["head"] = without_length(hostile)
    to_hostile.download(tmp_path / "in")
    assert contents(tmp_path / "in") == contents(published)


def test_an_empty_object_has_no_first_byte(hostile, to_hostile, tmp_path):
    snapshot = make_snapshot(tmp_path / "day", sizes=(10, 0, 10, 10))
    hostile.put_snapshot(snapshot, FOLDER)
    hostile.acts["head"] = lambda _: Answer(403)
    hostile.acts["get"] = lambda request: error(416, "InvalidRange") if hostile.objects.get(request.key) == b"" else None
    to_hostile.download(tmp_path / "in")
    assert contents(tmp_path / "in") == contents(snapshot)


def test_head_may_be_refused_where_get_is_not(hostile, to_hostile, published, tmp_path):
    hostile.acts["head"] = lambda _: Answer(403)
    to_hostile.download(tmp_path / "in")
    assert contents(tmp_path / "in") == contents(published)


@pytest.mark.parametrize("length", ["1" + "0" * 18, "1" + "0" * 30, "-1", "x", ""])
def test_a_size_that_cannot_be_is_an_error(length, hostile, to_hostile, published, tmp_path):
    def act(request):
        answer = hostile.proper(request)
        if request.key.endswith("alerts.parquet"):
            total = f"bytes 0-0/{length}"
            return Answer(206, b"x", {"Content-Range": total}) if request.method == "GET" else Answer(403)
        return answer
    hostile.acts["head"] = hostile.acts["get"] = act
    assert "alerts.parquet" in to_hostile.download(tmp_path / "in", "--attempts", 2, exit_code=3 if len(length) == 19 else 5)["message"]


def test_a_server_that_gives_a_byte_at_a_time_is_left(hostile, to_hostile, published, tmp_path):
    def act(request):
        answer = hostile.proper(request)
        if not request.key.endswith("features.parquet"):
            return answer
        head = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        return [f"HTTP/1.1 206 Part\r\n{head}Content-Length: {len(answer.body)}\r\n\r\n".encode(), answer.body[:1]]
    hostile.acts["get"] = act
    assert "broke 3 times" in to_hostile.download(tmp_path / "in", "--attempts", 3, exit_code=5)["message"]


def test_meta_json_is_bounded(hostile, to_hostile, published, tmp_path):
    key = f"{FOLDER}/META.json"
    for content in (b"[" * 2_000_000, b'{"a":' + b"[" * 500_000,
                    json.dumps({"files": {f"f{i}.parquet": {} for i in range(101)}}).encode(),
                    json.dumps({"files": {"f" * 201: {}}}).encode()):
        hostile.objects[key] = content
        assert "META.json" in to_hostile.download(tmp_path / "in", exit_code=3)["message"]
    assert not (tmp_path / "in").exists()
