"""What a write must bring along, and what it is refused for: one sentence each."""

import json

import pytest

from casework import DAY, Person

WRITES = {"decisions": {"alerts": ["x"], "verdict": "report"}, "undo": {"sequence": 1}, "next": {"queue": "ranked"},
          "release": {"alert_id": "x"}}


@pytest.mark.parametrize("route", WRITES)
def test_a_write_needs_a_name_our_origin_json_and_a_version(server, route):
    target, body = f"/cases/days/{DAY}/{route}", WRITES[route]
    anna = server.person("anna")
    host = anna.host

    def refused(status, word, person=anna, **headers):
        answer = person.ask("POST", target, body, **headers)
        assert (answer.status, word in answer.detail) == (status, True), (answer.status, answer.body)
        assert answer.detail.count("\n") == 0

    refused(401, "token", Person(server.cases_port, "nobody"))
    refused(401, "token", Authorization="Bearer wrong-0123456789abcdef")
    refused(403, "may look and not decide", server.person("ruth"))
    for origin in (None, "null", "http://evil.example", f"https://{host}", f"http://{host}.evil.example", f"http://evil@{host}"):
        refused(403, "Origin", Origin=origin)
    for name in (None, "evil.example", f"evil.example:{server.cases_port}", "127.0.0.1", f"127.0.0.1:{server.port}"):
        if name is not None:
            refused(403, "Host", Host=name)
    for kind in (None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "multipart/form-data"):
        refused(415, "application/json", Content_Type=kind)
    refused(428, "If-Match", If_Match=None)
    assert anna.ask("POST", target, body, Content_Type="application/json; charset=utf-8").status != 415
    assert anna.get(f"/cases/days/{DAY}").json()["alerts"] == []


def test_reading_needs_a_name_and_our_host(server):
    for target in (f"/cases/days/{DAY}", "/cases/me", f"/cases/days/{DAY}/queues", "/cases/addresses/x",
                   "/cases/report?from=2025-10-01&to=2025-10-31", f"/table/alerts/{DAY}"):
        assert Person(server.cases_port, "nobody").get(target).status == 401
        assert server.person("ruth").get(target).status == 200
        assert server.person("ruth").get(target, Host="evil.example").status == 403
    # What pages are made of tells nothing.
    assert Person(server.cases_port, "nobody").get("/web/analyst/style.css").status == 200


def test_a_version_is_one_of_this_file(anna, table):
    alert = table["alert_id"][0]
    version = anna.version()
    for wrong in ("*", '"x-0"', version.replace("-0", "-7"), version.strip('"'), f"W/{version}", f'{version}, "y-1"'):
        answer = anna.decide(alert, version=wrong)
        assert (answer.status, "If-Match" in answer.detail) == (412, True), wrong
    assert anna.decide(alert, version=version).status == 200


def test_bodies_are_refused_with_the_member(anna):
    for body, word in ((b"", "no JSON object"), (b"[]", "no JSON object"), (b"{broken", "no JSON object"),
                       ({"verdict": "report"}, "one of alerts, address"),
                       ({"alerts": ["a"], "address": "b", "verdict": "report"}, "one of alerts, address"),
                       ({"alerts": [], "verdict": "report"}, "alerts must be"), ({"alerts": [1], "verdict": "report"}, "alerts must be"),
                       ({"alerts": ["a", "a"], "verdict": "report"}, "twice"), ({"alerts": ["a"]}, "verdict must be"),
                       ({"alerts": ["a"], "verdict": "clean"}, "verdict must be"),
                       ({"alerts": ["a"], "verdict": "report", "action": "undo"}, "action must be"),
                       ({"alerts": ["a"], "verdict": "report", "due": "soon"}, "due must be"),
                       ({"alerts": ["a"], "verdict": "report", "score": 1}, 'unknown member "score"'),
                       ({"alerts": ["a"], "verdict": "report", "note": 7}, "note must be"),
                       ({"alerts": ["a"], "verdict": "report", "assignee": "zoe"}, "assignee is none"),
                       ({"alerts": ["a"], "action": "reopen"}, "takes a reason"),
                       ({"alerts": ["a"], "action": "assign"}, "takes an assignee"),
                       (b'{"alerts":[[[[[["a"]]]]]],"verdict":"report"}', "nested too deep")):
        answer = anna.ask("POST", f"/cases/days/{DAY}/decisions", body, If_Match=anna.version())
        assert (answer.status, word in answer.detail) == (400, True), (body, answer.body)
    assert anna.decide("there is none").status == 404
    assert anna.decide("x", day="2024-01-01", version=anna.version()).status == 404
    assert anna.ask("POST", "/cases/days/latest/next", {"queue": "ranked"}).status == 400
    assert anna.next("chosen").status == 400
    assert anna.ask("GET", f"/cases/days/{DAY}/decisions").status == 405


def test_texts_and_lists_are_bounded(anna, table):
    alert = table["alert_id"][0]
    assert anna.decide(alert, note="n" * 4097).status == 400
    assert anna.decide(alert, reason="r" * 257).status == 400
    assert anna.decide([f"a{i}" for i in range(1001)]).status == 400
    assert anna.ask("POST", f"/cases/days/{DAY}/decisions", b"x" * 70_000, If_Match=anna.version()).status == 413
    assert anna.decide(alert, note="ü" * 2048, reason="r" * 256).status == 200


def test_the_port_of_everybody_knows_nothing_of_it(server, anna, table, days):
    """Nor do its metrics, the log and the batch."""
    alert, note = table["alert_id"][0], "three hops to a mixer"
    before = {path: path.read_bytes() for path in days.rglob("*") if path.is_file()}
    assert anna.decide(alert, note=note).status == 200
    assert anna.next().status == 200
    for target in ("/cases/me", f"/cases/days/{DAY}", f"/cases/days/{DAY}/alerts/{alert}", "/review"):
        for headers in ({}, {"Authorization": "Bearer anna-0123456789abcdef"}):
            assert server.get(target, **headers).status == 404
    assert b"cases" not in server.get("/metrics").body
    assert b"cases" not in server.get("/openapi.json").body
    assert b"report" not in server.get(f"/alerts/{DAY}/{alert}").body
    assert anna.get("/metrics").status == 404
    assert {path: path.read_bytes() for path in days.rglob("*") if path.is_file()} == before
    server.process.terminate()
    server.process.wait()
    asked = [line["path"] for line in server.requests()]
    assert len(asked) == 11  # all of them on the port of everybody
    log = server.log_path.read_text()
    assert note not in log and "anna" not in log and "/decisions" not in log and "/next" not in log
    file = next(path for path in server.log() if path["message"] == "cases are listened for")
    assert json.dumps(file).count(str(server.cases_port)) == 1


def test_the_description_has_both_and_names_each_operation(anna):
    document = anna.get("/openapi.json").json()
    assert {"/cases/days/{date}/decisions", "/scores/alerts/{date}"} <= set(document["paths"])
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(set(ids)) == len(ids)
    post = document["paths"]["/cases/days/{date}/decisions"]["post"]
    assert {"401", "403", "409", "412", "415", "428"} <= set(post["responses"])
    assert post["operationId"] == "postCasesDaysByDateDecisions"
