"""A short run of the crash driver; the long one is `./x crash --cycles 100`."""
import json

import pytest
from crash import BAD, Crash

CYCLES = 50


@pytest.mark.parametrize("flush", ["sync", "async"])
def test_nothing_acknowledged_is_lost_by_kill_9(scratch, flush, name, record_property):
    crash = Crash(scratch / name, flush, full_every=5)
    try:
        crash.start()
        for number in range(CYCLES):
            crash.cycle(number)
            assert crash.good(), crash.summary()
        assert crash.found["acked"] > 0 and crash.found["duplicates"] == 0, crash.summary()
        assert crash.full_looks >= CYCLES // 5 and crash.double_kills == CYCLES // 10
        crash.cluster.stop()
    finally:
        crash.cluster.destroy()
    record_property("crash", crash.summary())
    print(crash.summary())


def test_a_look_at_the_newest_messages_finds_what_is_missing(scratch, name):
    """The cheap read-back against acknowledgements that are not true: what it cannot find it would not guard against."""
    crash = Crash(scratch / name, "async", rate=2000)
    try:
        crash.start()
        for number in range(2):
            crash.cycle(number)
        looks, true_log = list(crash.seen), crash.log.read_bytes()
        good = crash.verify(full=False)
        assert 0 < good["acked"] < crash.found["acked"] and not any(good[k] for k in BAD)
        for at, what in ((24, "lost"), (24, "changed"), (8, "changed")):
            log = bytearray(true_log)
            record = len(log) - 32  # cycle, producer, sequence, queue, size, offset
            if what == "lost":
                log[record + at:record + at + 8] = (1 << 40).to_bytes(8, "little")
            elif at == 24:
                log[record + at:record + at + 8] = bytes(8)
            else:
                log[record + at] ^= 0x80
            crash.log.write_bytes(log)
            crash.seen = list(looks)
            found = crash.verify(full=False)
            assert found[what] == 1, (what, json.dumps(found))
        crash.cluster.stop()
    finally:
        crash.cluster.destroy()
