"""The one script, with its tools replaced: what ./x test prints and answers, what it installs."""
import os
import pathlib
import shutil
import stat
import subprocess

import pytest

REPO = pathlib.Path(__file__).resolve().parents[2]
PASSING = "def test_one(): assert 1 + 1 == 2\n"
FAILING = PASSING + "def test_two(): assert 1 + 1 == 3\n"


class Copy:
    """A repository of the script alone. Tools of the build are stubs that do nothing and succeed."""

    def __init__(self, root):
        self.root = root
        shutil.copy(REPO / "x", root / "x")
        (root / "lint/tests").mkdir(parents=True)
        shutil.copy(REPO / "lint/count_results.py", root / "lint/count_results.py")
        (root / "lint/tests/test_rule.py").write_text(PASSING)
        (root / "lint/run.py").write_text("print('3 passed, 0 failed')\n")
        for tool in ("cmake", "ninja", "apt-get", "sudo"):
            self.stub(tool, f'echo "{tool} $*" >>"{root}/calls"')
        self.stub("dpkg-query", "echo install ok installed")
        self.stub("ctest", "echo '100% tests passed, 0 tests failed out of 4'")
        self.stub("javac", "")
        self.stub("mvn", "")

    def stub(self, name, script):
        path = self.root / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def folder(self, name, text):
        path = self.root / name / "test_it.py"
        path.parent.mkdir(parents=True)
        path.write_text(text)

    def x(self, *arguments):
        environment = {**os.environ, "PATH": f"{self.root}/bin:{os.environ['PATH']}"}
        done = subprocess.run([str(self.root / "x"), *arguments], capture_output=True, text=True, env=environment)
        return done.returncode, done.stdout.splitlines()

    def calls(self):
        path = self.root / "calls"
        return path.read_text() if path.exists() else ""


@pytest.fixture
def copy(tmp_path):
    return Copy(tmp_path)


def test_sum_over_all_suites(copy):
    copy.folder("tests/conformance", PASSING)
    status, lines = copy.x("test")
    assert (status, lines[-1]) == (0, "9 passed, 0 failed")  # lint 3, its tests 1, unit 4, conformance 1


def test_one_failure_is_an_exit_status(copy):
    copy.folder("tests/conformance", FAILING)
    status, lines = copy.x("test")
    assert (status, lines[-1]) == (1, "9 passed, 1 failed")


def test_a_suite_that_ran_nothing_has_failed(copy):
    copy.folder("tests/abi", "# nobody home\n")
    status, lines = copy.x("test")
    assert (status, lines[-1]) == (1, "8 passed, 1 failed")


def test_a_suite_that_died_has_failed(copy):
    copy.stub("ctest", "echo '100% tests passed, 0 tests failed out of 4'; kill -SEGV $$")
    status, lines = copy.x("test")
    assert (status, lines[-1]) == (1, "8 passed, 1 failed")


def test_a_build_that_fails_ends_it(copy):
    copy.stub("ninja", "exit 1")
    status, lines = copy.x("test")
    assert (status, lines[-1]) == (1, "0 passed, 1 failed")


def test_what_is_there_is_not_installed(copy):
    copy.x("test")
    assert "apt-get" not in copy.calls()


def test_only_what_is_missing_is_installed(copy):
    copy.stub("dpkg-query", 'case "$*" in *lld*) exit 1 ;; *) echo install ok installed ;; esac')
    copy.x("test")
    assert [line.split()[-1] for line in copy.calls().splitlines() if "install" in line] == ["lld"]


def test_a_working_jdk_from_elsewhere_is_taken(copy):
    copy.stub("dpkg-query", 'case "$*" in *jdk*|*maven*) exit 1 ;; *) echo install ok installed ;; esac')
    copy.x("test")
    assert "apt-get" not in copy.calls()


def test_run_starts_standalone_with_its_arguments(copy):
    program = copy.root / "out/release/bin/stanchion"
    program.parent.mkdir(parents=True)
    copy.stub("stanchion", 'echo "started $*"')
    shutil.copy(copy.root / "bin/stanchion", program)
    status, lines = copy.x("run", "--var", "flush=async")
    assert (status, lines[-1]) == (0, "started run conf/standalone.toml --var flush=async")


def test_unknown_verb(copy):
    assert copy.x("dance")[0] == 2
