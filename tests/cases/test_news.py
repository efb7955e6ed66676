"""What somebody is told of what others did."""

import urllib.parse

from casework import DAY


def test_a_write_tells_what_others_did_since(anna, ben, table):
    """Its version is newer than theirs: who asks later for what is new would never be told."""
    ids = table["alert_id"][:4]
    seen = anna.version()
    assert ben.decide(ids[0], "report").status == 200
    answer = anna.decide(ids[1], "no_report", version=seen).json()
    assert [state["alert_id"] for state in answer["alerts"]] == [ids[1]]
    assert [(state["alert_id"], state["author"], state["verdict"]) for state in answer["others"]] == [(ids[0], "ben", "report")]
    assert anna.decide(ids[2], "report", version=answer["version"]).json()["others"] == []
    undone = ben.undo(ben.state(ids[0])["sequence"], version=answer["version"]).json()
    assert [state["alert_id"] for state in undone["others"]] == [ids[2]]


def test_who_has_a_version_is_told_what_changed_since(anna, ben, table):
    ids = table["alert_id"][:3]
    assert anna.decide(ids[0], "report").status == 200
    day = anna.get(f"/cases/days/{DAY}").json()
    assert ben.decide(ids[1], "no_report").status == 200
    ask = lambda since: anna.get(f"/cases/days/{DAY}?since={urllib.parse.quote(since)}")  # noqa: E731
    answer = ask(day["version"]).json()
    assert [state["alert_id"] for state in answer["alerts"]] == [ids[1]]
    assert (answer["since"], "hidden" in answer) == (day["version"], False)
    again = ask(answer["version"]).json()
    assert (again["alerts"], again["version"]) == ([], answer["version"])
    whole = anna.get(f"/cases/days/{DAY}").json()
    for other in ('"4711"', "x", '"0123456789ab-1"', day["version"].replace("-1-", "-999-"), day["version"][:-13] + '000000000000"'):
        assert ask(other).json() == whole  # nothing that can be told apart from now
    assert anna.get(f"/cases/days/{DAY}?since=").status == 400
    assert anna.get(f"/cases/days/{DAY}?until=x").status == 400
