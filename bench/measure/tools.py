"""The native measuring programs: where they are, how they are called."""
import json
import os
import pathlib
import re
import subprocess

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


def fill_page_cache(directory, leave=1 << 30):
    """Reads a sparse file until the free memory is page cache, but for `leave`.

    Returns the open file, which has no name, and its gigabytes; closing it gives them back.

    So it is on a server that has run for a while. On a machine that has just freed its memory each
    new page comes from the host at ten times the cost, and that cost is what would be compared.
    """
    free = int(re.search(r"MemFree:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())[1]) << 10
    file = os.open(directory, os.O_TMPFILE | os.O_RDWR)
    os.ftruncate(file, max(free - leave, 0))
    part = [bytearray(4 << 20)]
    while os.readv(file, part):
        pass
    return file, max(free - leave, 0) / 1e9


def fdatasync(directory):
    """Bare fdatasync of this machine now: {4: {...}, 64: {...}} by KiB of the block."""
    done = subprocess.run([program("physbench"), directory, "64", "fdatasync"],
                          capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {4: lines[0], 64: lines[1]}
