"""The description, against the server it describes."""

from description import schemathesis


def test_schemathesis_finds_nothing(server, tmp_path):
    """All checks, on requests made from the description; TEST_SCHEMATHESIS_EXAMPLES for more of them."""
    done = schemathesis(f"http://127.0.0.1:{server.port}", tmp_path, examples=20)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


def test_every_described_address_is_answered(server, day):
    document = server.get("/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    for path, operations in document["paths"].items():
        assert set(operations) == {"get"}
        target = path.replace("{date}", day.name)
        if "{" not in target:
            assert server.get(target).status in (200, 404), path
