"""A server of a test's own, on a port of this machine that the kernel picks."""

import http.server
import threading


class LocalServer(http.server.ThreadingHTTPServer):
    """Answers, on threads of its own, from when it is made until the end of its `with`."""

    daemon_threads = True

    def __init__(self, handler):
        super().__init__(("127.0.0.1", 0), handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
