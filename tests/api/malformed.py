#!/usr/bin/env python3
"""tests/api/malformed.py HOST PORT COUNT [SEED]: sends malformed requests, many on their way at once.

Each is a valid request with bytes changed, cut or put in, or not one at all. Ends with 0 where no answer was a 500 and
the server went on answering others; prints how often it gave which status ("" where it hung up).
"""

import asyncio
import collections
import random
import re
import sys

TARGETS = ["/", "/health", "/scores/alerts/latest?limit=1", "/alerts/latest/a", "/dates/available", "/openapi.json",
           "/rankings/alerts/2025-10-25?offset=3&min_score=0.5", "/web/docs/docs.js", "/metrics", "*", "http://x/health"]
FIELDS = ["Accept: application/json;q=0.5, */*", "Accept-Encoding: gzip;q=0.1, zstd", 'If-None-Match: W/"a", *',
          "Content-Length: 3", "Transfer-Encoding: chunked", "Connection: keep-alive, upgrade", "Expect: 100-continue",
          "Range: bytes=0-1", "Authorization: Bearer x", "Upgrade: h2c", "X: " + "y" * 300]
PIECES = [b"%", b"%00", b"%2e%2e/", b"\x00", b"\r\n", b"\n", b"..", b"\xff\xfe", b";q=", b",", b" ", b":", b"/" * 50,
          b"%zz", b"HTTP/1.1", b"\r\n\r\n", b"9" * 30, b"-1", b"A" * 9000, "ü😀".encode()]
RUBBISH = [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\r\n" * 100, b"GET",
           b"\x00" * 64, b"SSH-2.0-x\r\n", b"{}\n", b"GET /health HTTP/0.9\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"]
AT_ONCE = 64
PER_CONNECTION = 3  # what comes after the first that is no HTTP is not read


def malformed(dice):
    if dice.random() < 0.05:
        return dice.choice(RUBBISH)
    method = dice.choice(["GET", "HEAD", "POST", "OPTIONS", "get", "PROPFIND", ""])
    lines = [f"{method} {dice.choice(TARGETS)} HTTP/1.{dice.choice('1110')}", "Host: x"]
    lines += dice.sample(FIELDS, dice.randrange(4))
    request = bytearray("\r\n".join([*lines, "", ""]).encode())
    for _ in range(dice.randrange(1, 5)):
        if not request:
            break  # all of it was cut
        at = dice.randrange(len(request))
        change = dice.randrange(3)
        if change == 0:
            request[at] = dice.randrange(256)
        elif change == 1:
            request[at:at] = dice.choice(PIECES)
        else:
            del request[at : at + dice.randrange(1, 10)]
    return bytes(request)


async def one_connection(host, port, requests, seen):
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(b"".join(requests))
        writer.write_eof()
        answer = await asyncio.wait_for(reader.read(), 30)
    except (ConnectionError, OSError):
        answer = b""  # it hung up while we were sending
    finally:
        writer.close()
    statuses = re.findall(rb"^HTTP/1\.1 (\d{3}) |(?<=\n)HTTP/1\.1 (\d{3}) ", answer)
    statuses = [first or later for first, later in statuses]
    for status in statuses or [b""]:
        seen[status.decode(errors="replace")] += 1


async def is_healthy(host, port):
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    return answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 503"))


async def run(host, port, count, seed):
    dice = random.Random(seed)
    seen = collections.Counter()
    left = count
    while left > 0:
        batch = []
        for _ in range(AT_ONCE):
            size = min(left, dice.randint(1, PER_CONNECTION))
            left -= size
            batch.append(one_connection(host, port, [malformed(dice) for _ in range(size)], seen))
        await asyncio.gather(*batch)
        if not await is_healthy(host, port):
            return seen, False
    return seen, True


def main():
    host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    seen, healthy = asyncio.run(run(host, port, count, int(sys.argv[4]) if len(sys.argv) > 4 else 1))
    print(dict(seen.most_common()))
    sys.exit(0 if healthy and "500" not in seen else 1)


if __name__ == "__main__":
    main()
