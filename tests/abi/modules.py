"""Builds the modules of plugins/ as a stranger would: one compiler call against the public headers."""
import pathlib
import re
import shutil
import subprocess

from support.paths import REPO

SOURCES = pathlib.Path(__file__).resolve().parent / "plugins"
API, SDK = REPO / "api" / "include", REPO / "sdk" / "plugin" / "include"
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-fvisibility=hidden"]
GCC_C = ["gcc", "-std=c11", *WARNINGS, f"-I{API}"]
CLANG_CXX = ["clang++-14", "-std=c++20", "-stdlib=libc++", *WARNINGS, f"-I{API}", f"-I{SDK}"]

PLUGIN_TOML = """id          = "{id}"
version     = "{version}"
core        = "{core}"
license     = "Apache-2.0"
description = "a module of the tests"
provides    = {provides}
needs       = {needs}
"""


def description(id, version="0.1.0", core="1.0", provides=(), needs=(), more=""):
    """The text of a plugin.toml."""
    quoted = {key: "[" + ", ".join(f'"{item}"' for item in value) + "]"
              for key, value in (("provides", provides), ("needs", needs))}
    return PLUGIN_TOML.format(id=id, version=version, core=core, **quoted) + more


def build(source, toml, folder, compiler=None, id=None, version="0.1.0", **defines):
    """Compiles a source of plugins/ to folder/id-version.so; `toml` becomes its note. Returns the path."""
    compiler = compiler or GCC_C
    id = id or re.search(r'^id\s*=\s*"(.*)"', toml, re.M).group(1)
    work = folder / f"build-{id}-{version}"
    work.mkdir(parents=True)
    (work / "plugin.toml").write_text(toml)
    prefix = "STN_PLUGIN" if compiler is CLANG_CXX else "MODULE"
    names = {f"{prefix}_ID": f'"{id}"', f"{prefix}_VERSION": f'"{version}"', **defines}
    target = folder / f"{id}-{version}.so"
    command = [*compiler, *[f"-D{name}={value}" for name, value in names.items()], "-o", target, SOURCES / source]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    shutil.rmtree(work)
    return target


def misfit(folder, id="org.example.misfit", facts=None, without_manifest=False, compiler=None, version="0.1.0",
           toml=None, **defines):
    """A module that fits unless it is told not to. facts: (id, version) of the compiled note, () for none."""
    facts = (id, version) if facts is None else facts
    if facts:
        defines.update(FACTS_ID=f'"{facts[0]}"', FACTS_VERSION=f'"{facts[1]}"')
    if without_manifest:
        defines["WITHOUT_MANIFEST"] = "1"
    return build("misfit.c", toml or description(id, version), folder, compiler, id, version, **defines)


def headers_with(folder, *changes):
    """A copy of api/include with other numbers in abi.h: what a module of another kernel was built with."""
    copy = folder / "headers"
    shutil.copytree(API, copy)
    header = copy / "stanchion" / "abi.h"
    text = header.read_text()
    for old, new in changes:
        assert text.count(old) == 1, f"{old} occurs {text.count(old)} times in abi.h"
        text = text.replace(old, new)
    header.write_text(text)
    return ["gcc", "-std=c11", *WARNINGS, f"-I{copy}"]
