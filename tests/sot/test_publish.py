"""What publish puts into a bucket, and in which order."""

import json
import pathlib
import random
import subprocess

import pytest

from snapshots import DATE, FILES, FOLDER, Program, contents, make_snapshot

MEBIBYTE = 1 << 20
MODELS = pathlib.Path(__file__).resolve().parents[2] / "trained_models"


def objects(seaweedfs, bucket):
    client = seaweedfs.client()
    listed = client.list_objects_v2(Bucket=bucket).get("Contents", [])
    return {entry["Key"]: client.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read() for entry in listed}


def test_objects_are_the_files(program, seaweedfs, bucket, snapshot):
    program.publish(snapshot)
    expected = {f"{FOLDER}/{name}": content for name, content in contents(snapshot).items()}
    assert objects(seaweedfs, bucket) == expected


def test_meta_comes_last(through_proxy, proxy, snapshot):
    through_proxy.publish(snapshot)
    puts = [request.path.rsplit("/")[-1] for request in proxy.requests if request.method == "PUT"]
    assert sorted(puts[:-1]) == FILES
    assert puts[-1] == "META.json"


def test_the_second_time_nothing_is_sent(through_proxy, proxy, snapshot):
    through_proxy.publish(snapshot)
    proxy.clear()
    assert through_proxy.publish(snapshot)["message"] == "already published"
    assert not [request for request in proxy.requests if request.method in ("PUT", "POST")]


def test_checksums_are_added_where_meta_has_none(program, seaweedfs, bucket, tmp_path):
    snapshot = make_snapshot(tmp_path / "day", checksums=())
    program.publish(snapshot)
    meta = json.loads(objects(seaweedfs, bucket)[f"{FOLDER}/META.json"])
    for name in FILES:
        assert len(meta["files"][name]["sha256"]) == 64
        assert len(meta["files"][name]["md5"]) == 32


@pytest.fixture(scope="module")
def large_snapshot(tmp_path_factory):
    return make_snapshot(tmp_path_factory.mktemp("large") / "day", sizes=(1000, 1000, 1000, 70 * MEBIBYTE))


def test_large_files_travel_in_parts(through_proxy, proxy, seaweedfs, bucket, large_snapshot):
    through_proxy.publish(large_snapshot)
    parts = [request for request in proxy.requests if "partNumber=" in request.path]
    assert len(parts) == 5
    stored = objects(seaweedfs, bucket)[f"{FOLDER}/money_flows.parquet"]
    assert stored == (large_snapshot / "money_flows.parquet").read_bytes()


def test_a_part_that_fails_is_sent_again(through_proxy, proxy, seaweedfs, bucket, large_snapshot):
    proxy.applies_to = lambda request: "partNumber=" in request.path
    proxy.faults = [503, 500]
    through_proxy.publish(large_snapshot)
    assert len(objects(seaweedfs, bucket)[f"{FOLDER}/money_flows.parquet"]) == 70 * MEBIBYTE


def test_an_upload_that_fails_is_aborted(through_proxy, proxy, large_snapshot):
    proxy.applies_to = lambda request: "partNumber=" in request.path
    proxy.faults = [503] * 100
    through_proxy.publish(large_snapshot, "--attempts", 1, exit_code=5)
    aborted = [request for request in proxy.requests if request.method == "DELETE"]
    assert len(aborted) == 1 and "uploadId=" in aborted[0].path
    assert not [request for request in proxy.requests if request.path.endswith("/META.json") and request.method == "PUT"]


def damage(folder):
    content = (folder / "features.parquet").read_bytes()
    (folder / "features.parquet").write_bytes(content[:-1] + b"!")
    return "features.parquet"


def remove_clusters(folder):
    (folder / "clusters.parquet").unlink()
    return "clusters.parquet"


def remove_meta(folder):
    (folder / "META.json").unlink()
    return "META.json"


def forget_the_date(folder):
    meta = json.loads((folder / "META.json").read_text())
    del meta["processing_date"]
    (folder / "META.json").write_text(json.dumps(meta))
    return "processing_date"


@pytest.mark.parametrize("harm", [damage, remove_clusters, remove_meta, forget_the_date])
def test_nothing_is_sent_of_a_wrong_snapshot(harm, program, seaweedfs, bucket, tmp_path):
    snapshot = make_snapshot(tmp_path / "day")
    word = harm(snapshot)
    assert word in program.publish(snapshot, exit_code=3)["message"]
    assert objects(seaweedfs, bucket) == {}


def test_a_folder_is_a_source_of_truth_too(aml_miner, snapshot, tmp_path):
    program = Program(aml_miner, {})
    sot = f"file://{tmp_path}/sot"
    program.publish(snapshot, "--sot", sot)
    program.download(tmp_path / "in", "--sot", sot)
    assert contents(tmp_path / "in") == contents(snapshot)
    again = program.download(tmp_path / "in", "--sot", sot)
    assert again["message"] == "already downloaded and intact"


def test_ground_truth_goes_beside_the_snapshot(program, snapshot, tmp_path):
    truth = tmp_path / "truth.parquet"
    truth.write_bytes(random.Random(3).randbytes(5000))
    program.publish(snapshot)
    missing = program.download(tmp_path / "in", "--ground-truth", exit_code=4)["message"]
    assert "ground_truth_2025-10-26.parquet" in missing
    program.publish(snapshot, "--ground-truth", truth)
    program.download(tmp_path / "in", "--ground-truth")
    assert (tmp_path / "in" / "ground_truth_2025-10-26.parquet").read_bytes() == truth.read_bytes()


def test_what_becomes_known_later_says_since_when(program, snapshot, seaweedfs, bucket, tmp_path):
    """Of truth and labels alone, the time at which the store got them; what was told once stays."""
    truth = tmp_path / "truth.parquet"
    truth.write_bytes(b"truth")
    program.publish(snapshot, "--ground-truth", truth)
    client = seaweedfs.client()
    client.put_object(Bucket=bucket, Key="address-labels/bitcoin/address_labels_2025-10-20.parquet", Body=b"labels")
    client.put_object(Bucket=bucket, Key="address-labels/bitcoin/address_labels_2025-10-27.parquet", Body=b"newer")
    day = tmp_path / "in"
    program.download(day, "--ground-truth", "--labels")
    assert (day / "address_labels_2025-10-20.parquet").read_bytes() == b"labels"
    told = {path.name: path.read_text() for path in day.glob("*.known_since")}
    assert sorted(told) == [
        "address_labels_2025-10-20.parquet.known_since", "ground_truth_2025-10-26.parquet.known_since"]
    stored = client.head_object(Bucket=bucket, Key=f"{FOLDER}/ground_truth_2025-10-26.parquet")["LastModified"]
    assert told["ground_truth_2025-10-26.parquet.known_since"] == stored.strftime("%Y-%m-%dT%H:%M:%SZ\n")
    # Stored once more, the same bytes are known for as long as before.
    record = day / "ground_truth_2025-10-26.parquet.known_since"
    record.write_text("2025-11-03T04:05:06Z\n")
    program.publish(snapshot, "--ground-truth", truth)
    program.download(day, "--ground-truth", "--labels")
    assert record.read_text() == "2025-11-03T04:05:06Z\n"
    # A folder of an earlier version has none, and gets them without a transfer.
    record.unlink()
    assert program.download(day, "--ground-truth", "--labels")["bytes"] == 0
    assert record.exists()


def test_labels_are_looked_for_a_month_back(aml_miner, snapshot, tmp_path):
    program = Program(aml_miner, {})
    sot = f"file://{tmp_path}/sot/snapshots"
    program.publish(snapshot, "--sot", sot)
    labels = tmp_path / "sot" / "address-labels" / "bitcoin"
    labels.mkdir(parents=True)
    (labels / "address_labels_2025-09-24.parquet").write_bytes(b"32 days")
    missing = program.download(tmp_path / "in", "--sot", sot, "--labels", exit_code=4)["message"]
    assert "one of the 31 days before it" in missing and "address-labels/bitcoin" in missing
    assert not (tmp_path / "in").exists()
    (labels / "address_labels_2025-09-25.parquet").write_bytes(b"31 days")
    program.download(tmp_path / "in", "--sot", sot, "--labels")
    assert (tmp_path / "in" / "address_labels_2025-09-25.parquet").read_bytes() == b"31 days"


@pytest.fixture
def batch(aml_miner, tmp_path):
    """What `process` wrote of a day."""
    day, output = tmp_path / "day" / DATE, tmp_path / "output" / DATE
    for words in (["simulate", "--scale", "0.002", "--processing-date", DATE, "--output-dir", day],
                  ["process", "--input-dir", day, "--output-dir", output, "--models-dir", MODELS]):
        subprocess.run([str(aml_miner), *map(str, words)], check=True, capture_output=True, timeout=120)
    (output / ".hidden").write_text("no part of it")
    return output


def test_a_batch_is_uploaded_with_its_metadata_last(through_proxy, proxy, seaweedfs, bucket, batch):
    assert through_proxy.run("publish", "--batch", batch, "--to", f"s3://{bucket}/results")["batch"] == f"s3://{bucket}/results/{DATE}"
    expected = {f"results/{DATE}/{file.name}": file.read_bytes() for file in batch.iterdir() if file.name != ".hidden"}
    assert len(expected) == 6 and objects(seaweedfs, bucket) == expected
    puts = [request.path.rsplit("/")[-1] for request in proxy.requests if request.method == "PUT"]
    assert puts[-1] == "metadata.json"


def test_what_is_no_batch_is_refused(program, snapshot, batch, tmp_path):
    to = ["--to", f"file://{tmp_path}/store"]
    assert "is no batch" in program.run("publish", "--batch", snapshot, *to, exit_code=3)["message"]
    assert "there is no folder" in program.run("publish", "--batch", tmp_path / "none", *to, exit_code=4)["message"]
    assert "belong together" in program.run("publish", "--batch", batch, exit_code=2)["message"]
    assert "either a snapshot" in program.run("publish", "--batch", batch, "--input-dir", snapshot, *to, exit_code=2)["message"]
    assert "either a snapshot" in program.run("publish", exit_code=2)["message"]
    assert "not beside a batch" in program.run("publish", "--batch", batch, *to, "--ground-truth", snapshot / "META.json", exit_code=2)["message"]
    assert not (tmp_path / "store").exists()
