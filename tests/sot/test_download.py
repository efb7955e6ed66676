"""What download brings, how little it transfers, and how it refuses."""

import json
import subprocess

import pytest

from flaky_proxy import RESET, STALL, TRUNCATE
from snapshots import FOLDER, Program, contents, make_snapshot


@pytest.fixture
def published(program, snapshot):
    program.publish(snapshot)
    return snapshot


def total_size(folder):
    return sum(len(content) for content in contents(folder).values())


def test_brings_the_same_bytes(program, published, tmp_path):
    log = program.download(tmp_path / "in" / "day")
    assert log["message"] == "downloaded"
    assert contents(tmp_path / "in" / "day") == contents(published)
    visible = [path.name for path in (tmp_path / "in").iterdir() if not path.name.startswith(".")]
    assert visible == ["day"]


def test_latest_is_the_newest_published_day(program, published, seaweedfs, bucket, tmp_path):
    # A newer day that is still being published, and one of another window.
    client = seaweedfs.client()
    client.put_object(Bucket=bucket, Key="snapshots/bitcoin/2025-10-28/7/alerts.parquet", Body=b"x")
    client.put_object(Bucket=bucket, Key="snapshots/bitcoin/2025-10-27/30/META.json", Body=b"{}")
    # One that has not been yet, which `run` and `doctor` pass over, too.
    client.put_object(Bucket=bucket, Key="snapshots/bitcoin/2099-01-01/7/META.json", Body=b"{}")
    log = program.download(tmp_path / "{date}", date="latest")
    assert log["processing_date"] == "2025-10-26"
    assert contents(tmp_path / "2025-10-26") == contents(published)


def test_the_second_run_transfers_nothing(through_proxy, proxy, published, tmp_path):
    through_proxy.download(tmp_path / "in")
    proxy.clear()
    log = through_proxy.download(tmp_path / "in")
    assert log["message"] == "already downloaded and intact" and log["bytes"] == 0
    assert {request.path.rsplit("/")[-1] for request in proxy.requests if request.method == "GET"} <= {"META.json"}


def test_only_the_damaged_file_is_fetched_again(through_proxy, proxy, published, tmp_path):
    through_proxy.download(tmp_path / "in")
    file = tmp_path / "in" / "features.parquet"
    file.write_bytes(b"!" + file.read_bytes()[1:])
    proxy.clear()
    log = through_proxy.download(tmp_path / "in")
    assert log["bytes"] == file.stat().st_size
    assert contents(tmp_path / "in") == contents(published)


def test_a_new_edition_replaces_the_old_one(through_proxy, proxy, published, tmp_path):
    through_proxy.download(tmp_path / "in")
    # The alerts are new, the other files the same.
    changed = make_snapshot(tmp_path / "changed", seed=1)
    content = b"new" + (changed / "alerts.parquet").read_bytes()
    (changed / "alerts.parquet").write_bytes(content)
    meta = json.loads((changed / "META.json").read_text())
    del meta["files"]["alerts.parquet"]
    (changed / "META.json").write_text(json.dumps(meta))
    through_proxy.publish(changed)
    log = through_proxy.download(tmp_path / "in")
    assert log["message"] == "downloaded"
    assert len(content) <= log["bytes"] <= total_size(changed)
    assert (tmp_path / "in" / "alerts.parquet").read_bytes() == content


@pytest.mark.parametrize("fault", [TRUNCATE, RESET, STALL, 503, 500, 429])
def test_survives(fault, through_proxy, proxy, published, tmp_path):
    proxy.faults = [fault] * (1 if fault == STALL else 3)
    through_proxy.download(tmp_path / "in")
    assert not proxy.faults
    assert contents(tmp_path / "in") == contents(published)
    # A transfer goes on where it broke: no byte came twice.
    assert proxy.body_bytes <= total_size(published) + 100_000


def test_gives_up_in_the_end(through_proxy, proxy, published, tmp_path):
    proxy.faults = [503] * 100
    message = through_proxy.download(tmp_path / "in", "--attempts", 2, exit_code=5)["message"]
    assert "s3://" in message and "503" in message
    assert not (tmp_path / "in").exists()


def test_what_was_interrupted_goes_on(through_proxy, proxy, program, seaweedfs, bucket, tmp_path):
    # Pieces are 8 MiB; one of five cannot be had at first.
    snapshot = make_snapshot(tmp_path / "day", sizes=(10, 10, 10, 40 << 20))
    program.publish(snapshot)
    last = f"bytes={32 << 20}-"
    proxy.applies_to = lambda request: (request.range or "").startswith(last)
    proxy.faults = [503] * 100
    through_proxy.download(tmp_path / "in", "--attempts", 1, "--connections", 1, exit_code=5)
    assert not (tmp_path / "in").exists()
    proxy.clear()
    log = through_proxy.download(tmp_path / "in")
    assert log["bytes"] <= (8 << 20) + 30
    assert contents(tmp_path / "in") == contents(snapshot)


def test_damaged_leftovers_are_fetched_again(through_proxy, proxy, program, tmp_path):
    snapshot = make_snapshot(tmp_path / "day", sizes=(10, 10, 10, 20 << 20))
    program.publish(snapshot)
    proxy.applies_to = lambda request: (request.range or "").startswith(f"bytes={16 << 20}-")
    proxy.faults = [503] * 100
    through_proxy.download(tmp_path / "in", "--attempts", 1, "--connections", 1, exit_code=5)
    proxy.clear()
    with open(tmp_path / ".in.staging" / "money_flows.parquet", "r+b") as file:
        file.seek(1000)
        file.write(b"damage")
    through_proxy.download(tmp_path / "in")
    assert contents(tmp_path / "in") == contents(snapshot)


def test_without_meta_sizes_and_etags_are_checked(program, published, seaweedfs, bucket, tmp_path):
    seaweedfs.client().delete_object(Bucket=bucket, Key=f"{FOLDER}/META.json")
    program.download(tmp_path / "in")
    warnings = [line["message"] for line in program.log if line["level"] == "warning"]
    assert any("META.json" in warning for warning in warnings)
    expected = contents(published)
    del expected["META.json"]
    assert contents(tmp_path / "in") == expected
    assert program.download(tmp_path / "in")["message"] == "already downloaded and intact"


def test_money_flows_are_optional(program, published, seaweedfs, bucket, tmp_path):
    seaweedfs.client().delete_object(Bucket=bucket, Key=f"{FOLDER}/money_flows.parquet")
    program.download(tmp_path / "in")
    assert any("money_flows.parquet" in line["message"] for line in program.log)
    assert not (tmp_path / "in" / "money_flows.parquet").exists()


def test_another_missing_file_is_named_with_its_bucket(program, published, seaweedfs, bucket, tmp_path):
    seaweedfs.client().delete_object(Bucket=bucket, Key=f"{FOLDER}/clusters.parquet")
    message = program.download(tmp_path / "in", exit_code=4)["message"]
    assert f"s3://{bucket}/{FOLDER}/clusters.parquet" in message
    assert not (tmp_path / "in").exists()


def test_a_day_that_is_not_there_names_the_newest(program, published, tmp_path):
    message = program.download(tmp_path / "in", date="2025-11-01", exit_code=4)["message"]
    assert "2025-11-01" in message and "2025-10-26" in message


def test_a_wrong_checksum_leaves_what_was_there(program, published, seaweedfs, bucket, tmp_path):
    program.download(tmp_path / "in")
    before = contents(tmp_path / "in")
    seaweedfs.client().put_object(
        Bucket=bucket, Key=f"{FOLDER}/alerts.parquet", Body=b"!" * len(before["alerts.parquet"]))
    message = program.download(tmp_path / "in", exit_code=3)["message"]
    assert "alerts.parquet" in message and "sha256" in message
    assert contents(tmp_path / "in") == before


def test_a_wrong_md5_is_found_where_there_is_no_sha256(program, seaweedfs, bucket, tmp_path):
    snapshot = make_snapshot(tmp_path / "day", checksums=("md5",))
    program.publish(snapshot)
    client = seaweedfs.client()
    for file in snapshot.iterdir():
        client.upload_file(str(file), bucket, f"{FOLDER}/{file.name}")
    client.put_object(Bucket=bucket, Key=f"{FOLDER}/alerts.parquet", Body=b"!" * 40_000)
    message = program.download(tmp_path / "in", exit_code=3)["message"]
    assert "alerts.parquet" in message and "md5" in message
    assert not (tmp_path / "in").exists()


def test_a_folder_of_something_else_is_not_replaced(program, published, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "thesis.txt").write_text("years of work")
    assert "no snapshot" in program.download(tmp_path / "in", exit_code=2)["message"]
    assert (tmp_path / "in" / "thesis.txt").read_text() == "years of work"


def test_a_full_disk_is_said_before_the_transfer(aml_miner, through_proxy, proxy, published, tmp_path):
    (tmp_path / "small").mkdir()
    command = through_proxy.command(
        "download", "--network", "bitcoin", "--processing-date", "2025-10-26", "--output-dir", tmp_path / "small" / "in")
    script = f'mount -t tmpfs -o size=400k none "{tmp_path}/small" || exit 99; exec "$@"'
    done = subprocess.run(["unshare", "--mount", "--map-root-user", "bash", "-c", script, "bash", *command],
                          env=through_proxy.environment, capture_output=True, text=True)
    if done.returncode in (1, 99) and "MB" not in done.stderr:
        pytest.skip("this machine lets nobody mount a small disk")
    assert done.returncode == 7, done.stderr
    assert "MB free" in done.stderr
    assert not [request for request in proxy.requests if request.range and "META" not in request.path]


def test_credentials_are_not_needed_for_a_folder(aml_miner, snapshot, tmp_path):
    program = Program(aml_miner, {"S3_ACCESS_KEY": "half"})
    program.publish(snapshot, "--sot", f"file://{tmp_path}/sot")
