"""Caching, refusals, and batches that come, change and go while the server runs."""

import ctypes
import json
import os
import shutil
import subprocess
import threading
import time

import pytest

from serving import copy_batch


def replace(batch, source, processed_at):
    """Publishes another run of the same day as `process` does: two names are exchanged."""
    staging = copy_batch(source, batch.parent / f".{batch.name}.staging")
    metadata = json.loads((staging / "metadata.json").read_text())
    metadata["processed_at"] = processed_at
    (staging / "metadata.json").write_text(json.dumps(metadata))
    current_folder, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.renameat2(current_folder, bytes(staging), current_folder, bytes(batch), exchange) == 0
    shutil.rmtree(staging)


def as_day(source, target):
    """A copy of a batch as that of another day."""
    staging = copy_batch(source, target.parent / f".{target.name}.staging")
    metadata = json.loads((staging / "metadata.json").read_text())
    metadata["processing_date"] = target.name
    (staging / "metadata.json").write_text(json.dumps(metadata))
    staging.rename(target)
    return target


@pytest.fixture
def root(day, tmp_path):
    copy_batch(day, tmp_path / day.name)
    return tmp_path


def test_a_client_that_has_the_answer_gets_304(server, day):
    for path in (f"/scores/alerts/{day.name}", "/rankings/alerts/latest?limit=2", "/metadata/latest"):
        first = server.get(path)
        tag = first.headers["ETag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = server.get(path, If_None_Match=known)
            assert (again.status, again.body) == (304, b"")
            assert again.headers["ETag"] == tag
            assert again.headers["Content-Length"] is None
        assert server.get(path, If_None_Match='"other"').body == first.body


def test_dated_answers_may_be_kept_and_latest_may_not(server, day):
    assert server.get(f"/scores/alerts/{day.name}").headers["Cache-Control"] == "max-age=300"
    for path in ("/scores/alerts/latest", "/dates/latest", "/dates/available"):
        assert server.get(path).headers["Cache-Control"] == "no-cache"
    assert server.get("/nothing").headers["Cache-Control"] == "no-store"


def test_head_is_get_without_the_body(server, day):
    for path in (f"/scores/alerts/{day.name}", "/health", "/version", "/nothing"):
        head, get = server.request("HEAD", path), server.get(path)
        assert head.body == b"" and head.status == get.status
        assert head.headers["Content-Length"] == str(len(get.body))
        assert head.headers["ETag"] == get.headers["ETag"]


def test_other_methods_are_refused(server):
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"):
        answer = server.request(method, "/health")
        assert answer.status == 405, method
        assert answer.headers["Allow"] == "GET, HEAD"
        assert "GET" in answer.detail


@pytest.mark.parametrize("path, status, words", [
    ("/scores/alerts/2020-01-01", 404, ["2020-01-01", "2025-10-25"]),
    ("/scores/alerts/yesterday", 400, ["date"]),
    ("/scores/alerts/2025-02-30", 400, ["date"]),
    ("/scores/alerts/latest?limit=-1", 400, ["limit", "-1"]),
    ("/scores/alerts/latest?offset=x", 400, ["offset"]),
    ("/scores/alerts/latest?limit=99999999999999999999", 400, ["limit", "to 9007199254740991"]),
    ("/scores/alerts/latest?min_score=2", 400, ["min_score"]),
    ("/scores/alerts/latest?explain=maybe", 400, ["explain"]),
    ("/scores/alerts/latest?top=3", 400, ["top", "limit, offset, min_score and explain"]),
    ("/health?verbose=1", 400, ["verbose"]),
    ("/alerts/latest/no-such-alert", 404, ["no-such-alert"]),
    ("/clusters/latest/%22", 404, ["cluster"]),
    ("/scores/alerts/..%2f..%2fetc%2fpasswd", 400, []),
    ("/scores/alerts/%2e%2e", 404, []),
    ("/scores/../metadata/latest", 404, []),
    ("/metadata/latest%00", 400, ["control"]),
    ("/metadata/%zz", 400, ["%"]),
    ("/alerts/latest/%ff", 400, ["UTF-8"]),
    ("//", 404, []),
])
def test_refusals_say_what_and_why(server, path, status, words):
    answer = server.get(path)
    assert answer.status == status
    for word in words:
        assert word in answer.detail


def test_formats_that_are_not_offered_are_refused(server):
    assert server.get("/scores/alerts/latest", Accept="text/csv").status == 406
    assert server.get("/health", Accept="image/png").status == 406
    assert server.get("/scores/alerts/latest", Accept_Encoding="identity;q=0, br").status == 406
    parquet = "application/vnd.apache.parquet"
    assert "whole" in server.get("/scores/alerts/latest?limit=1", Accept=parquet).detail


def test_nothing_to_serve_yet(serve, tmp_path, day):
    running = serve(tmp_path / "output")
    assert running.get("/health").status == 503
    assert running.get("/health").json()["status"] == "degraded"
    for path in ("/scores/alerts/latest", "/scores/alerts/2025-10-26", "/dates/latest"):
        answer = running.get(path)
        assert answer.status == 503 and "no batch" in answer.detail
    assert running.get("/dates/available").json() == {"dates": [], "total_count": 0}
    copy_batch(day, tmp_path / "output" / day.name)
    assert running.get("/health").status == running.get("/scores/alerts/latest").status == 200


def test_batches_come_change_and_go(serve, root, day):
    running = serve(root)
    path = f"/scores/alerts/{day.name}"
    before = running.get(path)

    newer = as_day(day, root / "2025-11-01")
    assert running.get("/dates/available").json()["dates"] == ["2025-11-01", day.name]
    assert running.get("/scores/alerts/latest").json()["processing_date"] == "2025-11-01"

    replace(root / day.name, day, "2030-01-01T00:00:00Z")
    after = running.get(path, If_None_Match=before.headers["ETag"])
    assert after.status == 200 and after.headers["ETag"] != before.headers["ETag"]
    assert after.json()["metadata"]["processed_at"] == "2030-01-01T00:00:00Z"
    assert running.get(f"/metadata/{day.name}").json()["processed_at"] == "2030-01-01T00:00:00Z"

    shutil.rmtree(newer)
    assert running.get("/scores/alerts/2025-11-01").status == 404
    assert running.get("/scores/alerts/latest").body == after.body


def test_a_batch_being_written_is_not_seen(serve, root, day):
    running = serve(root)
    for name in (".2025-11-02.staging", "2025-11-03", "notes"):
        (root / name).mkdir()
        shutil.copy(day / "alerts_scored.parquet", root / name)
    assert running.get("/dates/available").json()["dates"] == [day.name]
    assert running.get("/scores/alerts/2025-11-03").status == 404


def test_a_real_process_run_is_served(serve, tmp_path, aml_miner, tiny_batch):
    running = serve(tmp_path)
    assert running.get("/scores/alerts/latest").status == 503
    tiny_batch(tmp_path / "2025-10-25")
    first = running.get("/scores/alerts/2025-10-25")
    assert first.json()["total_alerts"] == 30
    tiny_batch(tmp_path / "2025-10-25")
    second = running.get("/scores/alerts/2025-10-25")
    assert second.headers["ETag"] != first.headers["ETag"]
    scores = [[(row["alert_id"], row["score"]) for row in answer.json()["scores"]]
              for answer in (first, second)]
    assert scores[0] == scores[1]


def test_answers_are_whole_while_a_batch_is_replaced(serve, root, day):
    """Every answer is wholly of one run, and none is an error."""
    running = serve(root)
    path = f"/scores/alerts/{day.name}"
    stop = threading.Event()
    statuses, seen = set(), {}  # seen: when the run was → what was served of it

    def ask():
        while not stop.is_set():
            answer = running.get(path)
            statuses.add(answer.status if answer.status == 200 else answer.detail)
            if answer.status == 200:
                at = answer.json()["metadata"]["processed_at"]
                seen.setdefault(at, set()).add((answer.headers["ETag"], answer.body))

    clients = [threading.Thread(target=ask) for _ in range(3)]
    for client in clients:
        client.start()
    for second in range(6):
        run = f"2030-01-01T00:00:{second:02}Z"
        replace(root / day.name, day, run)
        # At once when one client has seen it; the others are in the middle of something.
        while run not in seen and statuses <= {200}:
            time.sleep(0.001)
    stop.set()
    for client in clients:
        client.join()
    assert statuses == {200}
    assert len(seen) >= 5
    assert all(len(answers) == 1 for answers in seen.values())
    assert len({answer for answers in seen.values() for answer in answers}) == len(seen)


def test_damage_is_named_and_contained(serve, root, day):
    as_day(day, root / "2025-11-01")
    running = serve(root)
    damaged = root / "2025-11-01"
    data = (damaged / "alerts_scored.parquet").read_bytes()
    (damaged / "alerts_scored.parquet").write_bytes(data[: len(data) // 2])
    answer = running.get("/scores/alerts/2025-11-01")
    assert answer.status == 503
    assert "alerts_scored.parquet of 2025-11-01" in answer.detail and str(root) not in answer.detail
    assert running.get("/rankings/alerts/2025-11-01").status == 200
    assert running.get(f"/scores/alerts/{day.name}").status == 200
    errors = [line for line in running.log() if line["level"] == "error"]
    assert any("alerts_scored.parquet" in line["message"] for line in errors)

    (damaged / "metadata.json").write_text("{")
    assert "metadata.json of 2025-11-01" in running.get("/scores/alerts/2025-11-01").detail
    assert running.get("/scores/alerts/latest").json()["processing_date"] == day.name
    assert running.get("/dates/available").json()["dates"] == [day.name]
    # Whom a newer program made is whole: to process it again would lose it.
    metadata = json.loads((root / day.name / "metadata.json").read_text())
    (damaged / "metadata.json").write_text(json.dumps(metadata | {"format_version": metadata["format_version"] + 1}))
    answer = running.get("/scores/alerts/2025-11-01")
    assert answer.status == 503 and "newer version" in answer.detail and "again" not in answer.detail


def test_many_clients_get_the_same_answer(serve, root, day):
    """The first hundred requests come at once to a server that has built nothing yet."""
    running = serve(root, "--threads", "2")
    answers = [None] * 100

    def ask(index):
        answers[index] = running.get(f"/scores/alerts/{day.name}")

    clients = [threading.Thread(target=ask, args=(index,)) for index in range(len(answers))]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1


def test_a_small_cache_changes_nothing(serve, root, day, server):
    running = serve(root, "--cache-mb", "16")
    path = f"/scores/alerts/{day.name}"
    for coding in ("identity", "gzip"):
        small, large = (s.get(path, Accept_Encoding=coding) for s in (running, server))
        assert small.body == large.body and small.headers["ETag"] == large.headers["ETag"]


def test_every_request_is_a_line_of_the_log(serve, root, day):
    running = serve(root)
    body = running.get(f"/scores/alerts/{day.name}?limit=2").body
    running.request("HEAD", "/nothing")
    running.process.terminate()
    assert running.process.wait(timeout=30) == 0
    first, second = running.requests()
    assert (first["method"], first["path"]) == ("GET", f"/scores/alerts/{day.name}?limit=2")
    assert (first["status"], first["bytes"]) == (200, len(body)) and first["ms"] >= 0
    assert (second["method"], second["status"], second["bytes"]) == ("HEAD", 404, 0)
    (listening,) = [line for line in running.log() if line["message"] == "listening"]
    assert listening["url"] == f"http://127.0.0.1:{running.port}"


def refused(aml_miner, *arguments, **environment):
    """Exit code and sentence of a server that does not start."""
    done = subprocess.run([str(aml_miner), "--log-format", "json", "serve", *map(str, arguments)],
                          capture_output=True, text=True, timeout=30, env={**os.environ, **environment})
    return done.returncode, done.stderr.splitlines()[-1]


def test_a_port_in_use_is_said_clearly(server, aml_miner, day):
    code, line = refused(aml_miner, "--output-root", day.parent, "--port", server.port)
    assert code == 5
    assert f"port {server.port} of 127.0.0.1 is taken" in json.loads(line)["message"]


def test_wrong_options_are_refused(aml_miner, day, tmp_path):
    assert refused(aml_miner, "--output-root", day.parent, "--host", "192.0.2.1", "--port", 0)[0] == 2
    assert refused(aml_miner, "--output-root", day.parent, "--port", 70000)[0] == 2
    assert refused(aml_miner, "--port", 0, AML_THREADS="many")[0] == 2
    code, line = refused(aml_miner, "--port", 0, "--port-file", tmp_path / "no" / "such" / "folder")
    assert code == 4 and "no/such/folder" in line


@pytest.mark.parametrize("option, value, code, words", [
    ("--output-root", "a-file", 3, "must be a folder"),
    ("--input-root", "a-file", 3, "must be a folder"),
    ("--web-root", "a-folder", 4, "holds no pages"),
    ("--token-file", "nowhere", 4, "nowhere"),
    ("--token-file", "a-folder", 3, "Is a directory"),
    ("--token-file", "empty", 3, "holds no token"),
    ("--token-file", "a-file", 3, "16 or more characters"),
    ("--request-timeout", "nan", 2, "seconds"),
    ("--idle-timeout", "1e300", 2, "seconds"),
    ("--stall-timeout", "0", 2, "seconds"),
    ("--max-connections", "0", 2, "range"),
    ("--max-header-bytes", "1", 2, "range"),
    ("--cache-mb", "-1", 2, "range"),
    ("--threads", "5000", 2, "range"),
    ("--cors-origin", "example.org", 2, "origin"),
    ("--cors-origin", "https://a.example/", 2, "origin"),
    ("--explorer", "https://explorer.example/{address}", 2, "must be NETWORK="),
    ("--explorer", "bitcoin=javascript:alert(1)//{address}", 2, "begins https://HOST/"),
    ("--explorer", "bitcoin=https://explorer.example/", 2, "must say by {address} where an address goes"),
])
def test_what_cannot_be_used_is_said_at_the_start(aml_miner, tmp_path, option, value, code, words):
    (tmp_path / "a-folder").mkdir()
    (tmp_path / "a-file").write_text("short\n")
    (tmp_path / "empty").touch()
    path = tmp_path / value
    root = [] if option == "--output-root" else ["--output-root", tmp_path]
    done = subprocess.run([aml_miner, "serve", "--port", "0", *root, option, path if option.endswith(("root", "file")) else value],
                          capture_output=True, text=True, timeout=30)
    assert (done.returncode, words in done.stderr) == (code, True), done.stderr


def test_what_is_not_there_yet_is_warned_about(serve, day, tmp_path):
    (tmp_path / "tokens").write_text("0123456789abcdef0123456789abcdef\n")
    (tmp_path / "tokens").chmod(0o644)
    running = serve(tmp_path / "no-output", "--input-root", tmp_path / "no-input", "--token-file", tmp_path / "tokens")
    warnings = " ".join(line["message"] for line in running.log() if line["level"] == "warning")
    for words in ("no output root yet", "no input root yet", "chmod 600"):
        assert words in warnings
    (tmp_path / "tokens").chmod(0o600)
    assert "chmod" not in serve(day.parent, "--token-file", tmp_path / "tokens").log_path.read_text()
