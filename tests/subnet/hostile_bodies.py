"""What a bad miner may sign and send whole: envelopes and bodies in which one thing is wrong."""

from hostile import SECRET


# --- the envelope ---------------------------------------------------------------------------------------------------


def no_envelope(exchange):
    body = exchange.miner.body()
    exchange.read().head(fields=[("Content-Length", len(body))])
    exchange.send(body)


def envelope_with(**changed):
    def kind(exchange):
        exchange.answer(exchange.miner.body(), **changed)

    return kind


def as_another_miner(exchange):
    other = exchange.miner.facts["victim"]
    exchange.answer(exchange.miner.body(), hotkey=other, signer=other)


def signed_by_another(exchange):
    exchange.answer(exchange.miner.body(), signer=exchange.miner.facts["victim"])


def signature_of_nothing(exchange):
    body = exchange.miner.body()
    fields = dict(exchange.read().envelope(body))
    fields["X-Aml-Signature"] = "0x" + "00" * 64
    exchange.head(fields=[*fields.items(), ("Content-Length", len(body))])
    exchange.send(body)


def replays_an_older_answer(exchange):
    body = exchange.miner.body()
    exchange.read()
    exchange.payload = exchange.payload.replace("POST", "GET")
    exchange.head(fields=[*exchange.envelope(body), ("Content-Length", len(body))])
    exchange.send(body)


def sends_another_body_than_it_signed(exchange):
    body = exchange.miner.body()
    exchange.answer(body, coded=body.replace(b"0.5}", b"0.6}"))


def envelope_twice(exchange):
    body = exchange.miner.body()
    fields = exchange.read().envelope(body)
    exchange.head(fields=[*fields, *fields, ("Content-Length", len(body))])
    exchange.send(body)


# --- the body -------------------------------------------------------------------------------------------------------


def body(make):
    """Signed and whole: what the miner says is what is wrong."""

    def kind(exchange):
        exchange.answer(make(exchange.miner))

    return kind


def text(words):
    return body(lambda miner: words.encode() if isinstance(words, str) else words)


def each_row(**changed):
    return body(lambda miner: miner.body([{**row, **changed} for row in miner.rows()]))


def first_row(literal):
    """The first row's score as JSON that Python would not write."""

    def make(miner):
        rows = miner.rows()
        rows[0]["score"] = "HERE"
        return miner.body(rows).replace(b'"HERE"', literal.encode())

    return body(make)


def latency(literal):
    return body(lambda miner: miner.body().replace(b'"latency_ms": 0.5', b'"latency_ms": ' + literal.encode()))


def changes_its_mind(exchange):
    shift = exchange.miner.asked * 0.001
    exchange.answer(exchange.miner.body([{**row, "score": min(1, row["score"] + shift)} for row in exchange.miner.rows()]))


BODIES = {
    # the envelope
    "no envelope": no_envelope,
    "as another miner": as_another_miner,
    "signed by another": signed_by_another,
    "signature of nothing": signature_of_nothing,
    "replays an older answer": replays_an_older_answer,
    "another body than it signed": sends_another_body_than_it_signed,
    "envelope twice": envelope_twice,
    "envelope of another day": envelope_with(processing_date="2025-01-01"),
    "envelope of another kind": envelope_with(kind="cluster_scores"),
    "envelope of another snapshot": envelope_with(snapshot_sha256="ab" * 32),
    "envelope without time": envelope_with(time="0"),
    "envelope of a time before 1970": envelope_with(time="-5"),
    "envelope with a long version": envelope_with(model_version="1" * 5000),
    "envelope that is not ASCII": envelope_with(model_version="vérsion"),
    # the body
    "sends a page": text("<html>" + SECRET + "</html>"),
    "sends nothing": text(""),
    "sends a list": text("[]"),
    "sends no rows": text('{"rows": []}'),
    "sends an empty list": body(lambda miner: miner.body([])),
    "sends two lists": text('{"scores": [], "scores": []}'),
    "nests a hundred thousand deep": text("[" * 100_000 + "]" * 100_000),
    "nests within a row": body(lambda miner: b'{"scores":[{"x":' + b"[" * 5000 + b"]" * 5000 + b"}]}"),
    "bytes that are no text": text(b'{"scores":[{"alert_id":"\xff\xfe"}]}'),
    "UTF-16": body(lambda miner: miner.body().decode().encode("utf-16")),
    "half a character": text('{"scores":[{"alert_id":"\\ud800"}]}'),
    "a byte order mark": body(lambda miner: b"\xef\xbb\xbf" + miner.body()),
    "zero bytes behind it": body(lambda miner: miner.body() + b"\0" * 100),
    "another document behind it": body(lambda miner: miner.body() * 2),
    "another day": body(lambda miner: miner.body(processing_date="2025-01-01")),
    "a day of a megabyte": body(lambda miner: miner.body(processing_date="2" * 1_000_000)),
    "half of the alerts": body(lambda miner: miner.body(miner.rows()[::2])),
    "each alert twice": body(lambda miner: miner.body(miner.rows() * 2)),
    "a hundred times the rows": body(lambda miner: miner.body(miner.rows() * 100)),
    "alerts that are none": each_row(alert_id="nobody\x1b[2J"),
    "alerts with long names": each_row(alert_id="x" * 100_000),
    "alerts that are numbers": each_row(alert_id=7),
    "scores as text": each_row(score="0.5"),
    "scores of null": each_row(score=None),
    "scores as lists": each_row(score=[0.5]),
    "scores above 1": each_row(score=1.5),
    "scores below 0": each_row(score=-1e-9),
    "a score of NaN": first_row("NaN"),
    "a score of Infinity": first_row("Infinity"),
    "a score of 1e999": first_row("1e999"),
    "a score in hex": first_row("0x1p-1"),
    "a score with a plus": first_row("+0.5"),
    "latencies of 1e308": latency("1e308"),
    "latencies of 1e999": latency("1e999"),
    "latencies of 0": latency("0"),
    "latencies below 0": latency("-1"),
    "latencies of null": latency("null"),
    "latencies of a second": latency("1000"),
    "versions that are none": each_row(model_version=None),
    "rows that are lists": body(lambda miner: miner.body([list(row.values()) for row in miner.rows()])),
    "rows with a field twice": body(lambda miner: miner.body().replace(b'"score":', b'"score": 0.9, "score":')),
    "explanations of megabytes": each_row(explain_json="x" * 100_000),
    "changes its mind": changes_its_mind,
    "scores of one half": each_row(score=0.5),
}
