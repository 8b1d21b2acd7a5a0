"""Counts the allocations of a server process with tests/fault/alloc_count.c."""
import mmap
import struct
import subprocess

from .paths import REPO

_SIZE, _TRACES, _DEPTH = 1 << 16, 200, 12


class Allocations:
    """Compiles the shim into `directory`; `env` is for the server to be counted."""

    def __init__(self, directory):
        directory.mkdir(parents=True, exist_ok=True)
        self.shim, self.path = directory / "alloc_count.so", directory / "allocations"
        subprocess.run(["gcc", "-std=gnu17", "-O2", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror",
                        "-o", self.shim, REPO / "tests" / "fault" / "alloc_count.c"], check=True)
        self.path.write_bytes(bytes(_SIZE))
        self.env = {"LD_PRELOAD": str(self.shim), "STN_ALLOC_FILE": str(self.path)}
        self._file = open(self.path, "r+b")
        self._map = mmap.mmap(self._file.fileno(), _SIZE)

    def count(self):
        return struct.unpack_from("<Q", self._map, 0)[0]

    def arm(self):
        """From now on the first allocations leave their call stack; returns the count so far."""
        struct.pack_into("<Q", self._map, 24, 0)
        struct.pack_into("<Q", self._map, 16, 1)
        return self.count()

    def disarm(self):
        struct.pack_into("<Q", self._map, 16, 0)
        return self.count()

    def stacks(self, pid, limit=5):
        """The most frequent call stacks since `arm`, as text; the process must still run."""
        taken = min(struct.unpack_from("<Q", self._map, 24)[0], _TRACES)
        counted = {}
        for number in range(taken):
            frames = struct.unpack_from(f"<{_DEPTH}Q", self._map, 32 + number * _DEPTH * 8)
            counted[frames[2:]] = counted.get(frames[2:], 0) + 1
        regions = _regions(pid)
        often = sorted(counted.items(), key=lambda item: -item[1])[:limit]
        return "\n".join(f"{times} x {_name(frames, regions)}" for frames, times in often)


def _regions(pid):
    """(start, end, file offset, path) of every executable file mapping."""
    regions = []
    with open(f"/proc/{pid}/maps") as maps:
        for line in maps:
            fields = line.split()
            if len(fields) >= 6 and fields[5].startswith("/") and "x" in fields[1]:
                start, end = (int(x, 16) for x in fields[0].split("-"))
                regions.append((start, end, int(fields[2], 16), fields[5]))
    return regions


def _name(frames, regions):
    names = []
    for address in frames:
        for start, end, offset, path in regions:
            if start <= address < end:
                done = subprocess.run(["addr2line", "-Cfse", path, hex(address - start + offset - 1)],
                                      capture_output=True, text=True)
                function = (done.stdout.splitlines() or ["?"])[0]
                names.append(f"{path.rsplit('/', 1)[-1]}:{function[:80]}")
    return " < ".join(names[:8])
