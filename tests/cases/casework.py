"""People who decide on alerts: a server with cases, and who asks it."""

import http.client
import json
import pathlib
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
sys.path += [str(TESTS), str(TESTS / "process")]

from listening import Answer  # noqa: E402
from serving import Server  # noqa: E402

TOKENS = {"anna": "anna-0123456789abcdef", "ben": "ben-0123456789abcdefg", "carla": "carla-0123456789abcde",
          "ruth": "ruth-0123456789abcdef"}
DAY, NEXT_DAY = "2025-10-25", "2025-10-26"


def users_file(folder):
    """Four people, of whom ruth may only look."""
    path = pathlib.Path(folder) / "users"
    path.write_text("# who\n" + "".join(f"{name} {token}{' reader' if name == 'ruth' else ''}\n" for name, token in TOKENS.items()))
    path.chmod(0o600)
    return path


class CasesServer(Server):
    """`serve --cases`: `port` is that of everybody, `cases_port` that of those who decide."""

    def __init__(self, aml_miner, days, file, *arguments, users=None):
        with tempfile.TemporaryDirectory() as folder:
            port_file = pathlib.Path(folder) / "cases-port"
            super().__init__(aml_miner, days / "output", "--input-root", days / "input", "--cases", file, "--cases-users",
                             users or users_file(file.parent), "--cases-listen", "127.0.0.1:0", "--cases-port-file", port_file,
                             *arguments)
            self.cases_port = int(port_file.read_text())

    def person(self, name):
        return Person(self.cases_port, name)


class Person:
    """Somebody with a token, or with none."""

    def __init__(self, port, name):
        self.port = port
        self.name = name
        self.host = f"127.0.0.1:{port}"

    def ask(self, method, target, body=None, **headers):
        """A header that is None is left out; names are written with _ for -."""
        fields = {"Host": self.host}
        if self.name in TOKENS:
            fields["Authorization"] = f"Bearer {TOKENS[self.name]}"
        if method != "GET":
            fields |= {"Origin": f"http://{self.host}", "Content-Type": "application/json", "If-Match": "*"}
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        if method != "GET":
            fields["Content-Length"] = str(len(data))
        for name, value in fields.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(data)
        answer = Answer(connection.getresponse())
        connection.close()
        return answer

    def get(self, target, **headers):
        return self.ask("GET", target, **headers)

    def version(self, day=DAY):
        return self.get(f"/cases/days/{day}").headers["ETag"]

    def state(self, alert, day=DAY):
        return self.get(f"/cases/days/{day}/alerts/{alert}").json()["state"]

    def decide(self, alerts, verdict="report", day=DAY, version=None, **members):
        """On one alert, several, or what {"address": …} or {"cluster_id": …} says."""
        what = alerts if isinstance(alerts, dict) else {"alerts": [alerts] if isinstance(alerts, str) else alerts}
        body = {**what, **({"verdict": verdict} if verdict else {}), **members}
        return self.ask("POST", f"/cases/days/{day}/decisions", body, If_Match=version or self.version(day))

    def undo(self, sequence, day=DAY, version=None):
        return self.ask("POST", f"/cases/days/{day}/undo", {"sequence": sequence}, If_Match=version or self.version(day))

    def next(self, queue="ranked", day=DAY, **members):
        return self.ask("POST", f"/cases/days/{day}/next", {"queue": queue, **members})
