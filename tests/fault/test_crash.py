"""A short run of the crash driver; the long one is `./x crash --cycles 100`."""
import pytest
from crash import Crash

CYCLES = 25


@pytest.mark.parametrize("flush", ["sync", "async"])
def test_nothing_acknowledged_is_lost_by_kill_9(scratch, flush, name, record_property):
    crash = Crash(scratch / name, flush)
    try:
        crash.start()
        for number in range(CYCLES):
            crash.cycle(number)
            assert crash.good(), crash.summary()
        assert crash.found["acked"] > 0 and crash.found["duplicates"] == 0, crash.summary()
        crash.cluster.stop()
    finally:
        crash.cluster.destroy()
    record_property("crash", crash.summary())
    print(crash.summary())
