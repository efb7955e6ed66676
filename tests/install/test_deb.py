"""scripts/deb: the package is made of what was built, the same each time, and lives and goes as a Debian package should.

It is installed, upgraded, removed and purged in a bare Debian (bare_debian.py), where systemd is not even installed; what its
maintainer scripts would say to systemd is taken down. Systemd itself starts nothing here: its unit is read by systemd-analyze,
and what it would start is started as the unit's user, with its limits and its read-only system.
"""

import gzip
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import pytest

import bare_debian

ROOT = pathlib.Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not shutil.which("dpkg-shlibdeps") or not shutil.which("file"), reason="no dpkg-dev or file here")
EPOCH = 1_790_000_000  # as if the commit were of that second
DYNAMIC_USER = 61234  # systemd picks one of 61184…65519


def run(*words, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, **options)
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout


@pytest.fixture(scope="module")
def packages(aml_miner, tmp_path_factory):
    """Two of the same program, made in different folders."""
    made = []
    for folder in ("one", "another"):
        place = tmp_path_factory.mktemp(folder)
        made.append(pathlib.Path(run(ROOT / "scripts" / "deb", "--build-dir", aml_miner.parent, "--version", "1.0.0", "--output", place,
                                     env={**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH)}).strip()))
    return made


@pytest.fixture(scope="module")
def unpacked(packages, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked") / "root"
    run("dpkg-deb", "-R", packages[0], folder)
    return folder


def field(package, name):
    return run("dpkg-deb", "-f", package, name).strip()


def test_the_same_program_gives_the_same_bytes(packages):
    first, second = packages
    assert first.name == second.name == f"aml-miner_1.0.0_{run('dpkg', '--print-architecture').strip()}.deb"
    assert first.read_bytes() == second.read_bytes()


def test_it_depends_on_debians_libraries_and_brings_the_others(packages, unpacked):
    depends = {re.split(r"[ :(|]", name.strip())[0] for name in field(packages[0], "Depends").split(",")}
    assert {"libc6", "libstdc++6", "libgomp1", "libssl3", "libsqlite3-0", "zlib1g"} <= depends
    assert any(name.startswith("libcurl") for name in depends)
    assert (unpacked / "usr/lib/aml-miner/lib/libduckdb.so").is_file() and (unpacked / "usr/lib/aml-miner/lib/lib_lightgbm.so").is_file()
    run_path = re.search(r"R(?:UN)?PATH\s+(\S+)", run("objdump", "-p", unpacked / "usr/lib/aml-miner/aml-miner"))[1]
    assert run_path == "$ORIGIN/lib"
    # It names no folder that it was made in, so that it is the same from every one.
    content = (unpacked / "usr/lib/aml-miner/aml-miner").read_bytes()
    assert str(ROOT).encode() not in content and os.environ.get("AML_DEPS", str(ROOT)).encode() not in content


def test_all_in_it_is_roots_and_nobody_elses_to_write(packages, unpacked):
    listed = [line.split(None, 5) for line in run("dpkg-deb", "-c", packages[0]).splitlines()]
    assert {owner for _, owner, *_ in listed} == {"root/root"}
    assert not [row for row in listed if row[0][0] != "l" and (row[0][5] == "w" or row[0][8] == "w")]
    secret = [row[5] for row in listed if row[0][0] == "-" and row[0][7] == "-"]
    assert secret == ["./etc/aml-miner/bitcoin.env"]
    assert (unpacked / "DEBIAN/conffiles").read_text().split() == ["/etc/aml-miner/bitcoin.env", "/etc/aml-miner/bitcoin.toml"]
    assert [path.name for path in (unpacked / "usr/share/zsh").iterdir()] == ["vendor-completions"]  # of Debian's fpath
    for page in (unpacked / "usr/share/man/man1").iterdir():
        assert page.suffix == ".gz" and gzip.decompress(page.read_bytes()).startswith(b".TH")


def test_the_bill_names_what_is_brought_and_what_is_loaded(packages, unpacked):
    documents = unpacked / "usr/share/doc/aml-miner"
    bill = json.loads((documents / "bom.cdx.json").read_text())
    assert (bill["bomFormat"], bill["specVersion"], bill["metadata"]["timestamp"]) == ("CycloneDX", "1.5", "2026-09-21T14:13:20Z")
    parts = {part["name"]: part for part in bill["components"]}
    assert len({part["bom-ref"] for part in bill["components"]}) == len(bill["components"])
    assert {"@duckdb/node-bindings-linux-x64", "lightgbm", "schnorrkel", "swagger-ui-dist", "libboost1.81-dev"} <= parts.keys()
    for name in re.findall(r"(?:^|, )([\w.+-]+)", field(packages[0], "Depends")):
        assert name == "passwd" or name in parts, name  # dpkg-shlibdeps and ldd agree
    assert parts["bittensor"]["scope"] == "optional"
    told = (documents / "copyright").read_text()
    assert told.startswith("aml-miner is under this licence") and "MIT License" in told
    for part in bill["components"]:
        how = part["properties"][0]["value"]
        if part["scope"] == "required" and "depends on it" not in how:
            texts = list((documents / "licences" / f"{part['name'].removeprefix('@').replace('/', '-')}-{part['version']}").iterdir())
            assert texts and all(path.stat().st_size for path in texts) and f"  {part['name']} {part['version']}:" in told


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_the_unit_is_right_and_safe(unpacked, tmp_path):
    units = unpacked / "usr/lib/systemd/system"
    text = (units / "aml-miner@.service").read_text()
    assert "ExecStart=/usr/bin/aml-miner " in text
    unit = tmp_path / "aml-miner@bitcoin.service"
    unit.write_text(text.replace("/usr/bin/aml-miner", str(unpacked / "usr/bin/aml-miner")))
    shutil.copytree(units / "aml-miner@.service.d", tmp_path / f"{unit.name}.d")
    shutil.copy(unpacked / "usr/share/aml-miner/ops/systemd/hotkey.conf", tmp_path / f"{unit.name}.d")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True)
    assert done.returncode == 0 and "aml-miner" not in done.stderr, done.stderr
    run("systemd-analyze", "security", "--offline=true", "--threshold=20", unit)
    # systemd-sysusers takes the entry.
    (tmp_path / "etc").mkdir()
    run("systemd-sysusers", f"--root={tmp_path}", unpacked / "usr/lib/sysusers.d/aml-miner.conf")
    assert re.search(r"^aml-miner:x?!?\*?:\d+:\d+:aml-miner:/var/lib/aml-miner:/usr/sbin/nologin$", (tmp_path / "etc/passwd").read_text(), re.MULTILINE)


# --- in a bare Debian -------------------------------------------------------------------------------------------------


@pytest.fixture
def bare(packages):
    missing = bare_debian.what_is_missing()
    if missing:
        pytest.skip(f"no bare Debian can be made: {missing}")
    folder = tempfile.mkdtemp(prefix="aml-", dir="/var/tmp")
    try:
        made = bare_debian.BareDebian(f"{folder}/root", field(packages[0], "Depends"))
        made.root.parent.chmod(0o755)
        yield made
    finally:
        shutil.rmtree(folder)


def dpkg(bare, *words):
    """As an unattended upgrade calls it: whatever somebody changed stays."""
    return bare.run("dpkg", "--force-confdef", "--force-confold", *words, check=True, stdin=subprocess.DEVNULL)


def next_version(unpacked, place):
    """A version 2.0.0 with other settings and another adapter to the chain."""
    tree = place / "next"
    run("cp", "-a", unpacked, tree)
    control = (tree / "DEBIAN/control").read_text()
    (tree / "DEBIAN/control").write_text(control.replace("Version: 1.0.0", "Version: 2.0.0"))
    for name in ("etc/aml-miner/bitcoin.toml", "etc/aml-miner/bitcoin.env", "usr/lib/aml-miner/chain/chain_adapter.py",
                 "usr/lib/aml-miner/chain/sdk11-requirements.txt"):
        with open(tree / name, "a") as file:
            file.write("# of version 2\n")
    run("dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "-b", tree, place / "next.deb")
    return place / "next.deb"


def purge_with_a_disk(unpacked, bare):
    """A mounted /var/lib/aml-miner cannot be removed: it is emptied, and all else is done."""
    enabled = bare.root / "etc/systemd/system/multi-user.target.wants/aml-miner@bitcoin.service"
    enabled.parent.mkdir(parents=True)
    enabled.touch()
    shutil.copy(unpacked / "DEBIAN/postrm", bare.root / "tmp")
    said = bare.run("sh", "/tmp/postrm", "purge", check=True, mounted="/var/lib/aml-miner").stderr
    assert "not all of /var/lib/aml-miner was removed" in said
    assert bare.has("/var/lib/aml-miner") and not bare.has("/var/lib/aml-miner/bitcoin") and not enabled.exists()
    shutil.rmtree(bare.root / "etc/systemd")


def test_it_is_installed_upgraded_removed_and_purged(packages, unpacked, bare, tmp_path):
    shutil.copy(packages[0], bare.root / "tmp/first.deb")
    shutil.copy(next_version(unpacked, tmp_path), bare.root / "tmp/next.deb")
    before = set(bare.run("find", "/etc", "/usr", "/var/lib", "!", "-path", "/var/lib/dpkg/*", check=True).stdout.splitlines())
    dpkg(bare, "-i", "/tmp/first.deb")
    assert bare.run("dpkg", "-V", "aml-miner", check=True).stdout == ""
    assert bare.run("aml-miner", "--version", check=True).stdout.startswith("aml-miner ")
    assert "aml-miner" in bare.run("id", "-nG", "aml-miner", check=True).stdout

    etc, chain = bare.root / "etc/aml-miner", bare.root / "usr/lib/aml-miner/chain"
    (etc / "bitcoin.toml").write_text('network = "bitcoin"\ndays = 3\n')
    (etc / "bitcoin.hotkey").write_text("a key of somebody's\n")
    for name in ("lib", "bin"):  # as aml-miner-chain-setup leaves them
        (chain / name).mkdir()
    (chain / "bin/chain-adapter").write_text("#!/bin/sh\n")
    (chain / "bin/chain-adapter").chmod(0o755)
    (chain / "lib/chain_adapter.py").write_text("of version 1\n")
    shutil.copy(chain / "sdk11-requirements.txt", chain / "lib")
    # From here on systemd seems to be there.
    (bare.root / "run/systemd/system").mkdir(parents=True)
    (bare.root / "usr/local/bin").mkdir(parents=True, exist_ok=True)
    (bare.root / "usr/local/bin/systemctl").write_text('#!/bin/sh\necho "$@" >>/tmp/told\n')
    (bare.root / "usr/local/bin/systemctl").chmod(0o755)
    told = bare.root / "tmp/told"

    upgraded = dpkg(bare, "-i", "/tmp/next.deb")
    assert (etc / "bitcoin.toml").read_text() == 'network = "bitcoin"\ndays = 3\n'
    assert (etc / "bitcoin.toml.dpkg-dist").read_text().endswith("# of version 2\n")
    assert (etc / "bitcoin.env").read_text().endswith("# of version 2\n") and (etc / "bitcoin.env").stat().st_mode & 0o777 == 0o600
    assert (chain / "lib/chain_adapter.py").read_text().endswith("# of version 2\n")
    assert "run aml-miner-chain-setup" in upgraded.stderr
    assert told.read_text().splitlines() == ["daemon-reload", "try-restart aml-miner@*.service"]

    told.unlink()
    (bare.root / "var/lib/aml-miner/bitcoin").mkdir(parents=True)
    dpkg(bare, "-r", "aml-miner")
    assert told.read_text().splitlines() == ["stop aml-miner@*.service", "daemon-reload"]
    assert not bare.has("/usr/lib/aml-miner") and not bare.has("/usr/bin/aml-miner")
    assert (etc / "bitcoin.toml").exists() and bare.has("/var/lib/aml-miner/bitcoin")
    purge_with_a_disk(unpacked, bare)
    dpkg(bare, "-P", "aml-miner")
    assert not bare.has("/var/lib/aml-miner") and not (etc / "bitcoin.toml").exists()
    left = set(bare.run("find", "/etc", "/usr", "/var/lib", "!", "-path", "/var/lib/dpkg/*", check=True).stdout.splitlines()) - before
    users = {f"/etc/{name}" for name in ("passwd-", "group-", "shadow", "shadow-", "gshadow", "gshadow-", ".pwd.lock", "subuid", "subgid")}
    assert sorted(left - users) == sorted({"/etc/aml-miner", "/etc/aml-miner/bitcoin.hotkey", "/usr/local", "/usr/local/bin", "/usr/local/bin/systemctl"} - before), left


def settings_of(text):
    """What the unit says: name → its last value."""
    return dict(line.split("=", 1) for line in text.splitlines() if re.match(r"^[A-Z]\w+=", line))


def answer(state, path):
    """Status, or 0 where nobody answers yet."""
    try:
        port = (state / "port").read_text().strip()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as found:
            return found.status
    except urllib.error.HTTPError as refusal:
        return refusal.code
    except (OSError, ValueError):
        return 0


def set_up_a_day(bare):
    """Publishes a day, and configures the service to read it; its settings are the group's alone to read."""
    day = ["--network", "bitcoin", "--processing-date", "2025-10-26"]
    bare.run("aml-miner", "simulate", *day, "--scale", "0.002", "--output-dir", "/srv-day", check=True)
    bare.run("aml-miner", "publish", "--input-dir", "/srv-day", "--sot", "file:///srv-sot", check=True)
    configuration = bare.root / "etc/aml-miner/bitcoin.toml"
    text = configuration.read_text().replace('#sot = "s3://bucket/snapshots"', 'sot = "file:///srv-sot"')
    server = text.index("\n[serve]\n")
    text = text[:server] + text[server:].replace("#port = 8000", "port = 0", 1).replace('#port-file = "./port"', 'port-file = "./port"', 1)
    check = text.index("\n[check]\n")
    text = text[:check] + text[check:].replace("#enabled = true", "enabled = false", 1)
    configuration.write_text(text)
    group = int(bare.run("id", "-g", "aml-miner", check=True).stdout)
    os.chown(configuration, 0, group)
    configuration.chmod(0o640)
    return group


def documented_doctor(bare):
    """What docs/operations.md tells to call, by a user's shell: what it says of each thing."""
    command, = re.findall(r"^    \((cd .*aml-miner doctor .*)\)$", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE)
    said = bare.run("sh", "-c", f"{command} --json").stdout
    return {check["name"]: check for check in json.loads(said)["checks"]}


def test_what_the_unit_starts_serves_a_day_as_its_user(packages, bare):
    shutil.copy(packages[0], bare.root / "tmp/first.deb")
    dpkg(bare, "-i", "/tmp/first.deb")
    assert "127.0.0.1:9000" in str(documented_doctor(bare)["sot"])  # of bitcoin.env
    group = set_up_a_day(bare)
    unit = settings_of((bare.root / "usr/lib/systemd/system/aml-miner@.service").read_text())
    assert (unit["DynamicUser"], unit["ProtectSystem"], unit["CapabilityBoundingSet"], unit["Type"]) == ("yes", "strict", "", "notify")
    place = unit["WorkingDirectory"].replace("%S", "/var/lib").replace("%i", "bitcoin")
    home = re.fullmatch("HOME=(.+)", unit["Environment"])[1].replace("%S", "/var/lib").replace("%i", "bitcoin")
    assert home == place
    state = bare.root / place[1:]
    state.mkdir(parents=True)
    os.chown(state, DYNAMIC_USER, DYNAMIC_USER)
    state.chmod(int(unit["StateDirectoryMode"], 8))
    start = unit["ExecStart"].replace("%i", "bitcoin")
    files = min(int(unit["LimitNOFILE"]), resource.getrlimit(resource.RLIMIT_NOFILE)[1])  # a container's root may raise none
    words = ["prlimit", f"--nofile={files}", f"--core={unit['LimitCORE']}", "setpriv", f"--reuid={DYNAMIC_USER}", f"--regid={DYNAMIC_USER}",
             f"--groups={group}", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all",
             "sh", "-c", f"umask {unit['UMask']} && cd {place} && exec {start}"]
    log_path = bare.root.parent / "log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, open(log_path, "w") as log:
        manager.bind(str(bare.root / "run/notify"))
        (bare.root / "run/notify").chmod(0o777)
        manager.settimeout(1)
        environment = {"HOME": home, "NOTIFY_SOCKET": "/run/notify"}
        service = subprocess.Popen(bare.command(*words, writable=place, environment=environment), stderr=log)
        try:
            heard = set()
            deadline = time.monotonic() + 600
            while b"READY=1" not in heard or answer(state, "/dates/latest") != 200:
                assert service.poll() is None and time.monotonic() < deadline, log_path.read_text()
                try:
                    heard.add(manager.recv(100))
                except TimeoutError:
                    pass
            program = int(pathlib.Path(f"/proc/{service.pid}/task/{service.pid}/children").read_text())
            limits = pathlib.Path(f"/proc/{program}/limits").read_text()
            assert re.search(rf"Max open files +{files} +{files}", limits) and re.search(r"Max core file size +0 +0", limits)
            status = pathlib.Path(f"/proc/{program}/status").read_text()
            assert re.search(rf"^Uid:\s+{DYNAMIC_USER}\b", status, re.MULTILINE) and re.search(r"^CapBnd:\s+0+$", status, re.MULTILINE)
            assert (state / "output/2025-10-26/metadata.json").stat().st_mode & 0o007 == 0
            os.kill(program, signal.SIGTERM)
            assert service.wait(300) == 0
            assert "2025-10-26" in str(documented_doctor(bare)["newest day"])  # it looks at the service's folder
        finally:
            service.kill()
            service.wait()
