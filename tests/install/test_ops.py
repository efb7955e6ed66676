"""ops/: alert rules and the dashboard speak of what /metrics has, and the rules do what they say."""

import json
import pathlib
import re
import shutil
import subprocess

import pytest

from serving import Server

OPS = pathlib.Path(__file__).resolve().parents[2] / "ops"
DOCS = OPS.parent / "docs"


@pytest.fixture(scope="module")
def metrics(aml_miner, tmp_path_factory):
    """The names that a server without any batch tells already, once one asked it something."""
    with Server(aml_miner, tmp_path_factory.mktemp("output")) as server:
        server.get("/dates/latest")
        names = set(re.findall(r"^# TYPE (\w+)", server.get("/metrics").body.decode(), re.MULTILINE))
    return names | {f"{name}_{part}" for name in names for part in ("bucket", "sum", "count")}


def named(text):
    return set(re.findall(r"\baml_[a-z_]+", text))


def test_the_rules_speak_of_metrics_that_there_are(metrics):
    rules = (OPS / "prometheus" / "alerts.yml").read_text()
    assert named(rules) and named(rules) <= metrics


def test_the_rules_fire_when_they_should_and_only_then():
    if not shutil.which("promtool"):
        pytest.skip("no promtool here: apt-get install prometheus")
    for words in (["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]):
        done = subprocess.run(["promtool", *words], cwd=OPS / "prometheus", capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_an_operator_reads_what_to_do_about_each_alert():
    alerts = re.findall(r"alert: (\w+)", (OPS / "prometheus" / "alerts.yml").read_text())
    manual = (DOCS / "operations.md").read_text()
    assert alerts and all(f"| `{alert}` |" in manual for alert in alerts)


def test_the_dashboard_is_one_that_grafana_takes(metrics):
    dashboard = json.loads((OPS / "grafana" / "aml-miner.json").read_text())
    assert dashboard["schemaVersion"] >= 36 and dashboard["uid"] and dashboard["title"]
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) >= 8
    taken = set()
    for panel in panels:
        assert panel["type"] in ("stat", "timeseries") and panel["title"] and panel["datasource"]["uid"] == "${datasource}"
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert place["x"] + place["w"] <= 24 and not cells & taken
        taken |= cells
        for target in panel["targets"]:
            assert target["refId"] and named(target["expr"]) and named(target["expr"]) <= metrics, target
    assert {variable["name"] for variable in dashboard["templating"]["list"]} == {"datasource", "instance"}
