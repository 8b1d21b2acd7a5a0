"""Native helper programs: taken from the build tree, compiled by hand when it has none."""
import subprocess

from .paths import OUT, REPO, bench_binary

SOURCES = REPO / "bench" / "load"


def program(name):
    built, source = bench_binary(name), SOURCES / f"{name}.cc"
    newest = max(path.stat().st_mtime for path in SOURCES.glob("*"))
    if built.exists() and built.stat().st_mtime >= newest:
        return built
    target = OUT / "bench" / name
    if not target.exists() or target.stat().st_mtime < newest:
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["g++", "-std=c++20", "-O2", "-pthread", "-o", target, source], check=True)
    return target
