"""One `run` and one server for two networks."""

import json
import subprocess

import pytest


@pytest.fixture
def two(aml_miner, run, made, tmp_path):
    """A day of bitcoin, and the same day of tron with other alerts, in the SOT."""
    tron = tmp_path / "tron" / "2025-10-25"
    subprocess.run([aml_miner, "simulate", "--network", "tron", "--processing-date", "2025-10-25", "--days", "7", "--scale", "0.002", "--seed", "9",
                    "--output-dir", tron], check=True, capture_output=True)
    run.publish(made[0])
    run.publish(tron)
    configure(run, ["bitcoin", "tron"])
    return run


def configure(run, networks):
    run.configure(more=["[stages]", "nice = 0"])
    text = run.config.read_text().replace('network = "bitcoin"', f"networks = {json.dumps(networks)}")
    run.config.write_text(text)


def test_each_is_processed_into_its_folder_and_served_by_its_name(two):
    two.start()
    two.wait_for(lambda: two.get("/tron/dates/latest")[0] == 200 and two.get("/bitcoin/dates/latest")[0] == 200)
    alerts = {}
    for name in ("bitcoin", "tron"):
        assert (two.folder / "output" / name / "2025-10-25" / "metadata.json").exists()
        two.wait_for((two.folder / "input" / name / "kept" / "2025-10-25.parquet").exists)  # it is written right after
        for path in (f"/{name}/scores/alerts/latest", f"/scores/alerts/latest?network={name}"):
            status, answer = two.get(path)
            assert status == 200 and answer["network"] == name
            alerts[name] = {row["alert_id"] for row in answer["scores"]}
    assert not alerts["bitcoin"] & alerts["tron"]
    assert two.get("/networks")[1] == {"networks": ["bitcoin", "tron"], "network": "bitcoin"}
    assert two.get("/scores/alerts/latest?network=solana")[0] == 404

    # One is taken away, with the server started anew.
    configure(two, ["tron"])
    two.process.send_signal(1)
    two.wait_for(lambda: two.get("/networks")[1] == {"networks": ["tron"], "network": "tron"})
    assert two.get("/dates/latest")[0] == 200


def test_a_network_that_fails_stands_in_no_other_ones_way(two):
    (two.folder / "output").mkdir()
    (two.folder / "output" / "bitcoin").write_text("a file in the place of its folder")
    assert two.once() != 0
    assert (two.folder / "output" / "tron" / "2025-10-25" / "metadata.json").exists()
    said = subprocess.run(two.command("doctor", "--config", two.config, "--json"), env=two.environment, capture_output=True, text=True).stdout
    names = {check["name"] for check in json.loads(said)["checks"]}
    assert {"sot of bitcoin", "sot of tron", "settings"} <= names


@pytest.mark.parametrize("options, reason", [
    (["--networks", "bitcoin,bitcoin"], "more than once"),
    (["--networks", "scores"], "how a path of the server begins"),
    (["--networks", ",".join(f"n{i}" for i in range(17))], "at most 16"),
    (["--networks", "bitcoin", "--cases", "cases.sqlite"], "one network"),
])
def test_serve_refuses_what_it_cannot_tell_apart(run, tmp_path, options, reason):
    done = subprocess.run(run.command("serve", "--output-root", tmp_path, "--port", "0", *options), capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and reason in done.stdout + done.stderr
