"""Free ports below the ephemeral range, handed out once per process."""
import os
import random
import socket

_FIRST, _LAST = 10000, 32000
_random = random.Random(os.getpid() * 7919)
_given = set()


def _is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _take(offsets):
    for _ in range(2000):
        base = _random.randrange(_FIRST, _LAST, 4)
        wanted = [base + offset for offset in offsets]
        if _given.isdisjoint(wanted) and all(_is_free(port) for port in wanted):
            _given.update(wanted)
            return base
    raise RuntimeError("no free port found below 32768")


def free_port():
    return _take((0,))


def free_broker_port():
    """A port p of which p-2 (fast listener) and p+1 (replication) are free too."""
    return _take((-2, -1, 0, 1))
