"""An HTTP proxy in front of the S3 server that does to transfers what networks do to them."""

import collections
import http.client
import http.server
import socket
import struct
import threading
import time
import urllib.parse

Request = collections.namedtuple("Request", "method path range")
# Faults: an answer of its own, or a body that breaks off after its first half.
TRUNCATE, STALL, RESET = "truncate", "stall", "reset"
STALL_SECONDS = 30


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def forward(self):
        proxy = self.server.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = proxy.begin(Request(self.command, self.path, self.headers.get("Range")))
        if isinstance(fault, int):
            self.answer_with(fault)
            return
        # The signature holds the host as the client named it, so the headers pass unchanged.
        upstream = http.client.HTTPConnection(proxy.upstream, timeout=60)
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            upstream.putheader(name, value)
        upstream.endheaders(body)
        answer = upstream.getresponse()
        self.relay(answer, fault)
        upstream.close()

    def answer_with(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        if status in (429, 503):
            self.send_header("Retry-After", "0")
        self.end_headers()

    def relay(self, answer, fault):
        proxy = self.server.proxy
        content = answer.read()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(name, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else len(content)
        self.send_header("Content-Length", str(length or 0))
        self.end_headers()
        if self.command == "HEAD":
            return
        half = content[: len(content) // 2]
        self.send_slowly(content if fault is None else half)
        if fault is not None:
            self.close_connection = True
        if fault == STALL:
            proxy.released.wait(STALL_SECONDS)
        if fault == RESET:
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def send_slowly(self, content):
        proxy = self.server.proxy
        step = 64 * 1024
        for start in range(0, len(content), step):
            piece = content[start:start + step]
            self.wfile.write(piece)
            proxy.sent(len(piece))
            if proxy.bytes_per_second:
                time.sleep(len(piece) / proxy.bytes_per_second)

    def handle(self):
        try:
            super().handle()
        except (ConnectionError, ValueError):  # the client went, or we closed the connection
            pass

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = forward


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


class FlakyProxy:
    """Forwards to `endpoint`. `faults` are taken one by one by requests that `applies_to` accepts."""

    def __init__(self, endpoint):
        self.upstream = urllib.parse.urlparse(endpoint).netloc
        self.lock = threading.Lock()
        self.released = threading.Event()
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.proxy = self
        self.endpoint = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.clear()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def clear(self):
        self.requests = []
        self.body_bytes = 0
        self.faults = []
        self.bytes_per_second = 0
        self.applies_to = lambda request: request.method == "GET" and request.range is not None

    def begin(self, request):
        with self.lock:
            self.requests.append(request)
            if self.faults and self.applies_to(request):
                return self.faults.pop(0)
        return None

    def sent(self, count):
        with self.lock:
            self.body_bytes += count

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
