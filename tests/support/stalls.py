"""Moments in which this machine ran nothing: what a latency has of them is not the server's.

One sentinel per core sleeps a millisecond at a time and tells when it came back late. A thread that sleeps is next in
turn when it wakes, so coming back late means that the core itself stood still (a hypervisor that gave it to others, a
kernel that held it), not that a server was busy on it.
"""
import os
import subprocess
import sys
import time

FROM_US = 5_000  # above what a scheduler's slice costs

SENTINEL = """
import os, select, sys, time
clock = select.poll()
os.sched_setaffinity(0, {int(sys.argv[1])})
while os.getppid() == int(sys.argv[2]):
    begin = time.monotonic_ns()
    clock.poll(1)
    late_us = (time.monotonic_ns() - begin) // 1000 - 1000
    if late_us >= int(sys.argv[3]):
        print(begin + 1_000_000, late_us, flush=True)
"""


class Stalls:
    """Watches from `with` to its end; afterwards `spans` are (begin_ns, end_ns) of the monotonic clock, in order,
    none touching another."""

    def __enter__(self):
        self._begin = time.monotonic_ns()
        self._sentinels = [
            subprocess.Popen([sys.executable, "-c", SENTINEL, str(core), str(os.getpid()), str(FROM_US)],
                             stdout=subprocess.PIPE, text=True)
            for core in sorted(os.sched_getaffinity(0))]
        return self

    def __exit__(self, *_):
        spans, self._end = [], time.monotonic_ns()
        for sentinel in self._sentinels:
            sentinel.terminate()
            for line in sentinel.communicate()[0].splitlines():
                begin, late_us = map(int, line.split())
                spans.append((begin, begin + late_us * 1000))
        self.spans = union(spans)

    def share(self):
        """The part of the watched time, 0 to 1, in which a core stood still."""
        return overlap_us(self.spans, self._begin, self._end) * 1000 / (self._end - self._begin)


def union(spans):
    """The same time as `spans`, none touching another."""
    joined = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def overlap_us(spans, begin_ns, end_ns):
    """Microseconds of [begin_ns, end_ns] in which a core stood still."""
    return sum(max(0, min(end, end_ns) - max(begin, begin_ns)) for begin, end in spans) // 1000
