"""`run` with [mine]: one service is the whole miner, from the SOT to validators' questions."""

import datetime
import os
import signal
import socket

import pytest

from whole_miner import WholeMiner

TODAY = datetime.datetime.now(datetime.timezone.utc).date().isoformat()


@pytest.fixture
def whole(run, aml_miner):
    return WholeMiner(run, aml_miner)


def test_a_day_is_committed_held_back_and_given_to_validators(whole, run, simulate, tmp_path):
    run.publish(simulate(TODAY, tmp_path / "made"))
    run.start()
    run.wait_for(lambda: whole.info().get("commitments", {}).get(TODAY, {}).get("state") == "committed")
    assert run.get("/dates/available")[1]["dates"] == [], "to strangers the day is not there"
    assert whole.ask(TODAY).returncode == 4
    # The token is nobody's who looks at the list of processes.
    token = (run.folder / "output" / ".service" / "embargo-token").read_text().strip()
    assert not any(token in word for _, words in whole.processes().values() for word in words)
    assert (run.folder / "output" / ".service" / "embargo-token").stat().st_mode & 0o077 == 0

    whole.pass_days(3)
    run.wait_for(lambda: whole.ask(TODAY).returncode == 0)

    # Both come again, and the miner finds the server wherever it listens now.
    before = run.port_file.read_text()
    os.kill(whole.processes()["serve"][0], signal.SIGKILL)
    run.wait_for(lambda: run.port_file.read_text() not in ("", before) and run.get("/healthz")[0] == 200)
    run.wait_for(lambda: "mine" in whole.processes() and TODAY in whole.info().get("dates", []))
    os.kill(whole.processes()["mine"][0], signal.SIGKILL)
    run.wait_for(lambda: run.count("the miner ended, and is started again") == 1)
    run.wait_for(lambda: TODAY in whole.info().get("dates", []) and whole.ask(TODAY).returncode == 0)
    run.stop()
    assert whole.info() == {}


def test_a_miner_that_cannot_start_stands_in_nothings_way(run, aml_miner, days):
    with socket.create_server(("127.0.0.1", 0)) as other:
        WholeMiner(run, aml_miner, port=other.getsockname()[1])
        run.publish(days[0])
        run.start()
        run.wait_for(lambda: run.get("/dates/latest")[0] == 200)
        run.wait_for(lambda: run.count("the miner ended, and is started again") >= 1)
    assert next(line for line in run.log() if line["message"].startswith("the miner ended"))["exit_code"] not in (0, 2)


def test_a_miner_that_no_start_could_mend_is_refused_with_the_configuration(run, aml_miner):
    WholeMiner(run, aml_miner, 'external-ip = "0.0.0.0"')
    assert run.once() == 2
    assert "--external-ip 0.0.0.0" in run.log()[-1]["message"]
