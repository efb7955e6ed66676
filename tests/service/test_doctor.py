"""`doctor`: each thing that `run` depends on is looked at, against a real S3 server and a fixture chain."""

import datetime
import email.utils
import http.server
import json
import subprocess
import threading

import pytest

from whole_miner import ALICE, BOB, WholeMiner, metagraph

TODAY = datetime.datetime.now(datetime.timezone.utc).date().isoformat()


def doctor(run, *arguments, **environment):
    """Exit code, and the checks by name."""
    done = subprocess.run(run.command("doctor", "--config", run.config, "--json", *arguments), env={**run.environment, **environment},
                          capture_output=True, text=True, timeout=240)
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    checks = {check["name"]: check for check in found["checks"]}
    assert all(check["tried"] and check["means"] for check in checks.values()), checks
    assert all(check["to_do"] for check in checks.values() if check["finding"] in ("wanting", "failing")), checks
    return done.returncode, checks


def findings(checks):
    return {name: check["finding"] for name, check in checks.items()}


@pytest.fixture(scope="module")
def today(simulate, tmp_path_factory):
    return simulate(TODAY, tmp_path_factory.mktemp("today"))


def test_a_healthy_miner_is_told_from_the_settings_to_the_chain(run, aml_miner, today):
    whole = WholeMiner(run, aml_miner)
    run.publish(today)
    # Before the first day.
    code, checks = doctor(run)
    assert code == 11, "the chain has no address of it yet"
    assert findings(checks) == {
        "settings": "ok", "credentials": "ok", "sot": "ok", "clock": "ok", "freshness": "ok", "disk": "ok", "memory": "ok",
        "models": "ok", "newest day": "unknown", "server": "unknown", "hotkey": "ok", "chain": "ok", "registered": "ok",
        "row": "wanting", "commitments": "unknown", "port": "unknown"}
    assert "nobody answers there" in checks["server"]["means"] and "a day takes" in checks["disk"]["means"]

    # While it runs, and once a validator has asked.
    run.start()
    run.wait_for(lambda: whole.info().get("commitments", {}).get(TODAY, {}).get("state") == "committed")
    assert findings(doctor(run)[1])["port"] == "unknown", "nobody has asked"
    assert whole.ask(TODAY).returncode == 4
    code, checks = doctor(run)
    wanted = {"row": "ok", "commitments": "ok", "port": "ok"}
    assert {name: checks[name]["finding"] for name in wanted} == wanted, checks
    # The day is held back from who has no token, as doctor has none.
    assert checks["server"]["finding"] == "wanting"

    # Three days later nothing was committed.
    whole.pass_days(3)
    assert doctor(run)[1]["commitments"]["finding"] == "wanting"


def test_what_is_wrong_with_the_miner_is_named(run, aml_miner, days):
    whole = WholeMiner(run, aml_miner)
    run.publish(days[0])
    whole.chain.write_text(json.dumps(metagraph((ALICE, 1000, True))))
    code, checks = doctor(run)
    assert (code, checks["registered"]["finding"]) == (10, "failing")
    assert "btcli subnet register --netuid 7" in checks["registered"]["to_do"]
    assert checks["freshness"]["finding"] == "wanting", "the day is of last year"
    # The unit for systemd hands over a file.
    assert doctor(run, AML_HOTKEY_FILE=str(whole.wallets / "validator" / "hotkeys" / "default"))[1]["registered"]["finding"] == "ok"
    whole.chain.unlink()
    assert doctor(run)[1]["chain"]["finding"] == "failing"
    (whole.wallets / "miner" / "hotkeys" / "default").unlink()
    assert doctor(run)[1]["hotkey"]["finding"] == "failing"
    adapter = f'chain = "adapter"\nadapter-command = "{run.folder}/none"'
    text = run.config.read_text().replace(f'chain = "fixture:{whole.chain}"', adapter)
    run.config.write_text(text)
    assert doctor(run)[1]["adapter"]["to_do"].endswith("scripts/bootstrap --chain")


def test_settings_that_a_command_would_refuse_are_named(run):
    run.configure(serve=['token-file = "/no/such/tokens"'])
    code, checks = doctor(run)
    assert (code, checks["settings"]["finding"]) == (10, "failing") and "/no/such/tokens" in checks["settings"]["means"]
    run.configure(serve=['memory-limit = "abc"'])
    assert "is not a size like 6GB" in doctor(run)[1]["settings"]["means"]


def test_credentials_that_the_server_refuses_and_a_server_that_is_away(run):
    code, checks = doctor(run, S3_SECRET_KEY="wrong" * 8)
    assert (code, checks["sot"]["finding"]) == (10, "failing") and "freshness" not in checks
    code, checks = doctor(run, S3_ACCESS_KEY="half", S3_SECRET_KEY="")
    assert (code, checks["credentials"]["finding"]) == (10, "failing")
    code, checks = doctor(run, S3_ENDPOINT="http://127.0.0.1:9")
    assert findings(checks)["sot"] == "failing" and findings(checks)["clock"] == "unknown"
    code, checks = doctor(run)
    assert (code, findings(checks)["freshness"], findings(checks)["disk"]) == (10, "failing", "unknown"), "an empty bucket"


class Other(http.server.BaseHTTPRequestHandler):
    """Tells another time than it is, and releases."""

    status = 200
    ahead = 0
    releases = b"{}"

    def do_GET(self):  # noqa: N802
        self.send_response_only(self.status)
        now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.ahead)
        self.send_header("Date", email.utils.format_datetime(now.replace(microsecond=0), usegmt=True))
        self.send_header("Content-Length", str(len(self.releases)))
        self.end_headers()
        self.wfile.write(self.releases)

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture
def other():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.parametrize("ahead, finding, words", [(30, "wanting", "30 s behind"), (-30, "wanting", "30 s ahead of"),
                                                   (4000, "failing", "4000 s behind")])
def test_a_clock_that_is_wrong_is_said(run, other, monkeypatch, ahead, finding, words):
    monkeypatch.setattr(Other, "ahead", ahead)
    clock = doctor(run, S3_ENDPOINT=other)[1]["clock"]
    assert clock["finding"] == finding and any(
        word in clock["means"] for word in (words, words.replace("30", "29"), words.replace("30", "31"), words.replace("4000", "3999")))


@pytest.mark.parametrize("releases, finding", [
    ('[{"tag_name": "v0.0.1"}, {"tag_name": "v99.0.0"}]', "wanting"), ('{"version": "0.0.1"}', "ok"), ("no JSON", "unknown"),
    ('{"tag_name": "nightly"}', "unknown"), ("[" * 3000, "unknown"),
    ('{"version": "99.0.0"' + " " * (1 << 20) + "}", "unknown")])
def test_a_newer_version_is_said_where_one_asks(run, other, monkeypatch, releases, finding):
    monkeypatch.setattr(Other, "releases", releases.encode())
    assert doctor(run, "--releases-url", other)[1]["version"]["finding"] == finding
    assert "version" not in doctor(run)[1]


def test_a_stranger_in_the_servers_place_ends_nothing(run, other, monkeypatch):
    monkeypatch.setattr(Other, "status", 503)
    monkeypatch.setattr(Other, "releases", b'{"detail": 5}')
    run.port_file.write_text(other.rsplit(":", 1)[1])
    server = doctor(run)[1]["server"]
    assert (server["finding"], server["means"]) == ("wanting", "it is not ready")


def test_models_of_other_sql_and_none_are_said(run, days):
    run.publish(days[0])
    (run.folder / "sql").mkdir()
    (run.folder / "sql" / "10_alert__own.sql").write_text("SELECT a.alert_id, 1 AS own  -- one; ≥ 0\nFROM alerts AS a\n")
    (run.folder / "sql" / "10_cluster__own.sql").write_text("SELECT c.cluster_id, 1 AS own  -- one; ≥ 0\nFROM clusters AS c\n")
    text = run.config.read_text()
    run.config.write_text(text.replace("[process]", f'[process]\nfeatures-dir = "{run.folder}/sql"'))
    assert doctor(run)[1]["models"]["finding"] == "wanting"
    run.config.write_text(text.replace('network = "bitcoin"', f'network = "bitcoin"\nmodels-dir = "{run.folder}"'))
    code, checks = doctor(run)
    assert (code, checks["models"]["finding"]) == (10, "failing")


def test_people_read_lines_and_a_wrong_file_is_refused(run):
    done = subprocess.run(run.command("doctor", "--config", run.config), env=run.environment, capture_output=True, text=True)
    assert done.returncode == 10 and "freshness    failing  days of bitcoin" in done.stdout and "→ check `network`" in done.stdout
    run.config.write_text("nonsense = 1")
    done = subprocess.run(run.command("doctor", "--config", run.config), env=run.environment, capture_output=True, text=True)
    assert done.returncode == 2 and not done.stdout
    assert BOB not in done.stderr
