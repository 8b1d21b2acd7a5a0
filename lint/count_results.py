#!/usr/bin/env python3
"""Prints "PASSED FAILED" of one suite's log: ctest, pytest, or a closing line "N passed, N failed".

The last line that holds counts decides; errors of pytest (a test that could not be set up or collected) and skipped
tests count as failures, because a test that did not run has shown nothing. A log without counts gives "0 0".
"""
import re
import sys

_CTEST = re.compile(r"^\d+% tests passed, (\d+) tests? failed out of (\d+)")
_PART = re.compile(r"(\d+) (passed|failed|errors?|skipped)\b")
_PYTEST = re.compile(r"^=*\s*(\d+ \w+, )*\d+ \w+ in [\d.]+s")
_CLOSING = re.compile(r"^\d+ passed, \d+ failed$")


def count_line(line):
    """(passed, failed) of a line with counts, else None."""
    ctest = _CTEST.match(line)
    if ctest:
        failed, total = int(ctest.group(1)), int(ctest.group(2))
        return total - failed, failed
    if not (_PYTEST.match(line) or _CLOSING.match(line)):
        return None
    parts = [(int(number), word) for number, word in _PART.findall(line)]
    passed = sum(number for number, word in parts if word == "passed")
    return passed, sum(number for number, word in parts if word != "passed")


def count(text):
    found = [counts for counts in map(count_line, text.splitlines()) if counts]
    return found[-1] if found else (0, 0)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8", errors="replace") as log:
        print(*count(log.read()))
