"""A miner that does to each question what its kind does: hostile_kinds.py has the kinds."""

import hashlib
import json
import socket
import threading
import time

FIELDS = ["Hotkey", "Request-Sha256", "Network", "Processing-Date", "Kind", "Snapshot-Sha256", "Body-Sha256",
          "Model-Version", "Time"]
PATIENCE_S = 20
# Stands in many an answer; nothing the validator publishes may hold it.
SECRET = "what-an-internal-service-says"


class Exchange:
    """One connection of the validator to one miner."""

    def __init__(self, connection, miner):
        self.connection, self.miner = connection, miner
        self.file = connection.makefile("rb")

    def line(self):
        """One line of a head without its end."""
        line = self.file.readline()
        if not line.endswith(b"\n"):
            raise ConnectionError("the validator hung up")
        return line.decode().strip()

    def read(self):
        """Reads the request; what was signed of it. ConnectionError where the validator hung up before its head ended."""
        line = self.line().split()
        self.fields = {}
        while (header := self.line()) != "":
            name, _, value = header.partition(":")
            self.fields[name.lower()] = value.strip()
        body = self.file.read(int(self.fields.get("content-length", 0)))
        self.asked = json.loads(body)
        signed = ["x-bittensor-nonce", "x-bittensor-hotkey", "x-bittensor-receiver"]
        if missing := [name for name in signed if name not in self.fields]:
            # What a damaged ledger makes of a request: no miner answers that.
            raise ConnectionError(f"the request lacks {', '.join(missing)}")
        self.payload = "\n".join(["btauth/1", "sr25519", line[0], line[1], hashlib.sha256(body).hexdigest(),
                                  *(self.fields[name] for name in signed)])
        return self

    def envelope(self, body, signer=None, **changed):
        """The header fields of an answer; `changed` by name in lower case, after or before it was signed."""
        values = {"hotkey": self.miner.hotkey, "request-sha256": hashlib.sha256(self.payload.encode()).hexdigest(),
                  "network": "bitcoin", "processing-date": self.asked["processing_date"], "kind": self.asked["kind"],
                  "snapshot-sha256": self.asked.get("snapshot_sha256", ""),
                  "body-sha256": hashlib.sha256(body).hexdigest(), "model-version": "1.0.0", "time": str(time.time_ns())}
        values.update({name.replace("_", "-"): value for name, value in changed.items()})
        signed = "\n".join(["aml-envelope/1", "sr25519", *(values[name.lower()] for name in FIELDS)])
        signature = self.miner.sign(signed, signer)
        return [("X-Aml-Envelope", "1"), *((f"X-Aml-{name}", values[name.lower()]) for name in FIELDS),
                ("X-Aml-Signature", signature)]

    def send(self, *pieces):
        for piece in pieces:
            self.connection.sendall(piece if isinstance(piece, bytes) else piece.encode())

    def head(self, status="200 OK", fields=()):
        self.send("\r\n".join([f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields), "", ""]))

    def answer(self, body, status="200 OK", fields=(), coded=None, **envelope):
        """A signed answer, whole; `coded` is what goes over the wire."""
        self.read()
        coded = body if coded is None else coded
        self.head(status, [*self.envelope(body, **envelope), ("Content-Length", len(coded)), *fields])
        self.send(coded)

    def flood(self, piece):
        """The same again and again, until the validator has enough."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            self.send(piece)
            time.sleep(0.002)  # others are to have their say meanwhile

    def drip(self, data):
        """A byte at a time."""
        for byte in data:
            self.send(bytes([byte]))
            time.sleep(0.2)

    def wait(self):
        """Until the validator hangs up."""
        self.connection.settimeout(PATIENCE_S)
        try:
            while self.connection.recv(65536):
                pass
        except OSError:
            pass


class HostileMiner:
    """Listens on a port of its own and does to each connection what its kind does."""

    def __init__(self, hotkey, kind, facts, sign):
        self.hotkey, self.kind, self.facts, self.signer = hotkey, kind, facts, sign
        self.asked = 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def sign(self, text, other=None):
        return self.signer(other or self.hotkey, text)

    def accept(self):
        while True:
            connection, _ = self.listener.accept()
            self.asked += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        exchange = Exchange(connection, self)
        try:
            self.kind(exchange)
        except OSError:
            pass
        finally:
            exchange.file.close()
            connection.close()

    def rows(self):
        return [{"alert_id": alert, "score": score, "model_version": "1.0.0", "latency_ms": 0.5}
                for alert, score in self.facts["scores"]]

    def body(self, rows=None, **members):
        """An honest answer's body, but for what is given."""
        rows = self.rows() if rows is None else rows
        return json.dumps({"processing_date": self.facts["date"], "scores": rows, **members}).encode()
