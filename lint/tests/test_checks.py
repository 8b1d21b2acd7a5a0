"""Each check passes on a clean tree and refuses what it is for."""
import pathlib
import subprocess

import pytest

LINT = pathlib.Path(__file__).resolve().parent.parent
NEEDS_MORE = ("exports", "commits")  # a build, a history: tested below
CHECKS = sorted(path.stem.removeprefix("check_") for path in LINT.glob("check_*.py"))


@pytest.mark.parametrize("check", [name for name in CHECKS if name not in NEEDS_MORE])
def test_clean_tree_passes(place, check):
    assert place.messages(check) == []


# ---------------------------------------------------------------- layers

@pytest.mark.parametrize("name, line, reason", [
    ("api/include/stanchion/extra.h", "#include <stdio.h>", "api needs nothing but"),
    ("kernel/src/bad.cc", '#include "stanchion/sdk/status.h"', "kernel may include api"),
    ("kernel/src/bad.cc", "#include <simdjson.h>", "kernel may not use simdjson"),
    ("plugins/one-two/src/bad.cc", '#include "../../other-one/src/secret.h"', "interface in api/"),
    ("plugins/one-two/src/bad.cc", '#include "kernel_part.h"', None),
    ("plugins/one-two/src/bad.cc", '#include "../../../kernel/src/kernel_part.h"', "plugins may include"),
    ("plugins/one-two/src/bad.cc", "#include <nlohmann/json.hpp>", "name the package nlohmann"),
    ("plugins/one-two/src/bad.cc", "#include <gtest/gtest.h>", "name the package GoogleTest"),
    ("plugins/one-two/tests/fine.cc", "#include <gtest/gtest.h>", None),
    ("sdk/protocol/src/bad.cc", "#include <chrono>", "the codec does no IO"),
    ("sdk/protocol/src/bad.cc", '#include "stanchion/abi.h"', "sdk/protocol may include nothing"),
    ("sdk/plugin/include/stanchion/sdk/bad.h", "#include <spdlog/spdlog.h>", "sdk/plugin may not use spdlog"),
    ("tests/abi/bad.cc", '#include "kernel/src/kernel_part.h"', "tests may include"),
    ("kernel/src/fine.cc", '// #include "stanchion/sdk/status.h"', None),
])
def test_layers(place, name, line, reason):
    place.write("sdk/plugin/include/stanchion/sdk/status.h", "")
    place.write("plugins/other-one/src/secret.h", "")
    place.write("kernel/src/kernel_part.h", "")
    place.write(name, line + "\n")
    if reason:
        place.refuses("layers", name, reason)
    else:
        assert place.messages("layers") == []


def test_layers_lists_of_plugins(place):
    place.write("plugins/one-two/CMakeLists.txt", "stn_add_plugin(p SOURCES ../three/src/a.cc ../../three/src/a.cc)\n")
    place.refuses("layers", "plugins/one-two/CMakeLists.txt:1", "without its neighbours")


# ---------------------------------------------------------------- headers, tags, use, lock

def test_header_that_needs_another(place):
    place.write("api/include/stanchion/bad.h", "#ifndef B\n#define B\nstatic inline uint32_t one(void) { return 1; }\n#endif\n")
    found = place.messages("headers")
    assert len(found) == 2 and "c11" in found[0] + found[1] and "c++20" in found[0] + found[1]


def test_header_with_cxx_in_c(place):
    place.write("api/include/stanchion/bad.h", "#ifndef B\n#define B\nusing number = int;\n#endif\n")
    place.refuses("headers", "api/include/stanchion/bad.h", "c11")


def test_header_without_guard(place):
    place.write("sdk/plugin/include/stanchion/sdk/bad.h", "struct one { int a; };\n")
    place.refuses("headers", "stanchion/sdk/bad.h", "redefinition")


@pytest.mark.parametrize("declaration, name", [
    ("typedef struct t {\n  int (*fetch)(void *self); /* reads */\n} t;\n", "fetch"),
    ("typedef void (*stn_done_fn)(void *user);\n", "stn_done_fn"),
    ("/* Adds. */\nstatic inline int stn_add(int a) {\n  return a + 1;\n}\n", "stn_add"),
    ("typedef struct t {\n  int (*a)(void *); /* [any] */\n  int (*b)(void *);\n} t;\n", "b"),
    ("typedef struct t {\n  int (*a)(void *); /* [anywhere] */\n} t;\n", "a"),
])
def test_missing_thread_tag(place, declaration, name):
    place.write("api/include/stanchion/bad.h", declaration)
    place.refuses("thread_tags", f" {name} has no thread tag")


def test_abi_function_without_caller(place):
    path = place.root / "api/include/stanchion/abi.h"
    path.write_text(path.read_text().replace("} stn_table;", "  void (*stop)(void *self); /* [ctrl] */\n} stn_table;"))
    place.write("plugins/one-two/src/table.cc", "void stop(void *);\nstn_table t = {.stop = stop};\n")
    place.refuses("abi_use", "stop is called by nobody")


def test_abi_constant_without_user(place):
    path = place.root / "api/include/stanchion/abi.h"
    path.write_text(path.read_text().replace("#define STN_OK 0", "#define STN_OK 0\n#define STN_NEVER 9"))
    place.refuses("abi_use", "STN_NEVER is used by nobody")


def test_abi_changed_under_the_same_draft(place):
    path = place.root / "api/include/stanchion/abi.h"
    path.write_text(path.read_text().replace("uint32_t with", "uint64_t with"))
    place.refuses("abi_lock", "raise STN_ABI_DRAFT")


def test_abi_comment_may_change(place):
    path = place.root / "api/include/stanchion/abi.h"
    path.write_text(path.read_text().replace("base types", "types of the base"))
    assert place.messages("abi_lock") == []


def test_abi_draft_raised_but_not_recorded(place):
    path = place.root / "api/include/stanchion/abi.h"
    path.write_text(path.read_text().replace("DRAFT 1u", "DRAFT 2u"))
    place.refuses("abi_lock", "run ./x abi --lock")


# ---------------------------------------------------------------- readmes, size, format, kernel

def test_readme_missing(place):
    place.write("plugins/other/plugin.toml", "")
    place.refuses("readmes", "plugins/other/README.md", "is missing")


def test_readme_without_heading(place):
    path = place.root / "kernel/README.md"
    path.write_text(path.read_text().replace("## Limits and keys\n", ""))
    place.refuses("readmes", "kernel/README.md", "limits and keys")


def test_readme_without_file(place):
    place.write("plugins/one-two/src/forgotten.cc", "")
    place.refuses("readmes", "src/forgotten.cc")


def test_long_file(place):
    place.write("kernel/src/long.cc", "\n" * 601)
    place.refuses("size", "kernel/src/long.cc", "601 lines")


LONG = "  work();\n" * 69


@pytest.mark.parametrize("name, text, function", [
    ("a.cc", "namespace a {\nvoid b::f(int x) const {\n" + LONG + "}\n}\n", "b::f"),
    ("a.cc", "struct a {\n  a() : x_{1}, y_(f({2})) {\n" + LONG + "}\n int x_, y_; };\n", "a"),
    ("a.cc", "template <class T> auto f(T t = {}) -> int {\n" + LONG + "}\n", "f"),
    ("a.c", "static int table[] = {1, 2};\nstruct s *f(struct s *x) {\n" + LONG + "}\n", "f"),
    ("a.cc", "TEST(store, keeps) {\n" + LONG + "}\n", "TEST"),
    ("A.java", "@Tag(\"x\")\nclass A {\n  @Override public void f() throws X {\n" + LONG + "}\n}\n", "f"),
    ("a.py", "def f():\n" + "    work()\n" * 70, "f"),
])
def test_long_function(place, name, text, function):
    place.write(name, text)
    place.refuses("size", f" {function} has 71 lines")
    place.write(name, text.replace(LONG, LONG[10:], 1) if LONG in text else text.replace("    work()\n", "", 1))
    assert place.messages("size") == []


def test_format(place):
    place.write("kernel/src/ugly.cc", "int  f( ) {return 1 ;}\n")
    place.refuses("format", "kernel/src/ugly.cc:1", "./x fmt")


def test_kernel_knows_no_message(place):
    place.write("kernel/src/knows.cc", "int topic = 1;\n")
    place.refuses("kernel", "kernel/src/knows.cc:1", "topic")


def test_kernel_stays_small(place):
    for number in range(8):
        place.write(f"kernel/src/part_{number}.cc", "int a;\n// why\n\n" * 499)
    assert place.messages("kernel") == []
    place.write("kernel/src/part_8.cc", "int a;\n" * 8)
    place.refuses("kernel", "4001 lines of code")


# ---------------------------------------------------------------- words, sleeps

@pytest.mark.parametrize("line", [
    "see /ro" + "ot/data", "cd /wo" + "rk/main", "/home/jo" + "e/x", "// TO" + "DO: later", "FIX" + "ME", "XX" + "X",
    "as asked in iss" + "ue 3", "written by an AI age" + "nt", "http://artifact" + "ory/x", "http://proxy.inter" + "nal/x",
])
def test_words(place, line):
    place.write("docs/page.md", f"first\n{line}\n")
    place.refuses("words", "docs/page.md:2")


@pytest.mark.parametrize("line", ["SCHEDULE_TOPIC_XX" + "XX", "$HOME/store/x", "a/root/b", "the issues it solves"])
def test_words_that_are_fine(place, line):
    place.write("docs/page.md", line + "\n")
    assert place.messages("words") == []


@pytest.mark.parametrize("name, line", [
    ("tests/abi/test_a.py", "time.sl" + "eep(1)"),
    ("plugins/one-two/tests/a_test.cc", "std::this_thread::sleep_" + "for(1s);"),
    ("tests/conformance/java/src/A.java", "Thread.sl" + "eep(100);"),
])
def test_sleeping_test(place, name, line):
    place.write(name, line + "\n")
    place.refuses("sleeps", f"{name}:1", "poll for the condition")


def test_poll_helper_may_sleep(place):
    place.write("tests/support/deadline.py", "time.sl" + "eep(0.01)\n")
    assert place.messages("sleeps") == []


# ---------------------------------------------------------------- history and build

def git(root, *arguments):
    identity = ["-c", "user.name=t", "-c", "user.email=t@t"]
    subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True)


@pytest.mark.parametrize("subject, reason", [
    ("store: append in one section", None),
    ("sdk/plugin: a fake host", None),
    ("api: ABI headers", None),
    ("Store: append", "area and a colon"),
    ("append faster", "area and a colon"),
    ("store: Append faster", "capital"),
    ("store: append faster.", "full stop"),
    ("store: " + "a" * 66, "73 columns"),
])
def test_commit_subject(place, subject, reason):
    git(place.root, "init", "-q")
    git(place.root, "add", ".")
    git(place.root, "commit", "-q", "-m", subject)
    if reason:
        place.refuses("commits", reason)
    else:
        assert place.messages("commits") == []


def test_commit_that_is_history(place):
    git(place.root, "init", "-q")
    git(place.root, "add", ".")
    git(place.root, "commit", "-q", "-m", "Wrong")
    commit = subprocess.run(["git", "-C", str(place.root), "rev-parse", "HEAD"], capture_output=True, text=True).stdout
    place.write("lint/commits_let_pass.txt", f"{commit.strip()} Wrong\n")
    assert place.messages("commits") == []


def build(place, monkeypatch, module_source, program_flags=()):
    """A build folder with one module and one program."""
    monkeypatch.delenv("STN_PRESET", raising=False)
    monkeypatch.setenv("STN_OUT", str(place.root / "out"))
    out = place.root / "out/release"
    modules = out / "lib/stanchion/plugins/1"
    modules.mkdir(parents=True)
    (out / "bin").mkdir()
    module, program = place.write("out/m.c", module_source), place.write("out/p.c", "int main(void) { return 0; }\nint seen(void) { return 1; }\n")
    subprocess.run(["gcc", "-shared", "-fPIC", str(module), "-o", str(modules / "stn.a-1.so")], check=True)
    subprocess.run(["gcc", str(program), "-o", str(out / "bin/stanchion"), *program_flags], check=True)


ENTRY = "int stn_plugin_v1(void) { return 0; }\n"


def test_exports_clean(place, monkeypatch):
    build(place, monkeypatch, ENTRY)
    assert place.messages("exports") == []


def test_plugin_that_exports_more(place, monkeypatch):
    build(place, monkeypatch, ENTRY + "int leak(void) { return 1; }\n")
    place.refuses("exports", "stn.a-1.so", "leak")


def test_program_that_exports(place, monkeypatch):
    build(place, monkeypatch, ENTRY, ["-rdynamic"])
    assert any("seen" in message for message in place.messages("exports"))


def test_program_that_needs_a_library(place, monkeypatch):
    build(place, monkeypatch, ENTRY, ["-Wl,--no-as-needed", "-lstdc++"])
    assert any("libstdc++" in message for message in place.messages("exports"))


def test_nothing_built(place, monkeypatch):
    monkeypatch.setenv("STN_OUT", str(place.root / "out"))
    place.refuses("exports", "./x build")
