"""An S3 server in memory that checks signatures and, where a test wants it, answers as none should.

It is also the proxy of whoever names it as one: hosts of any name are itself, over TLS too.
"""

import collections
import hashlib
import hmac
import http.server
import re
import socket
import ssl
import subprocess
import threading
import urllib.parse
from xml.sax.saxutils import escape

ACCESS_KEY, SECRET_KEY, REGION = "hostile-key", "hostile-secret-key", "us-east-1"
Request = collections.namedtuple("Request", "operation method key query headers body")
Answer = collections.namedtuple("Answer", "status body headers", defaults=(200, b"", None))


def error(status, code, more="", headers=None):
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message>{more}</Error>"
    return Answer(status, body.encode(), headers)


def endless(chunk, head="HTTP/1.1 200 OK\r\n\r\n"):
    """A raw answer that never ends."""
    yield head.encode()
    while True:
        yield chunk


def etag_of(content):
    return f'"{hashlib.md5(content).hexdigest()}"'


def signature(handler):
    """What the specification computes from the request as it arrived."""
    authorization = handler.headers.get("Authorization", "")
    scope = re.search(r"Credential=[^/]+/([^,]+)", authorization)[1]
    names = re.search(r"SignedHeaders=([^,]+)", authorization)[1]
    path, _, query = handler.path.partition("?")
    if "://" in path:
        path = "/" + path.split("/", 3)[3]
    canonical = "\n".join([
        handler.command, path, "&".join(sorted(query.split("&"))),
        *[f"{name}:{handler.headers[name].strip()}" for name in names.split(";")], "", names,
        handler.headers["x-amz-content-sha256"]])
    text = "\n".join(["AWS4-HMAC-SHA256", handler.headers["x-amz-date"], scope,
                      hashlib.sha256(canonical.encode()).hexdigest()])
    key = b"AWS4" + SECRET_KEY.encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def operation_of(method, key, query):
    if method == "GET" and not key:
        return "list"
    if "uploads" in query:
        return "begin"
    if "uploadId" in query:
        return {"PUT": "part", "POST": "complete", "DELETE": "abort"}[method]
    return method.lower()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_CONNECT(self):
        """The tunnel ends here: who listens to the other end is this server again, with a certificate."""
        self.send_response(200)
        self.end_headers()
        tls = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.request = self.connection = tls
        self.rfile, self.wfile = tls.makefile("rb", -1), tls.makefile("wb", 0)

    def serve(self):
        server = self.server.s3
        target = self.path.split("/", 3)[3] if "://" in self.path else self.path.lstrip("/")
        path, _, query = target.partition("?")
        bucket, _, key = urllib.parse.unquote(path).removeprefix(server.base).partition("/")
        query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(operation_of(self.command, key, query), self.command, key, query, dict(self.headers), body)
        server.requests.append(request)
        answer = server.answer(request, self)
        if not isinstance(answer, Answer):
            self.stream(answer)
            return
        self.send_response_only(answer.status)
        headers = dict(answer.headers or {})
        if server.sends_length(request, answer):
            headers.setdefault("Content-Length", str(len(answer.body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def stream(self, chunks):
        self.close_connection = True
        for chunk in chunks:
            self.server.s3.streamed += len(chunk)
            self.wfile.write(chunk)

    def handle(self):
        try:
            super().handle()
        except (OSError, ValueError):  # the client went
            pass

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = serve


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


class HostileS3:
    """One bucket, "sot". `acts` maps an operation (list, get, head, put, begin, part, complete, abort) to a function of
    the request, that answers in the server's stead, or gives None to let it answer."""

    def __init__(self, base="", host="127.0.0.1"):
        self.base = base
        self.objects = {}
        self.uploads = {}
        self.acts = {}
        self.requests = []
        self.streamed = 0
        self.checks_signatures = True
        is_ipv6 = ":" in host
        kind = type("Server6", (Server,), {"address_family": socket.AF_INET6}) if is_ipv6 else Server
        self.server = kind((host, 0), Handler)
        self.server.s3 = self
        self.port = self.server.server_address[1]
        self.endpoint = f"http://{f'[{host}]' if is_ipv6 else host}:{self.port}/{base}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def with_certificate(self, folder, *names):
        """Answers tunnels by TLS; the file of its authority."""
        key, certificate = folder / "key.pem", folder / "certificate.pem"
        alternatives = ",".join(f"DNS:{name}" for name in names)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test",
                        "-addext", f"subjectAltName={alternatives}", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)
        self.server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.tls.load_cert_chain(certificate, key)
        return certificate

    def put_snapshot(self, folder, prefix):
        for file in folder.iterdir():
            self.objects[f"{prefix}/{file.name}"] = file.read_bytes()

    def environment(self, **changes):
        return {"S3_ENDPOINT": self.endpoint, "S3_BUCKET": "sot", "S3_ACCESS_KEY": ACCESS_KEY,
                "S3_SECRET_KEY": SECRET_KEY, **changes}

    def count(self, operation):
        return sum(request.operation == operation for request in self.requests)

    def sends_length(self, request, answer):
        return "Content-Length" not in (answer.headers or {}) and answer.status != 204 and \
            (answer.headers or {}).get("Transfer-Encoding") is None

    def answer(self, request, handler):
        if self.checks_signatures and "Authorization" in request.headers and \
                not request.headers["Authorization"].endswith(signature(handler)):
            return error(403, "SignatureDoesNotMatch")
        act = self.acts.get(request.operation)
        answer = act(request) if act else None
        return self.proper(request) if answer is None else answer

    def proper(self, request):
        """What a server should answer."""
        return getattr(self, "on_" + request.operation)(request)

    def on_head(self, request):
        return self.on_get(request)

    def on_get(self, request):
        if request.key not in self.objects:
            return error(404, "NoSuchKey")
        content = self.objects[request.key]
        headers = {"ETag": etag_of(content), "Last-Modified": "Sun, 26 Oct 2025 00:00:00 GMT"}
        span = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("range", ""))
        if not span:
            return Answer(200, content, headers)
        first, last = int(span[1]), min(int(span[2]), len(content) - 1)
        headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        return Answer(206, content[first:last + 1], headers)

    def on_put(self, request):
        self.objects[request.key] = request.body
        return Answer(200, b"", {"ETag": etag_of(request.body)})

    def on_begin(self, _):
        name = f"upload{len(self.uploads)}"
        self.uploads[name] = {}
        return Answer(200, f"<InitiateMultipartUploadResult><UploadId>{name}</UploadId>"
                           "</InitiateMultipartUploadResult>".encode())

    def on_part(self, request):
        self.uploads[request.query["uploadId"]][int(request.query["partNumber"])] = request.body
        return Answer(200, b"", {"ETag": etag_of(request.body)})

    def on_complete(self, request):
        parts = self.uploads.pop(request.query["uploadId"], None)
        if parts is None:
            return error(404, "NoSuchUpload")
        self.objects[request.key] = b"".join(parts[number] for number in sorted(parts))
        digests = b"".join(hashlib.md5(parts[number]).digest() for number in sorted(parts))
        etag = f"{hashlib.md5(digests).hexdigest()}-{len(parts)}"
        return Answer(200, f"<CompleteMultipartUploadResult><ETag>&quot;{etag}&quot;</ETag>"
                           "</CompleteMultipartUploadResult>".encode())

    def on_abort(self, request):
        self.uploads.pop(request.query["uploadId"], None)
        return Answer(204)

    def entries(self, request):
        """Prefixes and keys of a list, in the order of keys."""
        prefix = request.query.get("prefix", "")
        found = {}
        for key in sorted(self.objects):
            if key.startswith(prefix):
                folder, slash, _ = key[len(prefix):].partition("/")
                found[prefix + folder + slash] = bool(slash)
        return list(found.items())

    def on_list(self, request):
        return listing(self.entries(request))


def listing(entries, more="<IsTruncated>false</IsTruncated>"):
    """One page of a list: names, and whether they are prefixes."""
    body = "".join(f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>" if is_prefix else
                   f"<Contents><Key>{escape(name)}</Key><Size>1</Size></Contents>" for name, is_prefix in entries)
    return Answer(200, f"<?xml version='1.0'?><ListBucketResult>{more}{body}</ListBucketResult>".encode())


def folders(*names):
    return [(f"snapshots/bitcoin/{name}/", True) for name in names]
