"""What people at one file of cases may do beside each other: holding, undoing, one verdict on several."""

import shutil

from casework import DAY


def test_who_sets_a_date_or_takes_an_alert_goes_on_holding_it(anna, ben):
    first = anna.next().json()["alert_id"]
    assert anna.decide(first, None, action="assign", due="2026-01-31").status == 200
    assert anna.decide(first, None, action="assign", assignee="anna").status == 200
    assert ben.decide(first, "report").status == 409
    assert ben.next().json()["alert_id"] != first
    assert anna.decide(first, None, action="assign", assignee="ben").status == 200
    assert ben.decide(first, "report").status == 200


def test_what_one_did_is_undone_step_by_step(anna, ben, table):
    alert = table["alert_id"][0]
    handed = anna.decide(alert, None, action="assign", assignee="ben").json()["sequence"]
    decided = anna.decide(alert, "report").json()["sequence"]
    assert anna.undo(handed).status == 409
    assert anna.undo(decided).status == 200
    assert anna.undo(decided).status == 409
    assert anna.undo(handed).json()["alerts"][0]["assignee"] == ""
    assert anna.undo(handed).status == 409
    decided = anna.decide(alert, "report").json()["sequence"]
    assert ben.decide(alert, None, action="reopen", reason="new facts").status == 200
    assert anna.undo(decided).status == 409


def test_no_due_date_comes_before_the_day(anna, table):
    alert = table["alert_id"][0]
    refused = anna.decide(alert, None, action="assign", due="0002-01-31")
    assert refused.status == 400 and DAY in refused.json()["detail"]
    assert anna.decide(alert, None, action="assign", due=DAY).status == 200


def test_all_of_an_address_are_those_that_wait(start, table):
    """What somebody proposed is confirmed by who looks at it, and what somebody holds is his."""
    server = start("--cases-four-eyes", "report")
    anna, ben = server.person("anna"), server.person("ben")
    address = next(one for one in table["address"] if table["address"].count(one) >= 3)
    ids = [id for id, other in zip(table["alert_id"], table["address"]) if other == address]
    assert ben.decide(ids[0], "report").status == 200
    held = ben.next().json()["alert_id"]
    while held not in ids:
        held = ben.next(after=held).json()["alert_id"]
    answer = anna.decide({"address": address}, "no_report").json()
    assert {one["alert_id"] for one in answer["alerts"]} == set(ids) - {held, ids[0]}
    assert anna.state(ids[0])["stage"] == "proposed"
    assert anna.decide({"address": address}, "no_report").status == 409


def test_all_alerts_that_stand_in_the_way_are_named(anna, ben, table):
    """Those that were decided, those that another works on, those that changed since one looked: each, and no other."""
    ids = table["alert_id"][:7]
    seen = ben.version()
    held = anna.next().json()["alert_id"]
    assert held == ids[0]
    assert anna.decide(ids[2:4], "report").status == 200
    answer = ben.decide(ids, "no_report", version=seen)
    assert (answer.status, answer.json()["alerts"]) == (412, [ids[0], *ids[2:4]])
    answer = ben.decide(ids, "no_report")
    assert (answer.status, answer.json()["alerts"]) == (409, [ids[0], *ids[2:4]])
    assert "2 more of the alerts" in answer.detail
    assert ben.decide([one for one in ids if one not in answer.json()["alerts"]], "no_report").status == 200
    address = table["address"][2]
    own = [id for id, other in zip(table["alert_id"], table["address"]) if other == address]
    ben.decide({"address": address}, "no_report")
    answer = ben.decide({"address": address}, "no_report")
    assert answer.status == 409 and set(answer.json()["alerts"]) == set(own)


def test_what_one_did_is_undone_also_where_the_batch_is_gone(start, days, table, tmp_path):
    """Of the alerts alone something is asked, and the version goes on being of the batch that was named."""
    copy = tmp_path / "days"
    shutil.copytree(days, copy)
    anna = start(days=copy).person("anna")
    alert = table["alert_id"][0]
    done = anna.decide(alert, "report").json()
    shutil.rmtree(copy / "output" / DAY)
    assert anna.get(f"/cases/days/{DAY}").status == 404
    answer = anna.undo(done["sequence"], version=done["version"])
    assert answer.status == 200, answer.detail
    assert answer.json()["alerts"][0]["verdict"] == ""
    chain, sequence, batch = done["version"].strip('"').split("-")
    assert answer.json()["version"] == f'"{chain}-{int(sequence) + 1}-{batch}"'
