"""A list of objects is whole, or an error: a part of one would make `latest` an older day."""

import itertools
import re
import resource
import subprocess

import pytest

from hostile_s3 import Answer, endless, error, folders, listing
from snapshots import DATE, FOLDER, contents

NEWEST = "2025-11-03"


@pytest.fixture
def two_days(hostile, snapshot):
    """The snapshot, and a newer day that holds its bytes but no word of its day."""
    hostile.put_snapshot(snapshot, FOLDER)
    for name, content in contents(snapshot).items():
        hostile.objects[FOLDER.replace(DATE, NEWEST) + "/" + name] = b"{}" if name == "META.json" else content
    return hostile


def latest(program, tmp_path, *arguments, exit_code=0, **changes):
    return program.download(tmp_path / "{date}", "--attempts", 2, *arguments, date="latest", exit_code=exit_code, **changes)


def pages(hostile, size, name_of_token, more):
    """Answers lists in pages; `more` makes what says where the next one begins."""
    def act(request):
        entries = hostile.entries(request)
        at = int(request.query.get(name_of_token, "0").split("~")[0])
        rest = entries[at + size:]
        return listing(entries[at:at + size], more(at + size) if rest else "<IsTruncated>false</IsTruncated>")
    return act


def test_pages_are_followed_to_the_last(two_days, to_hostile, tmp_path):
    for day in range(1, 24):
        two_days.objects[f"snapshots/bitcoin/2025-09-{day:02}/7/META.json"] = b"{}"
    two_days.acts["list"] = pages(
        two_days, 3, "continuation-token",
        lambda at: f"<IsTruncated>true</IsTruncated><NextContinuationToken>{at}~+/=&amp; %é</NextContinuationToken>")
    assert latest(to_hostile, tmp_path)["processing_date"] == NEWEST
    assert two_days.count("list") == 9


def test_version_1_of_lists_is_followed_by_its_markers(two_days, to_hostile, tmp_path):
    two_days.acts["list"] = pages(
        two_days, 1, "marker", lambda at: f"<IsTruncated>true</IsTruncated><NextMarker>{at}~</NextMarker>")
    assert latest(to_hostile, tmp_path)["processing_date"] == NEWEST


def test_a_list_that_is_cut_off_is_no_list(two_days, to_hostile, tmp_path):
    two_days.acts["list"] = lambda _: listing(folders(DATE), "<IsTruncated>true</IsTruncated>")
    message = latest(to_hostile, tmp_path, exit_code=5)["message"]
    assert "does not say where it goes on" in message and "s3://sot/snapshots/bitcoin/" in message


@pytest.mark.parametrize("tag", ["NextContinuationToken", "NextMarker"])
@pytest.mark.parametrize("tokens", [["a"], ["a", "b", "c"]], ids=len)
def test_a_list_that_repeats_itself_ends(tokens, tag, two_days, to_hostile, tmp_path):
    token = itertools.cycle(tokens)
    two_days.acts["list"] = lambda _: listing(
        folders(DATE), f"<IsTruncated>true</IsTruncated><{tag}>{next(token)}</{tag}>")
    assert "repeats itself" in latest(to_hostile, tmp_path, exit_code=5)["message"]
    assert two_days.count("list") == len(tokens) + 1


def test_pages_are_bounded(two_days, to_hostile, tmp_path):
    count = itertools.count()
    two_days.acts["list"] = lambda _: listing(
        [], f"<IsTruncated>true</IsTruncated><NextContinuationToken>{next(count)}</NextContinuationToken>")
    assert "over 1000 pages" in latest(to_hostile, tmp_path, exit_code=5)["message"]


def test_tokens_are_bounded(two_days, to_hostile, tmp_path):
    two_days.acts["list"] = lambda _: listing(
        [], f"<IsTruncated>true</IsTruncated><NextContinuationToken>{'x' * 16385}</NextContinuationToken>")
    assert "token of over 16384 bytes" in latest(to_hostile, tmp_path, exit_code=5)["message"]


def test_names_are_bounded(two_days, to_hostile, tmp_path):
    count = itertools.count()
    names = [folders(*(f"{page:02}{name}" for name in range(5000))) for page in range(25)]

    def act(_):
        page = next(count)
        return listing(names[page], f"<IsTruncated>true</IsTruncated><NextContinuationToken>{page}</NextContinuationToken>")
    two_days.acts["list"] = act
    assert "over 100000 names" in latest(to_hostile, tmp_path, exit_code=5)["message"]


@pytest.mark.parametrize("order", [sorted, lambda names: sorted(names, reverse=True)], ids=["sorted", "reversed"])
def test_odd_names_are_passed_over_in_any_order(order, two_days, to_hostile, tmp_path):
    odd = ["", "/", "..", "2025-11-31", "2025-11-3", "9999-99-99", "zzz", "2025-10-26 ", "\u2028", "'\"<&>", "%00", "x" * 900,
           "2025-11-04T00:00"]
    two_days.acts["list"] = lambda _: listing(order(folders(DATE, NEWEST, *odd)) + [
        ("elsewhere/2025-12-01/", True), ("snapshots/bitcoin/2025-12-02", False), ("snapshots/bitcoin/", False), ("", True)])
    assert latest(to_hostile, tmp_path)["processing_date"] == NEWEST


def test_names_may_be_encoded(two_days, to_hostile, tmp_path):
    def act(request):
        assert request.query["encoding-type"] == "url"
        answer = two_days.proper(request)
        body = re.sub(rb"<Prefix>(.*?)/</Prefix>", rb"<Prefix>\1%2F</Prefix>", answer.body)
        return answer._replace(body=body.replace(b"<CommonPrefixes>", b"<EncodingType>url</EncodingType><CommonPrefixes>", 1))
    two_days.acts["list"] = act
    assert latest(to_hostile, tmp_path)["processing_date"] == NEWEST


def test_a_service_may_ignore_the_delimiter(two_days, to_hostile, tmp_path):
    two_days.acts["list"] = lambda _: listing([(key, False) for key in two_days.objects])
    assert latest(to_hostile, tmp_path)["processing_date"] == NEWEST


NESTED = b"<ListBucketResult>" + b"<a>" * 100_000
ENTITIES = (b"<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'>" +
            b"".join(b"<!ENTITY %c '%s'>" % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(12)) +
            b"]><ListBucketResult>&m;</ListBucketResult>")


@pytest.mark.parametrize("body", [NESTED, ENTITIES, b"", b"{}", b"<html></html>", b"<ListBucketResult><IsTruncated>",
                                  b"\x1f\x8b\x08" + bytes(1000), b"\xff\xfe<\x00"], ids=len)
def test_an_answer_that_is_no_list_is_an_error(body, two_days, to_hostile, tmp_path):
    two_days.acts["list"] = lambda _: Answer(200, body)
    assert "is not what S3 describes" in latest(to_hostile, tmp_path, exit_code=5)["message"]


def small(command, environment, megabytes=600):
    """Runs with so much memory and no more."""
    limit = megabytes << 20
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit)))


@pytest.mark.parametrize("operation", ["list", "get", "head"])
@pytest.mark.parametrize("head", [
    "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 500 No\r\n\r\n", "HTTP/1.1 404 No\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 200 OK\r\nX: y"])
def test_an_answer_without_end_fills_no_memory(operation, head, two_days, to_hostile, tmp_path):
    chunk = b"10000\r\n" + b"<" * 65536 + b"\r\n" if "chunked" in head else b"<" * 65536
    two_days.acts[operation] = lambda _: endless(chunk, head)
    command = to_hostile.command("download", "--network", "bitcoin", "--processing-date", "latest", "--attempts", 2,
                                 "--output-dir", tmp_path / "in")
    done = small(command, to_hostile.environment)
    assert two_days.streamed < 300 << 20
    if operation == "head" and done.returncode == 0:  # what GET answers is enough
        assert (tmp_path / "in" / "alerts.parquet").exists()
    else:
        assert done.returncode in (3, 4, 5), done.stderr
        assert not (tmp_path / "in").exists()


@pytest.mark.parametrize("code", ["InternalError", "SlowDown"])
def test_an_error_in_a_200_is_tried_again(code, two_days, to_hostile, tmp_path):
    two_days.acts["list"] = lambda _: error(200, code) if two_days.count("list") == 1 else None
    assert latest(to_hostile, tmp_path)["processing_date"] == NEWEST
    two_days.acts["list"] = lambda _: error(200, code)
    assert f"({code}, status 200)" in latest(to_hostile, tmp_path, exit_code=5)["message"]


def test_advice_names_days_alone(two_days, to_hostile, tmp_path):
    two_days.acts["list"] = lambda _: listing(folders(DATE, "zzz", "~\u009b31m"))
    assert DATE in to_hostile.download(tmp_path / "in", date="2025-12-24", exit_code=4)["message"]
