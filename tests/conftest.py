"""Fixtures of all end-to-end tests: the program, a real S3 server, and a real browser."""

import collections
import os
import pathlib
import shutil

import pytest
from playwright.sync_api import sync_playwright
from xdist.scheduler import LoadScopeScheduling

from s3_server import SeaweedFS
from serving import Server

CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                  "--disable-component-update", "--disable-sync"]
ROOT = pathlib.Path(__file__).resolve().parent.parent


class ByFile(LoadScopeScheduling):
    """A file of tests stays with one worker, so that its servers are started once; so do all that share the subnet."""

    def _split_scope(self, nodeid):
        path = nodeid.split("::")[0]
        return "tests/subnet" if path.startswith("tests/subnet/") else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """For --dist loadgroup. xdist 3.8 puts a test's group into its name, which pytest 9.2 no longer lets it change: the mark
    xdist_group does nothing, and files were parted among workers."""
    return ByFile(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: runs where CI=true only; a person's run has no time for it")


def pytest_runtest_setup(item):
    if item.get_closest_marker("slow") and os.environ.get("CI") != "true":
        pytest.skip("slow: runs where CI=true")


processor_seconds = sum(os.times()[:4])  # of this worker and all that it waited for


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """Every report says what its phase took of the processors. A server's share comes when it ends."""
    global processor_seconds
    before, processor_seconds = processor_seconds, sum(os.times()[:4])
    outcome = yield
    outcome.get_result().processor_seconds = processor_seconds - before


def pytest_terminal_summary(terminalreporter):
    by_file = collections.Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if hasattr(report, "processor_seconds"):
                by_file[report.nodeid.split("::")[0]] += report.processor_seconds
    by_folder = collections.Counter()
    for file, seconds in by_file.items():
        by_folder[file.split("/")[1]] += seconds

    def listed(counter, count=None):
        return ", ".join(f"{name} {seconds:.0f}" for name, seconds in counter.most_common(count))

    terminalreporter.write_line(f"CPU seconds by folder: {listed(by_folder)}")
    terminalreporter.write_line(f"CPU seconds of the dearest files: {listed(by_file, 12)}")


@pytest.fixture(scope="session", autouse=True)
def no_settings_of_the_machine():
    """The tests see neither the settings nor the proxies of whoever runs them."""
    for name in list(os.environ):
        if name.startswith(("S3_", "AWS_")) or name.lower().endswith("_proxy"):
            del os.environ[name]
        elif name.startswith("AML_") and name not in ("AML_MINER", "AML_DEPS"):
            del os.environ[name]
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


@pytest.fixture(scope="session")
def aml_miner():
    """Path of the release program, or of $AML_MINER."""
    program = pathlib.Path(os.environ.get("AML_MINER", ROOT / "build" / "aml-miner")).resolve()
    if not program.is_file():
        pytest.exit(f"{program} is missing: run scripts/build first", returncode=1)
    return program


@pytest.fixture
def serve(aml_miner):
    """Starts servers that end with the test."""
    started = []

    def start(output_root, *arguments):
        started.append(Server(aml_miner, output_root, *arguments))
        return started[-1]

    yield start
    for running in started:
        running.stop()


@pytest.fixture(scope="session")
def seaweedfs(tmp_path_factory):
    """A SeaweedFS server that checks signatures; see s3_server.py."""
    server = SeaweedFS(tmp_path_factory.mktemp("seaweedfs"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium. One for all: a process cannot drive two at once through Playwright's plain interface."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium") or "chromium", args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()
