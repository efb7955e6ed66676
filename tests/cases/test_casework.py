"""What people do with alerts, and what becomes of it."""

import datetime
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import time

import duckdb
from casework import DAY, NEXT_DAY, users_file

from analyst import MODELS, process
from batches import copy_snapshot, rows, run


def test_without_a_file_nobody_can_decide(aml_miner, days, tmp_path):
    done = subprocess.run([aml_miner, "serve", "--output-root", days / "output", "--cases", tmp_path / "f", "--port", "0"],
                          capture_output=True, text=True)
    assert (done.returncode, "--cases-users" in done.stderr) == (2, True)
    done = subprocess.run([aml_miner, "serve", "--output-root", days / "output", "--cases", days / "output" / "f", "--cases-users",
                           users_file(tmp_path), "--port", "0"], capture_output=True, text=True)
    assert (done.returncode, "shown to others" in done.stderr) == (2, True)


def test_a_decision_is_written_with_who_when_why_and_until_when(server, anna, table):
    alert = table["alert_id"][0]
    answer = anna.decide(alert, reason="layering", note="three hops", assignee="ben")
    assert answer.status == 200
    state = answer.json()["alerts"][0]
    due = (datetime.date.fromisoformat(DAY) + datetime.timedelta(days=30)).isoformat()
    assert (state["stage"], state["verdict"], state["author"], state["assignee"], state["due"]) == ("decided", "report", "anna", "ben", due)
    case = server.person("ruth").get(f"/cases/days/{DAY}/alerts/{alert}").json()
    entry = case["entries"][0]
    assert (entry["author"], entry["reason"], entry["note"], entry["verdict"]) == ("anna", "layering", "three hops", "report")
    at = datetime.datetime.fromisoformat(entry["at"])
    assert abs((datetime.datetime.now(datetime.timezone.utc) - at).total_seconds()) < 60


def test_who_comes_second_is_told_so(anna, ben, table):
    alert, other = table["alert_id"][:2]
    seen = ben.version()
    assert anna.decide(alert).status == 200
    answer = ben.decide(alert, "no_report", version=seen)
    assert (answer.status, "anna has changed" in answer.detail) == (412, True)
    answer = ben.decide(alert, "no_report")
    assert (answer.status, "reopen it first" in answer.detail) == (409, True)
    assert ben.decide(other, version=seen).status == 200  # nothing happened to this one
    answer = ben.decide([other, table["alert_id"][2]], "unsure", version=anna.version())
    assert answer.status == 409
    assert answer.json()["alerts"] == [other]
    assert anna.state(table["alert_id"][2]) is None  # all or none


def test_verdicts_are_kept_apart_and_can_be_reopened(anna, ben, table):
    ids = table["alert_id"][:4]
    for alert, verdict in zip(ids, ("seen", "report", "no_report", "unsure")):
        assert anna.decide(alert, verdict).status == 200
    stages = {alert: (anna.state(alert)["stage"], anna.state(alert)["verdict"]) for alert in ids}
    assert list(stages.values()) == [("open", "seen"), ("decided", "report"), ("decided", "no_report"), ("decided", "unsure")]
    assert ben.decide(ids[1], None, action="reopen", reason="new transfers").status == 200
    assert ben.state(ids[1])["stage"] == "open"
    assert ben.decide(ids[1], "no_report").status == 200
    assert [entry["action"] for entry in ben.get(f"/cases/days/{DAY}/alerts/{ids[1]}").json()["entries"]] == ["decide", "reopen", "decide"]
    assert ben.decide(ids[0], None, action="reopen", reason="x").status == 409


def test_one_undoes_ones_own_last_entry_alone(anna, ben, table):
    ids = table["alert_id"][:3]
    first = anna.decide(ids, "report").json()["sequence"]
    assert ben.undo(first).status == 409
    answer = anna.undo(first)
    assert answer.status == 200
    assert {state["stage"] for state in answer.json()["alerts"]} == {"open"} and len(answer.json()["alerts"]) == 3
    assert anna.undo(first).status == 409
    assert anna.undo(answer.json()["sequence"]).status == 409
    assert anna.undo(4711).status == 404
    assert ben.decide(ids[0], "unsure").status == 200


def test_an_address_and_a_cluster_are_decided_on_at_once(anna, table):
    address = table["address"][0]
    own = [i for i, name in enumerate(table["address"]) if name == address]
    answer = anna.decide({"address": address}, "no_report", reason="exchange")
    assert answer.status == 200 and len(answer.json()["alerts"]) == len(own)
    assert all(anna.state(table["alert_id"][i])["verdict"] == "no_report" for i in own)
    assert anna.decide({"address": address}, "no_report").status == 409
    clusters = table["cluster_id"]
    code = next(code for i, code in enumerate(clusters["codes"]) if code is not None and i not in own)
    members = [i for i, other in enumerate(clusters["codes"]) if other == code and i not in own]
    answer = anna.decide({"cluster_id": clusters["values"][code]}, "report")
    assert answer.status == 200 and len(answer.json()["alerts"]) == len(members)
    entries = anna.get(f"/cases/days/{DAY}/alerts/{table['alert_id'][members[0]]}").json()["entries"]
    assert entries[0]["through"] == "cluster"
    assert anna.decide({"address": "nowhere"}).status == 404


def test_a_queue_gives_each_his_own_next_one_by_rank(anna, ben, table):
    ids = table["alert_id"]
    assert anna.next().json()["alert_id"] == ids[0]
    assert ben.next().json()["alert_id"] == ids[1]
    assert anna.next().json()["alert_id"] == ids[0]  # he holds it still
    answer = ben.decide(ids[0])
    assert (answer.status, "worked on by anna" in answer.detail) == (409, True)
    assert anna.get(f"/cases/days/{DAY}/alerts/{ids[1]}").json()["held_by"] == "ben"
    assert anna.decide(ids[0]).status == 200
    assert anna.next().json()["alert_id"] == ids[2]
    assert anna.next(after=ids[2]).json()["alert_id"] == ids[3]
    assert ben.decide(ids[1], "seen").status == 200
    assert ben.next().json()["alert_id"] == ids[2]  # what was seen comes again at the end
    assert ben.ask("POST", f"/cases/days/{DAY}/release", {"alert_id": ids[2]}).status == 200
    queues = anna.get(f"/cases/days/{DAY}/queues").json()
    assert queues["queues"]["ranked"] == {"open": len(ids) - 1, "decided": 1}
    assert {lock["author"] for lock in queues["locks"]} == {"anna"}


def test_who_may_not_decide_holds_nothing(start, table, tmp_path, file):
    users = users_file(tmp_path)
    server = start(users=users)
    anna, ben = server.person("anna"), server.person("ben")
    answer = anna.decide(table["alert_id"][3], None, action="assign", assignee="ruth")
    assert (answer.status, "none of those who may decide" in answer.detail) == (400, True)
    held = anna.next().json()["alert_id"]
    assert ben.decide(table["alert_id"][1], None, action="assign", assignee="anna").status == 200
    users.write_text("\n".join(line for line in users.read_text().splitlines() if not line.startswith("anna ")) + "\n")
    server.process.send_signal(signal.SIGHUP)
    while anna.get("/cases/me").status == 200:
        time.sleep(0.05)
    assert ben.next().json()["alert_id"] == held
    assert ben.decide(held).status == 200
    assert ben.next().json()["alert_id"] == table["alert_id"][1]  # what waited for her waits for all


def test_what_is_held_is_freed_after_a_while(server, anna, ben, table, file):
    first = anna.next().json()["alert_id"]
    connection = sqlite3.connect(file)
    with connection:
        connection.execute("UPDATE locks SET until = until - 3600")
    connection.close()
    assert ben.next().json()["alert_id"] == first
    assert ben.decide(first).status == 200


def test_four_eyes(start, table):
    server = start("--cases-four-eyes", "report")
    anna, ben, carla = (server.person(name) for name in ("anna", "ben", "carla"))
    first, second, third = table["alert_id"][:3]
    assert anna.decide(first, "report").json()["alerts"][0]["stage"] == "proposed"
    answer = anna.decide(first, "report")
    assert (answer.status, "must be another's" in answer.detail) == (409, True)
    assert ben.next().json()["alert_id"] == first  # it waits for him, and not for her
    assert anna.next().json()["alert_id"] == second
    assert ben.decide(first, "report").json()["alerts"][0] == ben.state(first)
    assert (ben.state(first)["stage"], ben.state(first)["second"]) == ("decided", "ben")
    assert anna.decide(second, "no_report").json()["alerts"][0]["stage"] == "decided"
    assert anna.decide(third, "report").status == 200
    assert ben.decide(third, "no_report").json()["alerts"][0]["stage"] == "disputed"
    assert anna.decide(third, "report").status == 409
    assert carla.decide(third, "no_report").json()["alerts"][0]["stage"] == "decided"
    assert anna.get(f"/cases/report?from={DAY}&to={DAY}").json()["open"] == {"decided": 3, "report": 1, "no_report": 2, "unsure": 0}


def test_four_eyes_are_not_reopened_away(start, table):
    server = start("--cases-four-eyes", "report")
    anna, ben, carla = (server.person(name) for name in ("anna", "ben", "carla"))
    first, second = table["alert_id"][:2]
    assert anna.decide(first, "report").status == 200
    answer = anna.decide(first, None, action="reopen", reason="mine")
    assert (answer.status, "must be another's" in answer.detail) == (409, True)
    assert ben.decide(first, "no_report").json()["alerts"][0]["stage"] == "disputed"
    for party in (anna, ben):
        answer = party.decide(first, None, action="reopen", reason="mine")
        assert (answer.status, "a third person" in answer.detail) == (409, True)
    assert carla.decide(first, None, action="reopen", reason="from the start").status == 200
    assert ben.decide(first, "no_report").json()["alerts"][0]["stage"] == "proposed"
    assert carla.decide(first, "no_report").json()["alerts"][0]["stage"] == "decided"
    assert anna.undo(anna.decide(second, "report").json()["sequence"]).status == 200
    assert anna.decide(second, "no_report").json()["alerts"][0]["stage"] == "proposed"


def test_a_share_of_reviews_is_blind(start, table):
    server = start("--cases-blind", "0.3")
    anna = server.person("anna")
    hidden = anna.get(f"/cases/days/{DAY}").json()["hidden"]
    share = len(hidden) / len(table["alert_id"])
    assert 0.15 < share < 0.45
    alert = hidden[0]
    answer = anna.get(f"/alerts/{DAY}/{alert}")
    assert (answer.status, "hidden until" in answer.detail) == (403, True)
    open_one = next(id for id in table["alert_id"] if id not in hidden)
    assert anna.get(f"/alerts/{DAY}/{open_one}").status == 200
    assert anna.decide([alert, open_one], "report").status == 200
    assert anna.get(f"/alerts/{DAY}/{alert}").status == 200
    assert alert not in anna.get(f"/cases/days/{DAY}").json()["hidden"]
    report = anna.get(f"/cases/report?from={DAY}&to={NEXT_DAY}").json()
    assert (report["blind"]["report"], report["open"]["report"]) == (1, 1)


def test_what_was_shown_once_is_no_blind_review_any_more(start):
    anna = start("--cases-blind", "0.3").person("anna")
    undone, reopened, untouched = anna.get(f"/cases/days/{DAY}").json()["hidden"][:3]
    assert anna.undo(anna.decide(undone, "unsure").json()["sequence"]).status == 200
    assert anna.decide(reopened, "unsure").status == 200
    assert anna.decide(reopened, None, action="reopen", reason="score").status == 200
    hidden = anna.get(f"/cases/days/{DAY}").json()["hidden"]
    assert untouched in hidden and not {undone, reopened} & set(hidden)
    for alert in (undone, reopened):
        assert anna.get(f"/alerts/{DAY}/{alert}").status == 200
        assert not anna.get(f"/cases/days/{DAY}/alerts/{alert}").json()["hidden"]
        assert anna.decide(alert, "no_report").json()["alerts"][0]["blind"] is False
    assert anna.decide(untouched, "no_report").json()["alerts"][0]["blind"] is True
    report = anna.get(f"/cases/report?from={DAY}&to={DAY}").json()
    assert (report["blind"]["no_report"], report["open"]["no_report"]) == (1, 2)


def test_what_is_not_there_is_not_hidden(start):
    anna = start("--cases-blind", "0.5").person("anna")
    for id in range(20):
        assert anna.get(f"/alerts/{DAY}/none-{id}").status == 404
        assert anna.get(f"/alerts/2001-01-01/none-{id}").status == 404
    assert anna.get(f"/cases/days/{DAY}/alerts/none").status == 404


def test_a_days_tag_is_that_of_what_it_tells(start, table):
    """Of the day, what was done to it, and the share that is hidden."""
    server = start()
    anna = server.person("anna")
    tag = anna.version()
    assert anna.get(f"/cases/days/{DAY}", If_None_Match=tag).status == 304
    assert anna.get("/cases/days/2001-01-01", If_None_Match=tag).status == 404
    assert anna.get(f"/cases/days/{NEXT_DAY}", If_None_Match=tag).status == 200
    done = anna.decide(table["alert_id"][0], version=tag)
    assert done.status == 200 and done.headers["ETag"] == anna.version() == done.json()["version"]
    server.stop()
    anna = start("--cases-blind", "0.5").person("anna")
    answer = anna.get(f"/cases/days/{DAY}", If_None_Match=done.headers["ETag"])
    assert answer.status == 200 and answer.json()["hidden"]
    assert anna.undo(1, version=done.headers["ETag"]).status == 200  # the entries are those that were seen


def test_a_days_tag_is_another_where_the_day_was_processed_again(aml_miner, start, days, tmp_path):
    root = tmp_path / "days"
    shutil.copytree(days, root)
    anna = start("--cases-blind", "0.3", days=root).person("anna")
    first, tag = anna.get(f"/table/alerts/{DAY}"), anna.version()
    process(aml_miner, root, DAY)
    while anna.get(f"/table/alerts/{DAY}").headers["AML-Batch"] == first.headers["AML-Batch"]:
        time.sleep(0.05)
    assert anna.get(f"/cases/days/{DAY}", If_None_Match=tag).status == 200


def test_no_answer_beside_cases_tells_a_hidden_score(start, table):
    server = start("--cases-blind", "0.3")
    anna = server.person("anna")
    hidden = set(anna.get(f"/cases/days/{DAY}").json()["hidden"])
    columns = anna.get(f"/table/alerts/{DAY}").json()["columns"]
    for name in ("score", "rank_score", "probability"):
        assert {id for id, value in zip(columns["alert_id"], columns[name]) if value is None} == hidden, name
    assert {name: values for name, values in columns.items() if name not in ("score", "rank_score", "probability")} == \
           {name: values for name, values in table.items() if name not in ("score", "rank_score", "probability")}
    for path, rows in ((f"/scores/alerts/{DAY}", "scores"), (f"/rankings/alerts/{DAY}", "rankings"), (f"/alerts/{DAY}/scores", "scores"),
                       (f"/alerts/{DAY}/rankings", "rankings"), (f"/%73cores/alerts/{DAY}", "scores"), (f"http://{anna.host}/rankings/alerts/{DAY}", "rankings")):
        shown = anna.get(path).json()[rows]
        assert len(shown) == len(table["alert_id"])
        for row in shown:
            secret = [row[name] for name in ("score", "probability", "explain_json") if name in row]
            assert (secret == [None] * len(secret)) == (row["alert_id"] in hidden), path
        assert anna.get(path, Accept="application/vnd.apache.parquet").status == 403
        assert anna.get(path, Accept="application/x-ndjson").status == 403
        assert anna.get(f"{path}?min_score=0.5").status == 403
        assert server.get(path.removeprefix(f"http://{anna.host}")).json()[rows][0]["score"] is not None  # everybody's port knows nothing of it
    alert = next(id for id in table["alert_id"] if id in hidden)
    # However the address is spelled.
    for path in (f"/alerts/{DAY}/{alert}", f"/%61lerts/{DAY}/{alert}", f"http://{anna.host}/alerts/{DAY}/{alert}", f"/alerts/{DAY}/%{ord(alert[0]):02x}{alert[1:]}"):
        assert anna.get(path).status == 403, path
    address = table["address"][table["alert_id"].index(alert)]
    told = {one["alert_id"]: one["score"] for day in anna.get(f"/addresses/{address}").json()["days"]
            for one in day["alerts"] if day["processing_date"] == DAY}
    assert told[alert] is None and all((score is None) == (id in hidden) for id, score in told.items())


def test_what_is_offered_of_an_address_hides_todays_score(start):
    server = start("--cases-blind", "0.3")
    anna = server.person("anna")
    addresses = {}
    for day in (DAY, NEXT_DAY):
        columns = anna.get(f"/table/alerts/{day}").json()["columns"]
        hidden = set(anna.get(f"/cases/days/{day}").json()["hidden"])
        for id, address in zip(columns["alert_id"], columns["address"]):
            addresses.setdefault(address, []).append((day, id, id in hidden))
    # An address with an alert that may be decided, and another that is hidden.
    (day, decided, _), (other, alert, _) = next(
        (min(alerts, key=lambda one: one[2]), max(alerts, key=lambda one: one[2])) for alerts in addresses.values()
        if len({one[2] for one in alerts}) == 2)
    assert anna.decide([decided], "report", day=day).status == 200
    offers = anna.get(f"/cases/days/{other}/alerts/{alert}").json()["offers"]
    assert offers and all(offer["since"]["score_now"] is None for offer in offers)


def test_a_list_with_hidden_scores_is_bounded(start, days, tmp_path):
    """It is read, changed and written anew for each request, which takes several times its bytes."""
    long = tmp_path / "days"
    shutil.copytree(days, long)
    scored = next(path for path in long.rglob("alerts_scored.parquet") if path.parent.name == DAY)
    duckdb.sql(f"COPY (SELECT * REPLACE (repeat('x', 20 * 1024 * 1024 // (SELECT count(*)::INT FROM '{scored}')) AS explain_json) FROM '{scored}') "
               f"TO '{scored}.new' (FORMAT parquet)")
    pathlib.Path(f"{scored}.new").rename(scored)
    anna = start("--cases-blind", "0.3", days=long).person("anna")
    refused = anna.get(f"/scores/alerts/{DAY}")
    assert refused.status == 400 and "limit and offset" in refused.json()["detail"]
    assert len(anna.get(f"/scores/alerts/{DAY}?limit=10").json()["scores"]) == 10
    assert anna.get(f"/scores/alerts/{DAY}?explain=false").status == 200


def test_a_table_with_hidden_scores_is_tagged_and_compressed(start):
    server = start("--cases-blind", "0.3")
    anna = server.person("anna")
    first = anna.get(f"/table/alerts/{DAY}")
    assert first.headers["AML-Batch"] == server.get(f"/table/alerts/{DAY}").headers["AML-Batch"]
    assert anna.get(f"/table/alerts/{DAY}", If_None_Match=first.headers["ETag"]).status == 304
    assert anna.get(f"/table/alerts/{DAY}", Accept_Encoding="gzip").headers["Content-Encoding"] == "gzip"
    hidden = anna.get(f"/cases/days/{DAY}").json()["hidden"]
    assert anna.decide(hidden, "no_report").status == 200
    after = anna.get(f"/table/alerts/{DAY}", If_None_Match=first.headers["ETag"])
    assert after.status == 200 and None not in after.json()["columns"]["score"]
    assert anna.get(f"/scores/alerts/{DAY}?min_score=0.5").status == 200  # none is hidden any more
    assert server.person("nobody").get(f"/table/alerts/{DAY}").status == 401


def test_below_the_line_a_sample_is_drawn(start, table):
    server = start("--cases-line", "5", "--cases-sample", "0.2")
    anna = server.person("anna")
    queues = anna.get(f"/cases/days/{DAY}/queues").json()["queues"]
    assert queues["ranked"]["open"] == 5
    assert 0.05 < queues["sample"]["open"] / len(table["alert_id"]) < 0.4
    drawn = anna.next("sample").json()["alert_id"]
    assert table["alert_id"].index(drawn) >= 5
    assert anna.decide(drawn, "no_report").json()["alerts"][0]["stratum"] == "sample"
    assert anna.decide(table["alert_id"][0], "report").json()["alerts"][0]["stratum"] == "ranked"


def test_what_was_decided_on_an_address_is_offered_and_never_applied(anna, table):
    later = anna.get(f"/table/alerts/{NEXT_DAY}").json()["columns"]
    address = next(name for name in table["address"] if name in later["address"])
    alert = later["alert_id"][later["address"].index(address)]
    assert anna.decide({"address": address}, "no_report", reason="known exchange").status == 200
    case = anna.get(f"/cases/days/{NEXT_DAY}/alerts/{alert}").json()
    assert case["state"] is None
    offer = case["offers"][0]
    assert (offer["processing_date"], offer["verdict"], offer["reason"]) == (DAY, "no_report", "known exchange")
    assert {"rank_then", "rank_now", "typology_now", "alerts_now"} <= set(offer["since"])
    assert anna.get(f"/cases/addresses/{address}").json()["alerts"][0]["verdict"] == "no_report"


def test_an_exact_hit_on_a_sanctions_list_has_a_queue_of_its_own(aml_miner, days, start, tmp_path):
    root = tmp_path / "sanctioned"
    copy_snapshot(days / "input" / DAY, root / "input" / DAY)
    listed = tmp_path / "listed.txt"
    listed.write_text(max(row[0] for row in rows(root / "input" / DAY / "alerts.parquet", "address")) + "\n")
    (tmp_path / "listed.txt.known_since").write_text("2025-01-01")
    run(aml_miner, "process", "--input-dir", root / "input" / DAY, "--output-dir", root / "output" / DAY, "--models-dir", MODELS,
        "--labels", listed)
    server = start(days=root)
    anna = server.person("anna")
    columns = anna.get(f"/table/alerts/{DAY}").json()["columns"]
    hits = [alert for alert, hit in zip(columns["alert_id"], columns["sanctioned"]) if hit]
    assert hits
    queues = anna.get(f"/cases/days/{DAY}/queues").json()["queues"]
    assert queues["sanctioned"]["open"] == len(hits)
    assert queues["ranked"]["open"] == len(columns["alert_id"]) - len(hits)
    assert anna.next("sanctioned").json()["alert_id"] == hits[0]
    assert anna.next("ranked").json()["alert_id"] not in hits
