"""Key files of every wallet there is load, and signatures verify both ways."""

import json
import re
import subprocess

import pytest

from mining import ALICE


def wallet(aml_miner, command, root, *arguments, name="w", hotkey="h"):
    return subprocess.run([aml_miner, "--log-format", "json", "wallet", command, "--wallet-path", root, "--wallet", name,
                           "--hotkey", hotkey, *arguments], capture_output=True, text=True, timeout=60)


@pytest.fixture(params=["wallet40", "wallet41", "sdk11"])
def writer(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("uri", [None, "//Alice"])
def test_a_hotkey_loads_and_signatures_verify_both_ways(aml_miner, writer, tmp_path, uri):
    ss58 = writer.create_hotkey(path=str(tmp_path), name="w", hotkey="h", uri=uri)
    shown = wallet(aml_miner, "show", tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert re.search(r"ss58 +(\S+)", shown.stdout).group(1) == ss58
    ours = wallet(aml_miner, "sign", tmp_path, "--message", "it was me").stdout.strip()
    assert writer.verify(ss58=ss58, message="it was me", signature=ours)
    assert not writer.verify(ss58=ss58, message="it was you", signature=ours)
    theirs = writer.sign(path=str(tmp_path), name="w", hotkey="h", message="it was me")
    arguments = ["--ss58", ss58, "--signature", theirs, "--message"]
    assert wallet(aml_miner, "verify", tmp_path, *arguments, "it was me").stdout == "valid\n"
    assert wallet(aml_miner, "verify", tmp_path, *arguments, "it was you").returncode == 3


def test_an_encrypted_hotkey_is_refused_with_advice(aml_miner, writer, tmp_path):
    writer.encrypt_hotkey(path=str(tmp_path), name="w", hotkey="h", password="Correct Horse 1!")
    refused = wallet(aml_miner, "show", tmp_path)
    assert (refused.returncode, "--no-use-password" in refused.stderr) == (3, True)


def test_a_coldkey_is_refused(aml_miner, wallet41, tmp_path):
    wallet41.create_coldkey(path=str(tmp_path), name="w")
    hotkeys = tmp_path / "w" / "hotkeys"
    hotkeys.mkdir(exist_ok=True)
    (hotkeys / "h").write_bytes((tmp_path / "w" / "coldkey").read_bytes())
    (hotkeys / "h").chmod(0o600)
    refused = wallet(aml_miner, "show", tmp_path)
    assert (refused.returncode, "coldkey" in refused.stderr) == (3, True)


def test_a_hotkey_we_make_is_read_by_every_wallet(aml_miner, writer, tmp_path):
    made = wallet(aml_miner, "create", tmp_path)
    ss58 = re.search(r"ss58 +(\S+)", made.stdout).group(1)
    assert (tmp_path / "w" / "hotkeys" / "h").stat().st_mode & 0o777 == 0o600
    signature = writer.sign(path=str(tmp_path), name="w", hotkey="h", message="mine")
    verified = wallet(aml_miner, "verify", tmp_path, "--ss58", ss58, "--signature", signature, "--message", "mine")
    assert verified.returncode == 0
    assert wallet(aml_miner, "create", tmp_path).returncode == 2, "a key is never written over"


def test_a_hotkey_file_may_lie_in_the_current_folder(aml_miner, tmp_path):
    done = subprocess.run([aml_miner, "wallet", "--hotkey-file", "key", "create", "--dev", "//Alice"], cwd=tmp_path, capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0 and ALICE in done.stdout, done.stderr
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_a_file_others_may_read_is_a_warning(aml_miner, tmp_path):
    wallet(aml_miner, "create", tmp_path, "--dev", "//Alice")
    assert wallet(aml_miner, "show", tmp_path).stderr == ""
    (tmp_path / "w" / "hotkeys" / "h").chmod(0o640)
    shown = wallet(aml_miner, "show", tmp_path)
    assert (shown.returncode, ALICE in shown.stdout) == (0, True)
    warning = json.loads(shown.stderr)
    assert (warning["level"], warning["mode"]) == ("warning", "0640")
