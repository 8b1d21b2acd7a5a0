"""Fixtures of the conformance suite."""
import pytest

QUICK_LEVELS = "1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s"


@pytest.fixture(scope="session")
def quick_cluster(new_cluster):
    """All 18 delay levels are one second: retries reach the dead-letter topic in a test's time."""
    quick = new_cluster(delay_levels=QUICK_LEVELS)
    yield quick
    quick.stop()
