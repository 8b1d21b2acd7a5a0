"""Where things are. Everything generated goes below out/."""
import os
import pathlib

REPO = pathlib.Path(__file__).resolve().parents[2]
OUT = pathlib.Path(os.environ.get("STN_OUT", REPO / "out"))
PRESET = os.environ.get("STN_PRESET", "release")


def stanchion_binary():
    return pathlib.Path(os.environ.get("STN_BIN", OUT / PRESET / "bin" / "stanchion"))


def bench_binary(name):
    return pathlib.Path(os.environ.get("STN_BENCH_DIR", OUT / PRESET / "bin")) / name
