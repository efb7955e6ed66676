"""`run` with retrain: where truth has appeared a challenger is trained, and takes the champion's place only where later days say so."""

import http.server
import json
import os
import shlex
import shutil
import signal
import subprocess
import threading

import duckdb
import pytest

DAYS = ["2025-11-01", "2025-11-02", "2025-11-05", "2025-11-06"]
SCALE = "0.03"


def shuffled(truth, target):
    """The same labels, of other alerts."""
    duckdb.sql(f"""
        COPY (SELECT a.alert_id, b.is_sar_filed FROM
              (SELECT alert_id, row_number() OVER (ORDER BY hash(alert_id)) AS n FROM '{truth}') a
              JOIN (SELECT is_sar_filed, row_number() OVER (ORDER BY alert_id) AS n FROM '{truth}') b
              USING (n)) TO '{target}' (FORMAT parquet)""")
    return target


@pytest.fixture(scope="session")
def labelled(aml_miner, tmp_path_factory):
    """Days with their truth, and models of the first: `good`, and `bad` that learned from shuffled labels."""
    folder = tmp_path_factory.mktemp("labelled")
    for date in DAYS:
        subprocess.run([aml_miner, "simulate", "--network", "bitcoin", "--processing-date", date, "--days", "7", "--scale", SCALE,
                        "--seed", "5", "--output-dir", folder / date], check=True, capture_output=True)
        [truth] = (folder / f"{date}.ground_truth").iterdir()
        truth.rename(folder / f"ground_truth_{date}.parquet")
    first = folder / f"ground_truth_{DAYS[0]}.parquet"
    for name, truth in (("good", first), ("bad", shuffled(first, folder / "shuffled.parquet"))):
        subprocess.run([aml_miner, "train", "--input-dir", folder / DAYS[0], "--ground-truth", truth, "--models-dir", folder / name,
                        "--param", "num_iterations=30", "--threads", "1"], check=True, capture_output=True)
    return folder


class Retraining:
    def __init__(self, run, labelled, folder):
        self.run, self.labelled, self.models = run, labelled, folder / "models"

    def begin(self, champion, *more, promote="auto", iterations=30):
        shutil.copytree(self.labelled / champion, self.models)
        self.configure(*more, promote=promote, iterations=iterations)

    def configure(self, *more, promote="auto", iterations=30):
        self.run.configure(f'models-dir = "{self.models}"', more=[
            "[stages]", "nice = 0", "[train]", 'retrain = "daily"', f'promote = "{promote}"', "judged-days = 2", "threads = 1",
            f'param = ["num_iterations={iterations}"]', *more])

    def publish(self, *days, truth=None):
        for day in days:
            with_truth = ["--ground-truth", truth(day) if truth else self.labelled / f"ground_truth_{day}.parquet"]
            subprocess.run(self.run.command("publish", "--input-dir", self.labelled / day, *with_truth), env=self.run.environment,
                           check=True, capture_output=True)

    def champion(self):
        file = self.models / "champion"
        return file.read_text().strip() if file.exists() else "1.0.0"

    def state(self):
        return json.loads((self.run.folder / "output" / ".service" / "training.json").read_text())

    def challengers(self):
        folder = self.run.folder / "output" / ".service" / "challengers"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.fixture
def retraining(run, labelled, tmp_path):
    return Retraining(run, labelled, tmp_path)


def test_a_better_one_is_promoted_and_nothing_is_trained_without_new_truth(retraining, run, tmp_path):
    retraining.begin("bad")
    retraining.publish(*DAYS)
    assert run.once() == 0
    assert retraining.champion() == "1.0.1" and retraining.challengers() == ["1.0.1"]
    begun = next(line for line in run.log() if line["message"] == "a challenger is trained")
    assert (begun["from"], begun["to"], begun["judged_from"], begun["judged_to"]) == tuple(DAYS)
    card = json.loads((retraining.models / "alert_scorer_v1.0.1.json").read_text())
    assert [day["processing_date"] for day in card["training_data"]] == DAYS[:2]

    # A day later there is no new truth.
    age_a_day(run)
    before = retraining.state()
    assert run.once() == 0 and run.count("a challenger is trained") == 0
    assert retraining.state() == before

    # The SOT corrects one, which is new truth.
    corrected = shuffled(retraining.labelled / f"ground_truth_{DAYS[0]}.parquet", tmp_path / f"ground_truth_{DAYS[0]}.parquet")
    retraining.publish(DAYS[0], truth=lambda _: corrected)
    assert run.once() == 0 and run.count("a challenger is trained") == 1
    assert (run.folder / "input" / DAYS[0] / corrected.name).read_bytes() == corrected.read_bytes()


def age_a_day(run):
    """The last training was long ago."""
    file = run.folder / "output" / ".service" / "training.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "trained_at": 5}))


def test_a_worse_one_is_not(retraining, run, tmp_path):
    retraining.begin("good")
    wrong = DAYS[:2]
    retraining.publish(*DAYS, truth=lambda day: (
        shuffled(retraining.labelled / f"ground_truth_{day}.parquet", tmp_path / f"ground_truth_{day}.parquet") if day in wrong
        else retraining.labelled / f"ground_truth_{day}.parquet"))
    before = {path.name: path.read_bytes() for path in retraining.models.iterdir() if path.is_file()}
    assert run.once() == 0
    assert run.count("the challenger is not promoted") == 1
    assert retraining.state()["outcome"] in ("refused", "undecided")
    assert {path.name: path.read_bytes() for path in retraining.models.iterdir() if path.is_file()} == before


class Listener(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def listener():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        server.told = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_one_that_waits_says_the_command_that_promotes_it(retraining, run, listener, aml_miner):
    retraining.begin("bad", "[webhooks]", f'url = "http://127.0.0.1:{listener.server_port}/"', 'events = ["challenger.ready"]', promote="ask")
    retraining.publish(*DAYS)
    assert run.once() == 0
    assert retraining.champion() == "1.0.0"
    [line] = [line for line in run.log() if line["message"].startswith("a better challenger waits")]
    [told] = listener.told
    assert told["event"] == "challenger.ready" and told["processing_date"] == DAYS[-1] and line["command"] in told["reason"]
    said = subprocess.run(run.command("doctor", "--config", run.config, "--json"), env=run.environment, capture_output=True, text=True).stdout
    [check] = [check for check in json.loads(said)["checks"] if check["name"] == "training"]
    assert check["finding"] == "wanting" and check["to_do"] == line["command"]
    words = shlex.split(line["command"])
    assert words[:2] == ["aml-miner", "promote"]
    done = subprocess.run([str(aml_miner), *words[1:]], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert retraining.champion() == "1.0.1"
    assert run.once() == 0 and retraining.state()["outcome"] == "promoted"


def training_process(run):
    """The process that trains, where there is one."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as stat, open(f"/proc/{pid}/cmdline", "rb") as command:
                if stat.read().rsplit(")", 1)[1].split()[1] == str(run.process.pid) and b"train" in command.read().split(b"\0"):
                    return int(pid)
        except OSError:
            continue
    return None


def test_killed_while_it_trains_it_trains_again_and_days_go_on(retraining, run):
    retraining.begin("bad", iterations=3000)
    retraining.publish(*DAYS)
    run.start()
    run.wait_for(lambda: training_process(run))
    run.kill()
    assert retraining.champion() == "1.0.0"
    assert retraining.state()["is_running"] and retraining.state()["outcome"] == ""

    # Begun at once again; then the training alone is killed, as where memory is short.
    run.start()
    training = run.wait_for(lambda: training_process(run))
    os.kill(training, signal.SIGKILL)
    trained = run.count("a challenger is trained")
    run.wait_for(lambda: run.count("the training failed") == 1)
    run.wait_for(lambda: (run.get("/dates/latest")[1] or {}).get("latest_date") == DAYS[-1])  # its server begins meanwhile
    assert retraining.champion() == "1.0.0" and retraining.challengers() == []
    failed = next(line for line in run.log() if line["message"].startswith("the training failed"))
    assert failed["exit_code"] == 137 and failed["pause_seconds"] >= 60
    assert run.count("a challenger is trained") == trained, "it pauses"
    retraining.configure(iterations=30)
    run.process.send_signal(signal.SIGHUP)  # which ends the pause
    run.wait_for(lambda: run.count("the challenger is the champion now") == 1)
    assert retraining.champion() == "1.0.1"


def test_challengers_are_few_and_inputs_of_a_training_go_with_a_warning(retraining, run, tmp_path):
    retraining.begin("bad", "keep-challengers = 1", promote="ask")
    retraining.publish(*DAYS)
    assert run.once() == 0 and retraining.challengers() == ["1.0.1"]
    # A truth is corrected, which is new truth; one that lies in the root counts.
    truth = run.folder / "input" / DAYS[0] / f"ground_truth_{DAYS[0]}.parquet"
    duckdb.sql(f"COPY (SELECT * FROM '{truth}' LIMIT 60) TO '{tmp_path}/fewer.parquet' (FORMAT parquet)")
    truth.unlink()
    shutil.copy(tmp_path / "fewer.parquet", run.folder / "input" / truth.name)
    age_a_day(run)
    retraining.configure("keep-challengers = 1", "[retention]", "input-days = 4", promote="ask")
    assert run.once() == 0 and retraining.challengers() == ["1.0.2"]
    warned = [line["processing_date"] for line in run.log() if line["message"].startswith("an input goes that a training would read")]
    assert warned == DAYS[:1] and not (run.folder / "input" / DAYS[0]).exists()
