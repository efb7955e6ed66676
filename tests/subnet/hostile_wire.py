"""What a bad miner may do to a connection, to HTTP and to the coding of a body."""

import functools
import gzip
import os
import socket
import struct
import time
import zlib

import pyarrow

from hostile import PATIENCE_S, SECRET


# --- the connection -------------------------------------------------------------------------------------------------


def closes_at_once(exchange):
    pass


def resets(exchange):
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def says_nothing(exchange):
    exchange.wait()


def reads_nothing(exchange):
    time.sleep(PATIENCE_S)


def speaks_another_protocol(exchange):
    exchange.send(b"SSH-2.0-OpenSSH_9.6\r\n" + os.urandom(1000))
    exchange.wait()


def speaks_http_09(exchange):
    exchange.read()
    exchange.send(exchange.miner.body())


def answers_before_it_was_asked(exchange):
    exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    exchange.wait()


def closes_within_the_head(exchange):
    exchange.read().send("HTTP/1.1 200 OK\r\nX-Aml-Env")


def answers_only_the_head(exchange):
    exchange.read().head(fields=[("Content-Length", 100)])
    exchange.wait()


# --- the head -------------------------------------------------------------------------------------------------------


def endless_header_lines(exchange):
    exchange.read().send("HTTP/1.1 200 OK\r\n")
    exchange.flood("X-More: and more\r\n" * 100)


def endless_header_value(exchange):
    exchange.read().send("HTTP/1.1 200 OK\r\nX-More: ")
    exchange.flood("x" * 65536)


def endless_continues(exchange):
    exchange.read()
    exchange.flood("HTTP/1.1 100 Continue\r\n\r\n")


def drips_its_head(exchange):
    exchange.read().drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")


def zero_byte_in_the_head(exchange):
    exchange.read().send(b"HTTP/1.1 200 OK\r\nX-Zero: a\0b\r\nContent-Length: 2\r\n\r\n{}")


def status_that_is_none(exchange):
    exchange.read().send("HTTP/1.1 abc OK\r\nContent-Length: 2\r\n\r\n{}")


def status_999(exchange):
    exchange.read().head("999 Odd", [("Content-Length", 2)])
    exchange.send("{}")


def lengths_that_differ(exchange):
    exchange.read().head(fields=[("Content-Length", 2), ("Content-Length", 3)])
    exchange.send("{}")


def negative_length(exchange):
    exchange.read().head(fields=[("Content-Length", -1)])
    exchange.send("{}")


def huge_length(exchange):
    body = exchange.miner.body()
    exchange.read().head(fields=[*exchange.envelope(body), ("Content-Length", 10**18)])
    exchange.send(body)
    exchange.wait()


def unknown_transfer_coding(exchange):
    body = exchange.miner.body()
    exchange.read().head(fields=[*exchange.envelope(body), ("Transfer-Encoding", "rot13")])
    exchange.send(body)


def redirects_to_the_metadata_service(exchange):
    exchange.read().head("302 Found", [("Location", "http://169.254.169.254/latest/meta-data/"), ("Content-Length", 0)])


def redirects_to_itself(exchange):
    exchange.read().head("307 Temporary Redirect",
                         [("Location", f"http://127.0.0.1:{exchange.miner.port}/v1/scores"), ("Content-Length", 0)])


def redirects_to_a_file(exchange):
    exchange.read().head("301 Moved", [("Location", "file:///etc/passwd"), ("Content-Length", 0)])


# --- refusals -------------------------------------------------------------------------------------------------------


def refuses(status, text=SECRET, **fields):
    def kind(exchange):
        exchange.read().head(status, [("Content-Length", len(text)), *fields.items()])
        exchange.send(text)

    return kind


def refuses_endlessly(exchange):
    exchange.read().head("500 Internal Server Error", [("Content-Type", "text/plain")])
    exchange.flood(SECRET * 1000)


def answers_no_content(exchange):
    exchange.read().head("204 No Content")


# --- the body on the wire -------------------------------------------------------------------------------------------


def breaks_off(exchange):
    body = exchange.miner.body()
    exchange.read().head(fields=[*exchange.envelope(body), ("Content-Length", len(body))])
    exchange.send(body[:len(body) // 2])


def drips_its_body(exchange):
    body = exchange.miner.body()
    exchange.read().head(fields=[*exchange.envelope(body), ("Content-Length", len(body))])
    exchange.drip(body)


def bad_chunks(exchange):
    exchange.read().head(fields=[*exchange.envelope(b"{}"), ("Transfer-Encoding", "chunked")])
    exchange.send("zz\r\n{}\r\n0\r\n\r\n")


def endless_chunks(exchange):
    exchange.read().head(fields=[*exchange.envelope(b"{}"), ("Transfer-Encoding", "chunked")])
    exchange.flood("10000\r\n" + " " * 65536 + "\r\n")


def endless_body(exchange):
    exchange.read().head(fields=exchange.envelope(b"{}"))
    exchange.flood(b'{"alert_id":"x","score":0.5},' * 2000)


@functools.cache
def bomb(coding):
    """64 MB of spaces, as few bytes; made once."""
    spaces = b" " * (1 << 26)
    return spaces, gzip.compress(spaces, 1) if coding == "gzip" else pyarrow.Codec("zstd").compress(spaces, asbytes=True)


def explodes(coding):
    def kind(exchange):
        spaces, packed = bomb(coding)
        exchange.answer(spaces, coded=packed, fields=[("Content-Encoding", coding)])

    return kind


def says_gzip_and_sends_plain(exchange):
    exchange.answer(exchange.miner.body(), fields=[("Content-Encoding", "gzip")])


def says_what_nobody_knows(exchange):
    exchange.answer(exchange.miner.body(), fields=[("Content-Encoding", "rot13")])


def many_codings(exchange):
    exchange.answer(exchange.miner.body(), fields=[("Content-Encoding", ", ".join(["gzip"] * 50))])


def truncated_gzip(exchange):
    body = exchange.miner.body()
    exchange.answer(body, coded=gzip.compress(body)[:-20], fields=[("Content-Encoding", "gzip")])


def damaged_gzip(exchange):
    body = exchange.miner.body()
    packed = bytearray(zlib.compress(body, wbits=31))
    packed[len(packed) // 2] ^= 0xFF
    exchange.answer(body, coded=bytes(packed), fields=[("Content-Encoding", "gzip")])


WIRE = {
    # the connection
    "closes at once": closes_at_once,
    "resets": resets,
    "says nothing": says_nothing,
    "reads nothing": reads_nothing,
    "speaks another protocol": speaks_another_protocol,
    "speaks HTTP/0.9": speaks_http_09,
    "answers before it was asked": answers_before_it_was_asked,
    "closes within the head": closes_within_the_head,
    "answers only the head": answers_only_the_head,
    # the head
    "endless header lines": endless_header_lines,
    "endless header value": endless_header_value,
    "endless 100 Continue": endless_continues,
    "drips its head": drips_its_head,
    "zero byte in the head": zero_byte_in_the_head,
    "status that is none": status_that_is_none,
    "status 999": status_999,
    "lengths that differ": lengths_that_differ,
    "negative length": negative_length,
    "huge length": huge_length,
    "unknown transfer coding": unknown_transfer_coding,
    "redirects to the metadata service": redirects_to_the_metadata_service,
    "redirects to itself": redirects_to_itself,
    "redirects to a file": redirects_to_a_file,
    # refusals
    "refuses as 400": refuses("400 Bad Request", '{"detail":"' + SECRET + '"}'),
    "refuses as 401": refuses("401 Unauthorized"),
    "refuses as 404": refuses("404 Not Found"),
    "refuses as 429 for ever": refuses("429 Too Many Requests", **{"Retry-After": "999999999"}),
    "refuses endlessly": refuses_endlessly,
    "answers 204": answers_no_content,
    # the body on the wire
    "breaks off": breaks_off,
    "drips its body": drips_its_body,
    "bad chunks": bad_chunks,
    "endless chunks": endless_chunks,
    "endless body": endless_body,
    "gzip bomb": explodes("gzip"),
    "zstd bomb": explodes("zstd"),
    "says gzip and sends plain": says_gzip_and_sends_plain,
    "a coding that nobody knows": says_what_nobody_knows,
    "fifty codings": many_codings,
    "truncated gzip": truncated_gzip,
    "damaged gzip": damaged_gzip,
}
