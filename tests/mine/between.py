"""What stands between a miner and its API, and spoils what passes."""

import http.client
import http.server

from local_server import LocalServer


class Between(LocalServer):
    """Stands between miner and API, and spoils what passes: `spoil(path, times asked, response head, body)` gives the
    bytes to send, or None to send what came."""

    def __init__(self, api_port, spoil):
        self.api_port, self.spoil, self.asked = api_port, spoil, {}
        super().__init__(BetweenHandler)


class BetweenHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        asked = self.server.asked
        asked[self.path] = asked.get(self.path, 0) + 1
        connection = http.client.HTTPConnection("127.0.0.1", self.server.api_port)
        try:
            connection.request("GET", self.path, headers=dict(self.headers))
            response = connection.getresponse()
        except ConnectionRefusedError:
            self.close_connection = True
            return
        body = response.read()
        length = {} if response.status == 304 else {"Content-Length": str(len(body))}
        fields = {name: value for name, value in response.getheaders() if name != "Content-Length"} | length
        head = f"HTTP/1.1 {response.status} {response.reason}\r\n" + "".join(f"{n}: {v}\r\n" for n, v in fields.items())
        sent = self.server.spoil(self.path, asked[self.path], head, body)
        if sent is not None:
            self.close_connection = True
        try:
            self.wfile.write(head.encode() + b"\r\n" + body if sent is None else sent)
        except BrokenPipeError:
            self.close_connection = True

    def log_message(self, *_):
        pass
