"""Each way of being refused has its own sentence and exit code."""

import http.server

import pytest

from local_server import LocalServer
from snapshots import Program


@pytest.fixture
def published(program, snapshot):
    program.publish(snapshot)


@pytest.mark.parametrize(
    ("changes", "exit_code", "words"),
    [
        ({"S3_SECRET_KEY": "not-the-secret"}, 6, "S3_SECRET_KEY"),
        ({"S3_ACCESS_KEY": "nobody"}, 6, "S3_ACCESS_KEY"),
        ({"S3_ACCESS_KEY": "", "S3_SECRET_KEY": ""}, 6, "credentials are wrong, missing"),
        ({"S3_SECRET_KEY": ""}, 2, "S3_SECRET_KEY is not"),
        ({"S3_ENDPOINT": "127.0.0.1:1"}, 2, "http://"),
        ({"S3_ENDPOINT": "http://127.0.0.1:1"}, 5, "127.0.0.1:1"),
        ({"S3_BUCKET": ""}, 2, "--sot"),
        ({"S3_BUCKET": "no-such-bucket"}, 4, "there is no bucket 'no-such-bucket'"),
        ({"AML_SOT": "ftp://x/y"}, 2, "file:///"),
    ],
    ids=str,
)
def test_refusals_say_what_to_do(changes, exit_code, words, program, published, tmp_path):
    log = program.download(tmp_path / "in", "--attempts", 2, exit_code=exit_code, **changes)
    assert words in log["message"]
    assert not (tmp_path / "in").exists()


def test_the_aws_names_and_the_shared_file_are_fallbacks(program, published, tmp_path):
    key = program.environment["S3_ACCESS_KEY"]
    secret = program.environment["S3_SECRET_KEY"]
    without = {"S3_ACCESS_KEY": "", "S3_SECRET_KEY": ""}
    program.download(tmp_path / "a", AWS_ACCESS_KEY_ID=key, AWS_SECRET_ACCESS_KEY=secret, **without)
    shared = tmp_path / "credentials"
    shared.write_text(f"[default]\naws_access_key_id = x\naws_secret_access_key = y\n[miner]\n"
                      f"aws_access_key_id = {key}\naws_secret_access_key = {secret}\n")
    program.download(tmp_path / "b", AWS_SHARED_CREDENTIALS_FILE=str(shared), AWS_PROFILE="miner", **without)
    program.download(tmp_path / "c", AWS_SHARED_CREDENTIALS_FILE=str(shared), exit_code=6, **without)


class Refusal(http.server.BaseHTTPRequestHandler):
    """Answers as S3 does, with the code that the access key names: SeaweedFS has fewer reasons."""

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.send_response(400)
        self.end_headers()

    def do_GET(self):
        code = self.headers["Authorization"].split("Credential=")[1].split("/")[0]
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>".encode()
        self.send_response(400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def refusing_endpoint():
    with LocalServer(Refusal) as server:
        yield f"http://127.0.0.1:{server.server_address[1]}"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ExpiredToken", "has expired"),
        ("InvalidToken", "malformed"),
        ("RequestTimeTooSkewed", "clock"),
        ("AuthorizationHeaderMalformed", "S3_REGION"),
        ("AccessDenied", "access is denied"),
    ],
)
def test_reasons_of_other_services(code, words, aml_miner, refusing_endpoint, tmp_path):
    program = Program(aml_miner, {"S3_ENDPOINT": refusing_endpoint, "S3_BUCKET": "sot", "S3_ACCESS_KEY": code,
                                  "S3_SECRET_KEY": "a-secret-key", "S3_SESSION_TOKEN": "a-session-token"})
    assert words in program.download(tmp_path / "in", exit_code=6)["message"]
