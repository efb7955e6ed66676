"""Batches that somebody else wrote: what docs/output.md does not allow costs that batch its answers, and nothing else."""

import json
import shutil

import pyarrow
import pyarrow.parquet
import pytest

from serving import Server, copy_batch

GOOD, BAD = "2025-10-25", "2025-10-20"
TABLES = {"alerts_scored.parquet": "/scores/alerts/", "alerts_ranked.parquet": "/rankings/alerts/",
          "clusters_scored.parquet": "/scores/clusters/"}
IDS = {"alerts_scored.parquet": "alert_id", "alerts_ranked.parquet": "alert_id", "clusters_scored.parquet": "cluster_id"}


@pytest.fixture(scope="module")
def root(day, tmp_path_factory):
    """An output root with a good batch, and one that the tests spoil."""
    root = tmp_path_factory.mktemp("strangers")
    copy_batch(day, root / GOOD)
    copy_batch(day, root / BAD)
    metadata = json.loads((root / BAD / "metadata.json").read_text())
    (root / BAD / "metadata.json").write_text(json.dumps({**metadata, "processing_date": BAD}))
    return root


@pytest.fixture(scope="module")
def running(aml_miner, root):
    with Server(aml_miner, root) as server:
        yield server


@pytest.fixture
def batch(root, day):
    """The folder to spoil, whole again afterwards."""
    folder = root / BAD
    yield folder
    if folder.is_symlink():
        folder.unlink()
    folder.mkdir(exist_ok=True)
    for name in TABLES:
        (folder / name).unlink(missing_ok=True)
        shutil.copy(day / name, folder / name)


def with_column(table, name, values):
    return table.set_column(table.column_names.index(name), name, values)


def changed(table, name, row, value):
    """One value is another."""
    values = table.column(name).to_pylist()
    values[row] = value
    return with_column(table, name, pyarrow.array(values, table.schema.field(name).type))


def text_of(table, name):
    return with_column(table, name, pyarrow.array([str(value) for value in table.column(name).to_pylist()]))


# What is done to a table; "id" stands for the name of its first column.
FAULTS = {
    "no id": lambda t, id: changed(t, id, 7, None),
    "no ids at all": lambda t, id: with_column(t, id, pyarrow.nulls(len(t), pyarrow.string())),
    "ids without a type": lambda t, id: with_column(t, id, pyarrow.nulls(len(t))),
    "ids as numbers": lambda t, id: with_column(t, id, pyarrow.array(range(len(t)))),
    "ids as bytes": lambda t, id: with_column(t, id, pyarrow.array([b"x%d" % i for i in range(len(t))])),
    "ids as lists": lambda t, id: with_column(t, id, pyarrow.array([[str(i)] for i in range(len(t))])),
    "an id twice": lambda t, id: changed(t, id, 7, t.column(id)[8].as_py()),
    "an id twice, apart": lambda t, id: changed(t, id, 7, t.column(id)[len(t) - 1].as_py()),
    "a row twice": lambda t, id: pyarrow.concat_tables([t, t.slice(3, 1)]),
    "no id column": lambda t, id: t.drop([id]),
    "no score": lambda t, id: changed(t, "score", 7, None),
    "no score column": lambda t, id: t.drop(["score"]),
    "scores as text": lambda t, id: text_of(t, "score"),
    "scores as flags": lambda t, id: with_column(t, "score", pyarrow.array([True] * len(t))),
    "scores as structures": lambda t, id: with_column(t, "score", pyarrow.array([{"a": 1.0}] * len(t))),
    "a score above one": lambda t, id: changed(t, "score", 7, 1.5),
    "a score below zero": lambda t, id: changed(t, "score", 7, -0.1),
    "a score that is no number": lambda t, id: changed(t, "score", 7, float("nan")),
    "an infinite score": lambda t, id: changed(t, "score", 7, float("inf")),
}
SCORED = {
    "no version": lambda t, id: changed(t, "model_version", 7, None),
    "no versions": lambda t, id: with_column(t, "model_version", pyarrow.nulls(len(t))),
    "no version column": lambda t, id: t.drop(["model_version"]),
    "versions as numbers": lambda t, id: with_column(t, "model_version", pyarrow.array([1.0] * len(t))),
    "no latency": lambda t, id: changed(t, "latency_ms", 7, None),
    "latencies as text": lambda t, id: text_of(t, "latency_ms"),
    "an infinite latency": lambda t, id: changed(t, "latency_ms", 7, float("inf")),
    "explanations as numbers": lambda t, id: with_column(t, "explain_json", pyarrow.array(range(len(t)))),
    "no explanation column": lambda t, id: t.drop(["explain_json"]),
}
RANKED = {
    "no rank": lambda t, id: changed(t, "rank", 7, None),
    "ranks as text": lambda t, id: text_of(t, "rank"),
    "ranks as fractions": lambda t, id: with_column(t, "rank", pyarrow.array([i + 0.5 for i in range(len(t))])),
    "rank zero": lambda t, id: with_column(t, "rank", pyarrow.array(range(len(t)), pyarrow.int64())),
    "a rank twice": lambda t, id: changed(t, "rank", 7, 7),
    "a rank that is missing": lambda t, id: changed(t, "rank", len(t) - 1, len(t) + 1),
    "huge ranks": lambda t, id: with_column(t, "rank", pyarrow.array([2**64 - 1 - i for i in range(len(t))], pyarrow.uint64())),
}
CASES = [(file, name) for file in TABLES
         for name in (*FAULTS, *(RANKED if file == "alerts_ranked.parquet" else SCORED))]


def refused(running, path, **headers):
    answer = running.get(path, **headers)
    assert answer.status == 503, (answer.status, answer.body[:300])
    assert BAD in answer.detail and "/tmp" not in answer.detail
    return answer.detail


def good_day_is_served(running):
    for prefix in TABLES.values():
        assert running.get(prefix + GOOD + "?limit=2").status == 200


@pytest.mark.parametrize("file,name", CASES)
def test_a_table_that_nobody_can_use_costs_its_batch_alone(file, name, running, batch):
    change = {**FAULTS, **SCORED, **RANKED}[name]
    pyarrow.parquet.write_table(change(pyarrow.parquet.read_table(batch / file), IDS[file]), batch / file)
    for query in ("", "?limit=3"):
        refused(running, TABLES[file] + BAD + query)
    refused(running, TABLES[file] + BAD, Accept="application/vnd.apache.parquet")
    refused(running, TABLES[file] + BAD, Accept="application/x-ndjson")
    for other in TABLES:
        assert (running.get(TABLES[other] + BAD + "?limit=1").status == 200) == (other != file)
    assert running.get(f"/table/alerts/{BAD}").status in (200, 503)
    good_day_is_served(running)


def test_other_writers_types_and_orders_are_all_right(running, batch, day):
    expected = running.get("/scores/alerts/" + BAD + "?explain=false").json()["scores"]
    table = pyarrow.parquet.read_table(batch / "alerts_scored.parquet")
    table = table.take(list(range(len(table) - 1, -1, -1)))
    table = with_column(table, "alert_id", table.column("alert_id").dictionary_encode())
    table = with_column(table, "model_version", table.column("model_version").cast(pyarrow.large_string()))
    table = with_column(table, "explain_json", pyarrow.nulls(len(table)))
    table = table.append_column("note", pyarrow.array(range(len(table))))
    pyarrow.parquet.write_table(table, batch / "alerts_scored.parquet", row_group_size=50)
    assert running.get("/scores/alerts/" + BAD + "?explain=false").json()["scores"] == expected
    ranked = pyarrow.parquet.read_table(batch / "alerts_ranked.parquet")
    ranked = with_column(ranked, "rank", ranked.column("rank").cast(pyarrow.int32()))
    pyarrow.parquet.write_table(ranked.take(list(range(len(ranked) - 1, -1, -1))), batch / "alerts_ranked.parquet")
    ranks = [row["rank"] for row in running.get("/rankings/alerts/" + BAD).json()["rankings"]]
    assert ranks == list(range(1, len(ranked) + 1))


def test_tables_without_rows_need_no_types(running, batch):
    for file in TABLES:
        names = pyarrow.parquet.read_schema(batch / file).names
        pyarrow.parquet.write_table(pyarrow.table({name: pyarrow.nulls(0) for name in names}), batch / file)
        assert running.get(TABLES[file] + BAD).status == 200


@pytest.mark.parametrize("name", [*TABLES, "metadata.json"])
def test_a_file_that_is_a_link_out_of_the_root_is_not_published(name, running, batch, tmp_path):
    shutil.move(batch / name, tmp_path / name)
    (batch / name).symlink_to(tmp_path / name)
    try:
        for prefix in TABLES.values():
            assert "link" in refused(running, prefix + BAD)
            refused(running, prefix + BAD, Accept="application/vnd.apache.parquet")
        refused(running, "/metadata/" + BAD)
        assert BAD not in running.get("/dates/available").body.decode()
        good_day_is_served(running)
    finally:
        (batch / name).unlink()
        shutil.move(tmp_path / name, batch / name)


def test_a_folder_that_is_a_link_out_of_the_root_is_not_published(running, batch, tmp_path):
    shutil.move(batch, tmp_path / BAD)
    batch.symlink_to(tmp_path / BAD)
    try:
        assert "link" in refused(running, "/scores/alerts/" + BAD)
        good_day_is_served(running)
    finally:
        batch.unlink()
        shutil.move(tmp_path / BAD, batch)


def test_links_within_the_root_are_followed(running, root, batch):
    shutil.move(batch, root / "elsewhere")
    batch.symlink_to("elsewhere")
    try:
        assert running.get("/scores/alerts/" + BAD).status == 200
    finally:
        batch.unlink()
        shutil.move(root / "elsewhere", batch)


def test_a_root_that_is_a_link_is_a_root(aml_miner, root, tmp_path):
    (tmp_path / "root").symlink_to(root)
    with Server(aml_miner, tmp_path / "root") as server:
        good_day_is_served(server)


def test_metadata_of_any_length_costs_its_batch_alone(running, batch):
    kept = (batch / "metadata.json").read_text()
    try:
        for text in (kept[:-3] + " " * 20_000_000 + kept[-3:], "[" * 1_000_000, kept[: len(kept) // 2], "null", "\0" * 100):
            (batch / "metadata.json").write_text(text)
            refused(running, "/scores/alerts/" + BAD)
            good_day_is_served(running)
    finally:
        (batch / "metadata.json").write_text(kept)


def test_patterns_in_folder_names_are_names(aml_miner, day, tmp_path):
    for number, name in enumerate(["star*", "starX", "b[1]", "b1", "severity=low", "a'b\"c"]):
        batch = copy_batch(day, tmp_path / name / GOOD)
        table = pyarrow.parquet.read_table(batch / "alerts_scored.parquet").slice(0, number + 1)
        pyarrow.parquet.write_table(table, batch / "alerts_scored.parquet")
    for number, name in enumerate(["star*", "starX", "b[1]", "b1", "severity=low", "a'b\"c"]):
        with Server(aml_miner, tmp_path / name) as server:
            assert server.get("/scores/alerts/" + GOOD).json()["total_alerts"] == number + 1
