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


def test_it_says_what_every_feature_means(server, day):
    """In the description, for the features that are built in; and of a day, for those that its batch had."""
    schemas = server.get("/openapi.json").json()["components"]["schemas"]
    assert schemas["AlertScore"]["allOf"][1]["properties"]["explain_json"]["contentSchema"] == {
        "$ref": "#/components/schemas/AlertExplanation"}
    told = server.get(f"/features/{day.name}").json()
    for rows, name in [("alerts", "AlertFeatureValues"), ("clusters", "ClusterFeatureValues")]:
        described = schemas[name]["properties"]
        by_scores = {f["name"] for f in told[rows] if f["group"] == "scores"}  # of the alert scorer, made by no SQL
        assert len(by_scores) == (4 if rows == "clusters" else 0)
        # Described are those of known addresses too, which are made only where process is told of files.
        made = {f["name"] for f in told[rows]} - by_scores
        assert made < set(described)
        assert all(name.startswith(("known_", "earlier_")) for name in set(described) - made)
        for feature in told[rows]:
            assert feature["meaning"]
            if feature["name"] not in by_scores:
                assert described[feature["name"]]["description"].startswith(feature["meaning"])
    assert schemas["AlertFeatureValues"]["properties"]["flow_in_top_share"]["maximum"] == 1


def test_the_features_of_a_day_are_cached_by_their_content(server, day):
    first = server.get(f"/features/{day.name}")
    assert server.get(f"/features/{day.name}", If_None_Match=first.headers["ETag"]).status == 304
