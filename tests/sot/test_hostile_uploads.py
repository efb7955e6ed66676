"""An upload counts when the service's result says so, and the object is what was sent."""

import itertools

import pytest

from hostile_s3 import Answer, error, etag_of
from snapshots import FOLDER, contents, make_snapshot

KEY = f"{FOLDER}/money_flows.parquet"
META = f"{FOLDER}/META.json"


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A snapshot with a file that travels in parts."""
    return make_snapshot(tmp_path_factory.mktemp("large") / "day", sizes=(1000, 1000, 1000, 65 << 20))


def publish(program, folder, exit_code=0, attempts=4):
    return program.publish(folder, "--attempts", attempts, exit_code=exit_code)


def is_published(hostile, folder):
    return all(hostile.objects.get(f"{FOLDER}/{name}") == content for name, content in contents(folder).items())


@pytest.mark.parametrize("answer", [error(200, "InternalError"), error(200, "SlowDown"), error(500, "InternalError"),
                                    error(400, "RequestTimeout"), Answer(200, b""), Answer(200, b" \n \n"), Answer(503, b"<html>")],
                         ids=lambda answer: f"{answer.status}-{len(answer.body)}")
def test_parts_that_are_not_put_together_yet_are_asked_for_again(answer, hostile, to_hostile, large):
    answers = itertools.chain([answer, answer], itertools.repeat(None))
    hostile.acts["complete"] = lambda _: next(answers)
    publish(to_hostile, large)
    assert hostile.count("complete") == 3
    assert is_published(hostile, large)


@pytest.mark.parametrize("answer", [
    Answer(200, b""), Answer(200, b"<html></html>"), Answer(200, b"<CompleteMultipartUploadResult><ETag>"),
    Answer(200, b"<CompleteMultipartUploadResult/>"), Answer(204), error(200, "InternalError"), error(400, "InvalidPart"),
    error(200, "InvalidPartOrder"), Answer(200, b"<a>" * 20_000)], ids=lambda answer: f"{answer.status}-{len(answer.body)}")
def test_an_upload_without_a_result_is_none(answer, hostile, to_hostile, large):
    hostile.acts["complete"] = lambda _: answer
    message = publish(to_hostile, large, exit_code=5, attempts=2)["message"]
    assert f"s3://sot/{KEY}" in message
    assert META not in hostile.objects
    assert hostile.count("abort") == 1


def test_a_result_may_come_after_blanks(hostile, to_hostile, large):
    def act(request):
        answer = hostile.proper(request)
        return answer._replace(body=b"  \n \n<?xml version='1.0'?>" + answer.body)
    hostile.acts["complete"] = act
    publish(to_hostile, large)
    assert is_published(hostile, large)


def test_a_result_that_was_lost_is_found_in_the_object(hostile, to_hostile, large):
    etags = []

    def complete(request):
        answer = hostile.proper(request)
        if answer.status == 200:
            etags.append(answer.body.decode().split("&quot;")[1])
            return Answer(502)
        return answer

    def head(request):
        answer = hostile.proper(request)
        if request.key == KEY and answer.status == 200:
            answer.headers["ETag"] = f'"{etags[0]}"'
        return answer
    hostile.acts = {"complete": complete, "head": head}
    publish(to_hostile, large)
    assert hostile.count("complete") == 2
    assert is_published(hostile, large)


def test_an_older_edition_is_not_taken_for_the_new_one(hostile, to_hostile, large):
    hostile.objects[KEY] = b"!" * (65 << 20)  # of the same size

    def act(request):
        hostile.uploads.pop(request.query["uploadId"], None)
        return error(404, "NoSuchUpload")
    hostile.acts["complete"] = act
    assert "NoSuchUpload" in publish(to_hostile, large, exit_code=5)["message"]
    assert META not in hostile.objects


def test_parts_need_an_etag(hostile, to_hostile, large):
    hostile.acts["part"] = lambda request: hostile.proper(request)._replace(headers={})
    assert "no ETag" in publish(to_hostile, large, exit_code=5)["message"]
    assert hostile.count("abort") == 1 and META not in hostile.objects


@pytest.mark.parametrize("harm", [lambda content: content[:-1], lambda content: b"!" + content[1:], lambda content: None],
                         ids=["short", "changed", "lost"])
@pytest.mark.parametrize("name", ["clusters.parquet", "META.json"])
def test_the_object_is_looked_at_after_it_was_sent(harm, name, hostile, to_hostile, snapshot):
    def put(request):
        answer = hostile.proper(request)
        if request.key.endswith(name):
            hostile.objects[request.key] = harm(request.body)
            if hostile.objects[request.key] is None:
                del hostile.objects[request.key]
        return answer
    hostile.acts["put"] = put
    message = publish(to_hostile, snapshot, exit_code=5)["message"]
    assert f"s3://sot/{FOLDER}/{name} is not what was sent" in message
    assert name == "META.json" or META not in hostile.objects


def test_the_object_of_the_parts_is_looked_at(hostile, to_hostile, large):
    def act(request):
        answer = hostile.proper(request)
        hostile.objects[KEY] = hostile.objects[KEY][: 16 << 20]
        return answer
    hostile.acts["complete"] = act
    assert "is not what was sent" in publish(to_hostile, large, exit_code=5)["message"]
    assert META not in hostile.objects


@pytest.mark.parametrize("etag", [None, 'W/"x"', "bare", '"' + "0" * 32 + '-9"', etag_of(b"")[:-1] + '-kms"'])
def test_etags_of_every_kind_are_accepted(etag, hostile, to_hostile, snapshot, tmp_path):
    def with_etag(request):
        answer = hostile.proper(request)
        if answer.status in (200, 206):
            answer.headers.pop("ETag")
            answer.headers.update({"ETag": etag} if etag else {})
        return answer
    hostile.acts["head"] = hostile.acts["get"] = with_etag
    publish(to_hostile, snapshot)
    to_hostile.download(tmp_path / "in")
    assert contents(tmp_path / "in") == contents(snapshot)
    if etag and etag.startswith("W/"):
        assert not any("if-match" in request.headers for request in hostile.requests)
