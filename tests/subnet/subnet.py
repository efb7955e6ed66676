"""A whole subnet on this machine: a bucket, honest and dishonest miners, a chain in a file, one validator.

Everything is the real program, except what no honest program would do: two servers that send what they like, and
proxies that are slow. scripts/subnet-demo runs it and prints a table; test_subnet.py holds it to VALIDATION.md.
"""

import json
import pathlib
import socket
import socketserver
import subprocess
import threading
import time
import urllib.request

import duckdb

NETWORK, NETUID, WINDOW = "bitcoin", 7, 7
DEADLINE_S, MAX_MB = 4, 8


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class SlowProxy:
    """Passes bytes on to a port, after a pause at the beginning of each connection."""

    def __init__(self, seconds):
        self.seconds, self.target = seconds, None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        time.sleep(self.seconds)
        try:
            server = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            client.close()
            return
        for a, b in ((client, server), (server, client)):
            threading.Thread(target=self.pump, args=(a, b), daemon=True).start()

    @staticmethod
    def pump(source, target):
        try:
            while data := source.recv(1 << 16):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class FakeMiner:
    """Signs properly and then sends what no API ever made: rubbish, or ten gigabytes."""

    def __init__(self, subnet, name, kind):
        self.subnet, self.name, self.kind, self.sent = subnet, name, kind, 0
        fake = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                try:
                    fake.answer(self.rfile, self.wfile)
                except OSError:
                    pass

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, request, response):
        import hashlib

        line = request.readline().decode().split()
        fields = {}
        while (header := request.readline().decode().strip()) != "":
            name, _, value = header.partition(":")
            fields[name.lower()] = value.strip()
        body = request.read(int(fields.get("content-length", 0)))
        asked = json.loads(body)
        payload = "\n".join(["btauth/1", "sr25519", line[0], line[1], hashlib.sha256(body).hexdigest(),
                             fields["x-bittensor-nonce"], fields["x-bittensor-hotkey"],
                             fields["x-bittensor-receiver"]])
        rubbish = b'{"scores":[{"alert_id":"x","score":0.5,,,]]'
        size = len(rubbish) if self.kind == "malformed" else 10 * 10**9
        now = time.time_ns()
        values = [self.subnet.hotkeys[self.name], hashlib.sha256(payload.encode()).hexdigest(), NETWORK,
                  asked["processing_date"], asked["kind"], asked.get("snapshot_sha256", ""),
                  hashlib.sha256(rubbish).hexdigest(), "1.0.0", str(now)]
        signed = "\n".join(["aml-envelope/1", "sr25519", *values])
        signature = self.subnet.sign(self.name, signed)
        names = ["Hotkey", "Request-Sha256", "Network", "Processing-Date", "Kind", "Snapshot-Sha256", "Body-Sha256",
                 "Model-Version", "Time"]
        head = ["HTTP/1.1 200 OK", "Content-Type: application/json", f"Content-Length: {size}", "X-Aml-Envelope: 1",
                *(f"X-Aml-{name}: {value}" for name, value in zip(names, values)), f"X-Aml-Signature: {signature}"]
        response.write("\r\n".join([*head, "", ""]).encode())
        if self.kind == "malformed":
            response.write(rubbish)
            return
        block = b'{"alert_id":"x","score":0.5,"model_version":"1","latency_ms":1},' * 4096
        while self.sent < size:
            response.write(block)
            self.sent += len(block)


class Subnet:
    """Built step by step in a folder; stop() ends whatever it started."""

    # name → how its scores come about. The days are those that the model learned from.
    HONEST = {"honest-1": [0, 1, 2, 3], "honest-2": [0, 1], "honest-3": [2, 3], "honest-4": [4]}
    # Who trains the stock recipe, as it is, on the day whose truth is published: all get the same model.
    FOLLOWERS = ["follower-1", "follower-2"]
    PUBLIC_DAY = "2025-11-03"

    def __init__(self, aml_miner, folder, store, scale, days=3, training_scale=None, log=lambda text: None):
        self.training_scale = training_scale or scale
        self.program, self.folder, self.store, self.scale, self.log = str(aml_miner), pathlib.Path(folder), store, scale, log
        self.days = [f"2025-11-{10 + i}" for i in range(days)]
        self.running, self.hotkeys, self.proxies, self.fakes = [], {}, {}, {}
        self.wallets, self.chain = self.folder / "wallets", self.folder / "chain.json"
        self.bucket = store.bucket()
        self.environment = store.environment(self.bucket)
        self.names = [*self.HONEST, *self.FOLLOWERS, "baseline", "constant", "copier", "noisy-copier", "late", "latency-liar", "dead",
                      "ten-gigabytes", "malformed"]

    def run(self, *arguments, check=True, **options):
        done = subprocess.run([self.program, "--log-format", "json", *map(str, arguments)], env=self.environment,
                              capture_output=True, text=True, timeout=300, **options)
        if check and done.returncode != 0:
            raise RuntimeError(f"{arguments[0]}: {done.stderr[-3000:]}")
        return done

    def sign(self, name, text):
        file = self.folder / f"to-sign-{name}"
        file.write_text(text)
        out = self.run("wallet", "sign", "--wallet-path", self.wallets, "--wallet", name, "--hotkey", "default",
                       "--file", file).stdout
        return next(word for word in out.replace('"', " ").replace(",", " ").split() if word.startswith("0x"))

    # --- building ---------------------------------------------------------------------------------------------

    def build(self):
        self.make_wallets()
        self.train()
        self.start_miners()

    def make_wallets(self):
        neurons = []
        for uid, name in enumerate(["validator", *self.names]):
            out = self.run("wallet", "create", "--wallet-path", self.wallets, "--wallet", name, "--hotkey", "default",
                           "--dev", f"//{name}").stdout
            words = out.replace('"', " ").replace(",", " ").split()
            self.hotkeys[name] = next(word for word in words if word.startswith("5") and len(word) == 48)
            neurons.append({"uid": uid, "hotkey": self.hotkeys[name], "stake": 10000 if uid == 0 else 0,
                            "validator_permit": uid == 0})
        graph = {"netuid": NETUID, "block": 100, "tempo": 360, "weights_rate_limit": 0, "neurons": neurons}
        self.chain.write_text(json.dumps(graph))

    def name_of(self, hotkey):
        return next(name for name, known in self.hotkeys.items() if known == hotkey)

    def simulate(self, date, seed, scale=None):
        target = self.folder / "simulated" / date
        self.run("simulate", "--network", NETWORK, "--processing-date", date, "--days", WINDOW, "--scale",
                 scale or self.scale,
                 "--seed", seed, "--output-dir", target)
        return target, self.folder / "simulated" / f"{date}.ground_truth" / f"ground_truth_{date}.parquet"

    def train(self):
        self.log("training the honest miners' models, each on days of its own")
        past = [self.simulate(f"2025-10-{20 + i}", 40 + i, self.training_scale) for i in range(5)]
        for name, days in self.HONEST.items():
            arguments = []
            for day in days:
                arguments += ["--input-dir", past[day][0], "--ground-truth", past[day][1]]
            self.run("train", *arguments, "--models-dir", self.folder / "models" / name, "--threads", 1)
        snapshot, truth = self.simulate(self.PUBLIC_DAY, 50, self.training_scale)
        self.run("publish", "--input-dir", snapshot, "--ground-truth", truth, "--sot", self.sot())
        for name in self.FOLLOWERS:
            self.run("train", "--input-dir", snapshot, "--ground-truth", truth, "--models-dir",
                     self.folder / "models" / name, "--threads", 1)

    def start(self, name, *arguments):
        log = open(self.folder / f"{name}.log", "ab")
        process = subprocess.Popen([self.program, "--log-format", "json", *map(str, arguments)], env=self.environment,
                                   stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self.running.append(process)
        return process

    def wait_for_port(self, file, process):
        deadline = time.monotonic() + 30
        while not file.exists():
            assert process.poll() is None and time.monotonic() < deadline, f"no port in {file}"
            time.sleep(0.01)
        return int(file.read_text())

    def start_miners(self):
        self.log("starting serve and mine for each")
        waiting = []
        for name in self.names:
            if name in ("dead", "ten-gigabytes", "malformed"):
                continue
            root = self.folder / "output" / name
            root.mkdir(parents=True, exist_ok=True)
            port_file = self.folder / f"{name}.serve.port"
            serve = self.start(f"{name}.serve", "serve", "--output-root", root, "--port", 0, "--port-file", port_file,
                               "--threads", 1)
            waiting.append((name, port_file, serve))
        for name, port_file, serve in waiting:
            api = self.wait_for_port(port_file, serve)
            pause = {"late": 3600, "copier": 0.7, "noisy-copier": 1.0}.get(name)
            external = []
            if pause:
                self.proxies[name] = SlowProxy(pause)
                external = ["--external-port", self.proxies[name].port]
            mine_port = self.folder / f"{name}.mine.port"
            mine = self.start(f"{name}.mine", "mine", "--api", f"http://127.0.0.1:{api}", "--chain", f"fixture:{self.chain}",
                              "--netuid", NETUID, "--wallet-path", self.wallets, "--wallet", name, "--hotkey", "default",
                              "--host", "127.0.0.1", "--port", 0, "--port-file", mine_port, *external, "--threads", 1, "--rate-limit", 1000)
            port = self.wait_for_port(mine_port, mine)
            if pause:
                self.proxies[name].target = port
        for name in ("ten-gigabytes", "malformed"):
            self.fakes[name] = FakeMiner(self, name, name)
        self.wait_until_announced()
        self.announce("dead", free_port())
        for name, fake in self.fakes.items():
            self.announce(name, fake.port)

    def wait_until_announced(self):
        expected = len(self.names) - 3
        deadline = time.monotonic() + 30
        while True:
            graph = json.loads(self.chain.read_text())
            if sum("port" in neuron for neuron in graph["neurons"]) == expected:
                return
            assert time.monotonic() < deadline, "not every miner announced itself"
            time.sleep(0.05)

    def announce(self, name, port):
        graph = json.loads(self.chain.read_text())
        neuron = next(n for n in graph["neurons"] if n["hotkey"] == self.hotkeys[name])
        neuron["host"], neuron["port"] = "127.0.0.1", port
        aside = self.chain.with_suffix(".new")
        aside.write_text(json.dumps(graph))
        aside.rename(self.chain)

    # --- a day ------------------------------------------------------------------------------------------------

    def sot(self):
        return f"s3://{self.bucket}/snapshots"

    def publish_day(self, index):
        """The day appears in the bucket, and every miner that works has it processed."""
        date = self.days[index]
        self.log(f"{date}: the day is published, downloaded and processed by every miner")
        snapshot, _ = self.simulate(date, 70 + index)
        self.run("publish", "--input-dir", snapshot, "--sot", self.sot())
        shared = self.folder / "input" / date
        self.run("download", "--network", NETWORK, "--processing-date", date, "--days", WINDOW, "--output-dir", shared,
                 "--sot", self.sot())
        for name in [*self.HONEST, *self.FOLLOWERS, "baseline"]:
            models = [] if name == "baseline" else ["--models-dir", self.folder / "models" / name]
            self.run("process", "--input-dir", shared, "--output-dir", self.folder / "output" / name / date, *models,
                     "--threads", 2)
        self.derive("constant", "baseline", date, "0.5", "latency_ms")
        self.derive("copier", "honest-1", date, "score", "latency_ms")
        noisy = "1 / (1 + exp(-(ln(score / (1 - score)) + 0.05 * sqrt(-2 * ln(random())) * cos(2 * pi() * random()))))"
        self.derive("noisy-copier", "honest-2", date, noisy, "latency_ms")
        self.derive("late", "honest-3", date, "score * 0.9", "latency_ms")
        self.derive("latency-liar", "honest-4", date, "score", "0.0")

    def derive(self, name, source, date, score, latency):
        """The batch of one miner with its scores or latencies replaced."""
        target = self.folder / "output" / name / date
        aside = target.with_name(f".{date}.staging")
        aside.mkdir(parents=True)
        origin = self.folder / "output" / source / date
        for file in origin.iterdir():
            (aside / file.name).write_bytes(file.read_bytes())
        connection = duckdb.connect()
        connection.execute("SELECT setseed(0.5)")
        connection.execute(f"""COPY (SELECT alert_id, CAST({score} AS DOUBLE) AS score, model_version,
            CAST({latency} AS DOUBLE) AS latency_ms, explain_json FROM read_parquet('{origin}/alerts_scored.parquet')
            ORDER BY alert_id) TO '{aside}/alerts_scored.parquet' (FORMAT parquet, COMPRESSION zstd)""")
        aside.rename(target)

    def publish_truth(self, index):
        date = self.days[index]
        folder = self.folder / "simulated"
        truth = folder / f"{date}.ground_truth" / f"ground_truth_{date}.parquet"
        self.run("publish", "--input-dir", folder / date, "--ground-truth", truth, "--sot", self.sot())

    # --- the validator ----------------------------------------------------------------------------------------

    def validator_arguments(self, *more, data_dir=None, deadline=DEADLINE_S):
        return ["validate", "--network", NETWORK, "--days", WINDOW, "--sot", self.sot(), "--data-dir",
                data_dir or self.folder / "validator", "--wallet-path", self.wallets, "--wallet", "validator", "--hotkey",
                "default", "--chain", f"fixture:{self.chain}", "--netuid", NETUID, "--deadline", deadline, "--max-mb",
                MAX_MB, "--allow-private-miners", "--ask-window", 0, "--attempts", 2, "--threads", 2, "--burn-uid", 0,
                "--ensemble-tokens", "everyone", *more]

    def validate(self, *more, check=True, data_dir=None, deadline=DEADLINE_S):
        return self.run(*self.validator_arguments(*more, data_dir=data_dir, deadline=deadline), check=check)

    def start_validator(self):
        """The daemon with its API; returns the API's address."""
        port_file = self.folder / "validator.port"
        process = self.start("validator", *self.validator_arguments("--port", 0, "--port-file", port_file, "--poll", 1))
        self.api = f"http://127.0.0.1:{self.wait_for_port(port_file, process)}"
        return self.api

    def get(self, path):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.api + path, timeout=30) as answer:
            return json.load(answer)

    def stop(self):
        for process in self.running:
            process.terminate()
        for process in self.running:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def run_all(self):
        """Every day, then the truth of all; leaves the validator's API running."""
        self.build()
        for index, date in enumerate(self.days):
            self.publish_day(index)
            self.log(f"{date}: the validator asks, judges and weighs")
            self.validate("--date", date)
        self.log("the truth of all days appears")
        for index in range(len(self.days)):
            self.publish_truth(index)
        self.validate("--once")
        self.start_validator()


def explanation(verdict):
    """Why a miner has its score, in a few words."""
    if verdict["copy_of"]:
        rule = next(c["reason"].split()[0] for c in verdict["checks"] if c["name"] == "copied")
        return f"copy of {{copy_of}} ({rule})"
    failed = [c for c in verdict["checks"] if not c["passed"]]
    if not failed:
        return "all checks hold"
    return "; ".join(f"{c['name']}: {c['reason']}" if c["reason"] else c["name"] for c in failed)


def table(subnet):
    """A Markdown row per miner: each day's score, quality, and why."""
    rankings = subnet.get("/miners/rankings")["miners"]
    days = {date: {m["hotkey"]: m for m in subnet.get(f"/validation/{date}")["miners"]} for date in subnet.days}
    lines = ["| miner | " + " | ".join(subnet.days) + " | AUC-ROC | AUC-PR | quality | why |",
             "|---" * (len(subnet.days) + 5) + "|"]
    for row in rankings:
        hotkey = row["hotkey"]
        verdicts = [days[date][hotkey] for date in subnet.days]
        truths = [v["ground_truth"] for v in verdicts if v["ground_truth"]]
        mean = lambda key: f"{sum(t[key] for t in truths) / len(truths):.3f}" if truths else ""
        why = explanation(verdicts[-1])
        if verdicts[-1]["copy_of"]:
            why = why.format(copy_of=subnet.name_of(verdicts[-1]["copy_of"]))
        for name, known in subnet.hotkeys.items():
            why = why.replace(known, name)
        cells = [subnet.name_of(hotkey), *(f"{v['final_score']:.3f}" for v in verdicts), mean("auc_roc"), mean("auc_pr"),
                 f"{row['quality']:.3f}", why[:110]]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
