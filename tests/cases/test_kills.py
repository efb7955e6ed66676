"""A server that dies at any moment has lost nothing that it said was done."""

import json
import os
import random
import signal
import subprocess
import threading
import time

from casework import DAY

KILLS = int(os.environ.get("CASES_KILLS", "12" if os.environ.get("CI") == "true" else "4"))


def test_kill_9_loses_nothing(aml_miner, start, file, table):
    """Two people decide while the server is killed again and again: what was answered is there, and the trail holds."""
    luck = random.Random(7)
    done = {}
    ids = list(table["alert_id"])
    for _ in range(KILLS):
        server = start("--stop-timeout", "1")
        ending = threading.Event()

        def work(name, mine):
            person = server.person(name)
            while mine and not ending.is_set():
                alert = mine.pop()
                verdict = "report" if len(done) % 2 else "no_report"
                try:
                    answer = person.decide(alert, verdict, version=person.version(), note="n" * 500)
                except (OSError, ValueError, TypeError):
                    return  # it is dead: whether this one was written nobody promised
                if answer.status == 200:
                    done[alert] = (name, verdict)
                elif answer.status != 409:
                    assert answer.status == 412, answer.body  # the version was asked for before the other's entry

        share = [ids.pop() for _ in range(min(60, len(ids)))]
        people = [threading.Thread(target=work, args=(name, share[at::2])) for at, name in enumerate(("anna", "ben"))]
        for thread in people:
            thread.start()
        before = len(done)
        while len(done) == before and any(thread.is_alive() for thread in people):
            time.sleep(0.005)
        time.sleep(luck.uniform(0, 0.2))
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        ending.set()
        for thread in people:
            thread.join()
    assert len(done) >= KILLS
    server = start()
    states = {state["alert_id"]: (state["author"], state["verdict"]) for state in server.person("anna").get(f"/cases/days/{DAY}").json()["alerts"]}
    assert {alert: states.get(alert) for alert in done} == done
    assert len(states) - len(done) <= 2 * KILLS  # those whose answer was under way
    said = subprocess.run([aml_miner, "cases", "verify", "--cases", file], capture_output=True, text=True, check=True).stdout
    assert json.loads(said)["entries"] == len(states)
