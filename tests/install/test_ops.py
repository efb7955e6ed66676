"""ops/: alert rules and the dashboard speak of what /metrics has, and the rules do what they say."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest
import yaml

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


def test_the_image_is_nobodys_root_and_says_its_health():
    lines = [line for line in re.sub(r"\\\n\s*", "", (OPS / "docker" / "Dockerfile").read_text()).splitlines() if line and not line.startswith("#")]
    known = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "STOPSIGNAL", "ENTRYPOINT", "CMD"}
    assert {line.split()[0] for line in lines} <= known
    last = lines[max(index for index, line in enumerate(lines) if line.startswith("FROM")):]
    assert [line for line in last if line.startswith("USER")] == ["USER aml-miner"]
    health = next(line for line in last if line.startswith("HEALTHCHECK"))
    assert json.loads(health[health.index("["):])[-1].endswith(":8000/readyz")
    words = [word for line in last if line.startswith(("ENTRYPOINT", "CMD")) for word in json.loads(line.split(None, 1)[1])]
    assert words[0] == "aml-miner" and words[-1] == "/etc/aml-miner/bitcoin.toml"
    for script in re.findall(r"\bscripts/\w+", "\n".join(lines)):
        assert (OPS.parent / script).is_file()


def test_what_lies_beside_the_composition_is_packed_nowhere():
    """bitcoin.env has the SOT's keys: neither a commit nor the image nor the package may take it along."""
    installed = {name for line in (OPS.parent / "cmake" / "install.cmake").read_text().splitlines() if line.startswith("install(FILES")
                 for name in re.findall(r"ops/docker/(\S+)", line)} - {"DESTINATION"}
    kept = (OPS / "docker" / "Dockerfile.dockerignore").read_text().splitlines()
    assert "ops/docker/*" in kept and {line[len("!ops/docker/"):] for line in kept if line.startswith("!")} == installed
    if not (OPS.parent / ".git").exists():
        pytest.skip("no clone: nothing is ignored here")
    names = ["bitcoin.env", "bitcoin.toml", "tokens", *sorted(installed)]
    ignored = subprocess.run(["git", "check-ignore", "--no-index", *(f"ops/docker/{name}" for name in names)], cwd=OPS.parent, capture_output=True, text=True)
    assert {line.rsplit("/", 1)[1] for line in ignored.stdout.splitlines()} == {"bitcoin.env", "bitcoin.toml", "tokens"}


def test_the_composition_is_read_only_and_asks_for_no_rights(tmp_path):
    composition = yaml.safe_load((OPS / "docker" / "compose.yml").read_text())
    service = composition["services"]["aml-miner"]
    assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"]
    assert (OPS / "docker" / service["build"]["context"]).resolve() == OPS.parent
    assert (OPS.parent / service["build"]["dockerfile"]).is_file()
    assert {volume.split(":")[0] for volume in service["volumes"]} - {"./bitcoin.toml", "./tokens"} == set(composition["volumes"])
    for file in re.findall(r"/etc/aml-miner/[\w.]+", "\n".join(re.findall("^#.*", (OPS / "docker" / "compose.yml").read_text(), re.MULTILINE))):
        assert f"./{file.rsplit('/', 1)[1]}:{file}:ro" in service["volumes"]  # what its head asks for is there
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


@pytest.mark.slow
def test_the_image_is_built_where_a_builder_answers():
    if not shutil.which("docker") or subprocess.run(["docker", "info"], capture_output=True).returncode != 0:
        pytest.skip("no Docker daemon answers here")
    if not (OPS.parent / ".git").is_dir():
        pytest.skip("the image is built of a clone; this folder's .git, a work tree's or none, leads nowhere inside it")
    built = subprocess.run(["docker", "build", "--quiet", "-f", "ops/docker/Dockerfile", "."], cwd=OPS.parent, capture_output=True, text=True,
                           env={**os.environ, "DOCKER_BUILDKIT": "1"})
    assert built.returncode == 0, built.stderr
    told = subprocess.run(["docker", "run", "--rm", built.stdout.strip(), "--version"], capture_output=True, text=True)
    assert told.stdout.startswith("aml-miner "), told.stderr
