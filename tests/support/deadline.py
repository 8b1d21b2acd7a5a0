"""Waiting for a condition: the only place where the suites let time pass."""
import threading
import time

_never_set = threading.Event()


class DeadlineExceeded(AssertionError):
    """A condition did not become true in time. The text names it, the deadline and the last value."""


def pause(seconds):
    """Gives the processor away inside a polling loop."""
    _never_set.wait(seconds)


def wait_until(condition, seconds, what, interval=0.02, detail=None):
    """Polls `condition` until it is truthy and returns its value.

    `what` is the sentence printed on failure; `detail` is called then for the state that was seen.
    """
    end = time.monotonic() + seconds
    last = None
    while True:
        last = condition()
        if last:
            return last
        if time.monotonic() >= end:
            seen = detail() if detail else last
            raise DeadlineExceeded(f"not within {seconds} s: {what}; seen: {seen!r}")
        pause(interval)
