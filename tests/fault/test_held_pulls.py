"""Ten thousand held pulls cost little memory and no processor time."""
import os
import pathlib
import time

from support.deadline import pause
from support.frames import send_fields
from support.records import pull_request
from support.target import stanchion_only
from support.wire import encode

CONNECTIONS, PER_CONNECTION = 100, 100
MEMORY_LIMIT_MB, CPU_LIMIT = 50, 0.05
WATCHED_SECONDS = 5


def anonymous_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no RssAnon")


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@stanchion_only
def test_ten_thousand_held_pulls(new_cluster, name):
    mine = new_cluster(flush="async")
    mine.admin().create_topic(name, queues=2)
    before = anonymous_mb(mine.broker_pid)
    links = [mine.connect(timeout=30) for _ in range(CONNECTIONS)]
    held = {0: [], 1: []}
    for link in links:
        data = b""
        for number in range(PER_CONNECTION):
            frame = link.request(11, pull_request("held", name, number % 2, 0, suspend_ms=25000))
            held[number % 2].append((link, frame.opaque))
            data += encode(frame)
        link.send(data)
    for link in links:
        assert link.call(30, {"topic": name, "queueId": 0}).code == 0, "all pulls have been read"
    used = anonymous_mb(mine.broker_pid) - before
    cpu = cpu_seconds(mine.broker_pid)
    pause(WATCHED_SECONDS)
    share = (cpu_seconds(mine.broker_pid) - cpu) / WATCHED_SECONDS
    shown = f"10,000 held pulls: {used:.1f} MB, {share * 100:.1f} % of a core while nothing happens"
    print(shown)
    assert used < MEMORY_LIMIT_MB and share < CPU_LIMIT, shown
    begin = time.monotonic()
    with mine.connect() as producer:
        assert producer.call(310, send_fields(name, 0), b"wake").code == 0
    for link, opaque in held[0]:
        assert link.response(opaque, 10).code == 0
    print(f"5,000 of them woken in {time.monotonic() - begin:.3f} s")
    for link in links:
        assert link.call(30, {"topic": name, "queueId": 1}).code == 0
        assert not link._early, "those of the other queue are still held"
        link.close()
    assert mine.stop()[0] == 0
