"""scripts/affected: what a changed file can break, asked of a small project that ninja builds, and of this one."""

import importlib.machinery
import importlib.util
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def load(path):
    loader = importlib.machinery.SourceFileLoader("affected", str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("affected", loader))
    loader.exec_module(module)
    return module


CMAKE = """
cmake_minimum_required(VERSION 3.25)
project(small LANGUAGES CXX)
add_custom_target(unit_tests)
add_custom_target(thread_tests)
include_directories(src)
add_library(sot STATIC src/sot/sot.cpp)
add_library(http STATIC src/http/http.cpp)
add_library(commands STATIC src/commands/commands.cpp src/commands/fetch.cpp src/commands/serve.cpp src/commands/shared.cpp)
add_executable(program src/main.cpp)
target_link_libraries(program commands sot http)
function(test name)
  add_executable(${name} ${ARGN})
  add_dependencies(unit_tests ${name})
endfunction()
test(sot_test tests/sot/sot_test.cpp)
target_link_libraries(sot_test sot)
test(http_test tests/http/http_test.cpp)
target_link_libraries(http_test http)
add_dependencies(thread_tests http_test)
add_subdirectory(fuzz)
"""
FILES = {
    "CMakeLists.txt": CMAKE,
    "src/sot/sot.h": "int sot();",
    "src/sot/sot.cpp": '#include "sot/sot.h"\nint sot() { return 0; }',
    "src/sot/CMakeLists.txt": "",
    "src/http/http.h": "int http();",
    "src/http/http.cpp": '#include "http/http.h"\nint http() { return 0; }',
    "src/commands/commands.cpp": 'const char* kCommands[][1] = {\n    {"fetch"},\n    {"serve"},\n};',
    "src/commands/shared.cpp": "int shared() { return 0; }",
    "src/commands/fetch.cpp": '#include "sot/sot.h"\nint fetch() { return sot(); }',
    "src/commands/serve.cpp": '#include "http/http.h"\nint serve() { return http(); }',
    "src/main.cpp": "int main() {}",
    "fuzz/CMakeLists.txt": "add_custom_target(fuzz_targets)\nadd_executable(request request.cpp)\nadd_dependencies(fuzz_targets request)\n",
    "fuzz/request.cpp": "int main() {}",
    "tests/sot/sot_test.cpp": '#include "sot/sot.h"\nint main() { return sot(); }',
    "tests/sot/sot_golden.json": "{}",
    "tests/sot/test_sot.py": "import shared_by_tests",
    "tests/http/http_test.cpp": '#include "http/http.h"\nint main() { return http(); }',
    "tests/http/test_http.py": "import os",
    "tests/shared_by_tests.py": "",
    "tests/conftest.py": "",
    "tests/docs/test_readme.py": "",
    "tests/needs.txt": "all scripts/build\nunit http_test words\nfolder sot fetch\nfolder http serve\nfolder docs README.md # prose\n",
    "README.md": "",
    "LICENSE": "",
    "words/one.txt": "",
    "scripts/build": "",
    ".gitignore": "/build/\n__pycache__/\n",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the script in a project of two stages, committed and built."""
    root = tmp_path_factory.mktemp("project")
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    shutil.copy(ROOT / "scripts/affected", root / "scripts/affected")
    for build in ("asan", "release"):
        subprocess.run(["cmake", "-G", "Ninja", "-S", root, "-B", root / "build" / build], check=True, capture_output=True)
        subprocess.run(["ninja", "-C", root / "build" / build], check=True, capture_output=True)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "-c", "user.name=x", "-c", "user.email=x@localhost", "commit", "-qm", "begin")
    return root


def git(root, *words):
    subprocess.run(["git", "-C", root, *words], check=True, capture_output=True)


@pytest.fixture
def affected(project):
    def run(*options):
        done = subprocess.run([project / "scripts/affected", *options], capture_output=True, text=True, check=True)
        return set(done.stdout.splitlines()), done.stderr

    yield run
    git(project, "checkout", "-q", ".")
    git(project, "clean", "-qfd")


EVERYTHING = {"unit sot_test", "unit http_test", "thread http_test", "fuzz request", "folder sot", "folder http", "folder docs"}


def test_without_a_change_nothing_is_selected_and_all_is_with_all(affected):
    assert affected("--since", "HEAD")[0] == set()
    assert affected("--all")[0] == EVERYTHING


@pytest.mark.parametrize("file, expected", [
    ("src/sot/sot.h", {"unit sot_test", "folder sot"}),
    ("src/sot/CMakeLists.txt", {"unit sot_test", "folder sot"}),
    ("src/http/http.cpp", {"unit http_test", "folder http"}),
    ("src/commands/serve.cpp", {"folder http"}),
    ("src/commands/shared.cpp", {"folder http", "folder sot"}),
    ("tests/sot/sot_golden.json", {"unit sot_test", "folder sot"}),
    ("tests/http/http_test.cpp", {"unit http_test"}),
    ("tests/http/test_http.py", {"folder http"}),
    ("tests/shared_by_tests.py", {"folder sot"}),
    ("tests/conftest.py", {"folder docs", "folder http", "folder sot"}),
    ("README.md", {"folder docs"}),
    ("words/one.txt", {"unit http_test"}),
    ("scripts/build", {"unit sot_test", "unit http_test", "folder sot", "folder http", "folder docs"}),
    ("LICENSE", set()),
])
def test_a_changed_file_selects_what_it_can_break(project, affected, file, expected):
    with open(project / file, "a") as changed:
        changed.write("\n")
    selected, said = affected("--since", "HEAD")
    assert selected == expected
    assert ("read by no test: LICENSE" in said) == (file == "LICENSE")
    assert "thread sanitizer" in said


def test_new_and_deleted_files_count_as_changed(project, affected):
    (project / "tests/sot/other_golden.json").write_text("{}")
    assert affected("--since", "HEAD")[0] == {"unit sot_test", "folder sot"}
    git(project, "clean", "-qfd")
    (project / "words/one.txt").unlink()
    assert affected("--since", "HEAD")[0] == {"unit http_test"}


def test_what_passed_is_believed_until_one_of_its_files_changes(project, affected):
    assert affected()[0] == EVERYTHING
    affected("--passed", "unit", "sot_test", "http_test")
    affected("--passed", "folder", "docs", "http", "sot")
    assert affected()[0] == {"thread http_test", "fuzz request"}
    (project / "src/sot/sot.cpp").write_text(FILES["src/sot/sot.cpp"] + "\n")
    assert affected()[0] == {"thread http_test", "fuzz request", "unit sot_test", "folder sot"}
    (project / "src/sot/sot.cpp").write_text(FILES["src/sot/sot.cpp"])
    assert affected()[0] == {"thread http_test", "fuzz request"}


# --- this project's table ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ours():
    return load(ROOT / "scripts/affected")


def test_the_table_has_a_row_for_every_folder_with_end_to_end_tests(ours):
    needs = ours.Needs((ROOT / "tests/needs.txt").read_text())
    folders = {file.split("/")[1] for file in ours.tracked() if re.fullmatch(r"tests/[a-z]+/test_\w+\.py", file)}
    assert set(needs.folders) == folders


def test_the_table_names_what_exists(ours):
    needs = ours.Needs((ROOT / "tests/needs.txt").read_text())
    commands = ours.Commands(ours.Build(ROOT / "build/release")).names
    for row, words in needs.rows.items():
        for word in words:
            assert word in (*commands, "*") or word.startswith("unit:") or ours.below([word]), f"{row}: {word}"


def test_the_table_has_the_subcommands_that_the_tests_run(ours):
    """As a string before others, as in a call. A word that only looks so may stand in the table all the same."""
    needs = ours.Needs((ROOT / "tests/needs.txt").read_text())
    commands = ours.Commands(ours.Build(ROOT / "build/release")).names
    for folder in needs.folders:
        words = needs.of("folder", folder)
        text = "".join((ROOT / file).read_text() for file in ours.imported(folder))
        run = {command for command in commands if re.search(rf'"{command}",\s*["*]', text)}
        assert "*" in words or run <= set(words), f"tests/{folder} runs {sorted(run - set(words))}"


def test_a_stage_reaches_the_tests_that_go_through_it(ours):
    release = ours.Build(ROOT / "build/release")
    reach = ours.Commands(release).reach
    assert "src/http/server.cpp" in reach("serve") and "src/http/server.cpp" not in reach("download")
    assert {"src/sot/s3_store.cpp", "src/base/files.cpp", "src/main.cpp"} <= reach("download")
    assert "src/commands/train.cpp" not in reach("process") and "src/forest/model.cpp" in reach("process")
