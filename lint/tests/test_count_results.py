"""Counts are read from what ctest, pytest and our own suites print last."""
import pytest

from count_results import count


@pytest.mark.parametrize("line, counts", [
    ("100% tests passed, 0 tests failed out of 12", (12, 0)),
    ("92% tests passed, 1 tests failed out of 12", (11, 1)),
    ("5 passed in 2.31s", (5, 0)),
    ("2 failed, 5 passed, 1 skipped in 2.31s (0:00:02)", (5, 3)),
    ("==== 1 failed, 1 error in 0.03s ====", (0, 2)),
    ("5 passed, 3 warnings in 0.10s", (5, 0)),
    ("3 passed, 1 failed", (3, 1)),
    ("no tests ran in 0.01s", (0, 0)),
    ("Killed", (0, 0)),
])
def test_one_line(line, counts):
    assert count(f"noise\n{line}\n") == counts


def test_last_counts_decide():
    assert count("9 passed, 0 failed\nthen\n1 passed, 2 failed\n") == (1, 2)
