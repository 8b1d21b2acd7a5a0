"""The native measuring programs: where they are, how they are called."""
import json
import pathlib
import re
import subprocess
import sys

from support.programs import program


def rmqload(mode, server, **options):
    """Runs the generator against a server and returns its JSON line with the command."""
    command = [str(program("rmqload")), mode, "--namesrv", server.namesrv, "--pid", str(server.pid)]
    for key, value in options.items():
        command += [f"--{key}", str(value)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    if done.returncode == 2 or not done.stdout.strip():
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
    result = json.loads(done.stdout)
    if done.returncode:
        raise RuntimeError(f"bad or double messages: {result}")
    result["command"] = " ".join(["rmqload", *command[1:]])
    return result


def touch_memory(share=0.7):
    """Writes to most of the free memory once; returns the gigabytes.

    A virtual machine gets its memory from the host at the first touch, ten times slower than
    afterwards: without this the first servers of a run pay for all.
    """
    free = int(re.search(r"MemAvailable:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())[1])
    pages = int(free * share) // 4
    touch = f"import mmap; m = mmap.mmap(-1, {pages * 4096}); m[::4096] = bytes({pages})"
    subprocess.run([sys.executable, "-c", touch], check=True)
    return pages * 4096 / 1e9


def fdatasync(directory):
    """Bare fdatasync of this machine now: {4: {...}, 64: {...}} by KiB of the block."""
    done = subprocess.run([program("physbench"), directory, "64", "fdatasync"],
                          capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {4: lines[0], 64: lines[1]}
