"""The data path allocates nothing per message, counted in the server process."""
import struct
import time

import pytest
from support.allocations import Allocations
from support.deadline import wait_until
from support.frames import send_frames
from support.records import pull_request
from support.target import stanchion_only
from support.wire import BINARY_HEADER, JSON_HEADER, encode

pytestmark = stanchion_only
MESSAGES = 100_000
WARM_UP = 20_000
WINDOW = 250
# Timers of the server run meanwhile (registration every 30 s, offsets every 5 s); per message the
# data path has none: less than one allocation in a thousand messages.
TOLERANCE = MESSAGES // 1000


@pytest.fixture(scope="module")
def counted(new_cluster, scratch):
    allocations = Allocations(scratch / "allocations")
    mine = new_cluster(layout="split", flush="async", env=allocations.env)
    mine.allocations = allocations
    yield mine
    mine.stop()


def read_frames(link, count):
    """Takes `count` frames from the connection without decoding them; returns the bytes."""
    size = 0
    for _ in range(count):
        length, = struct.unpack(">i", link._read(4, link.deadline))
        size += length
        link.answers.append(link._read(length, link.deadline))
    return size


def connections(cluster, header_type, number=4):
    links = [cluster.connect(header_type=header_type, timeout=60) for _ in range(number)]
    for link in links:
        link.deadline, link.answers = time.monotonic() + 120, []
    return links


def assert_no_allocation(cluster, work, what):
    before = cluster.allocations.arm()
    work()
    total = cluster.allocations.disarm() - before
    print(f"{what}: {total} allocations for {MESSAGES} messages, at most {TOLERANCE - 1} allowed")
    assert total < TOLERANCE, (f"{what}: {total} allocations for {MESSAGES} messages\n"
                               + cluster.allocations.stacks(cluster.broker_pid))


@pytest.mark.parametrize("header_type", [JSON_HEADER, BINARY_HEADER], ids=["json", "binary"])
def test_sends_allocate_nothing(counted, name, header_type):
    counted.admin().create_topic(name)
    links = connections(counted, header_type)
    windows = [send_frames(link, name, WINDOW, queue, b"x" * 200)[1]
               for queue, link in enumerate(links)]

    def send(messages):
        for _ in range(messages // WINDOW // len(links)):
            for link, data in zip(links, windows):
                link.send(data)
            for link in links:
                read_frames(link, WINDOW)
                assert b'"code":0' in link.answers[-1] or header_type == BINARY_HEADER
                link.answers.clear()
    send(WARM_UP)
    queues = counted.data_dir / "store" / "consumequeue" / name
    wait_until(lambda: len(list(queues.glob("*/*"))) == len(links), 20,
               "the queue files of the topic are made, once in their life")
    assert_no_allocation(counted, lambda: send(MESSAGES), "sends")
    assert sum(counted.admin().max_offset(name, q) for q in range(4)) == WARM_UP + MESSAGES


@pytest.mark.parametrize("header_type", [JSON_HEADER, BINARY_HEADER], ids=["json", "binary"])
def test_pulls_allocate_nothing(counted, name, header_type):
    counted.admin().create_topic(name, queues=1)
    filler, = connections(counted, JSON_HEADER, 1)
    _, data = send_frames(filler, name, WINDOW, 0, b"y" * 200)
    for _ in range(WARM_UP // WINDOW):
        filler.send(data)
        read_frames(filler, WINDOW)
        filler.answers.clear()
    link, = connections(counted, header_type, 1)
    requests = [encode(link.request(11, pull_request("alloc", name, 0, offset)))
                for offset in range(0, WARM_UP, 32)]
    pulled = [0]

    def pull(messages):
        end = pulled[0] + messages
        while pulled[0] < end:
            for at in range(0, len(requests), 25):
                part = requests[at:at + 25]
                link.send(b"".join(part))
                read_frames(link, len(part))
                pulled[0] += 32 * len(part)
                link.answers.clear()
                if pulled[0] >= end:
                    return
    pull(WARM_UP)
    assert_no_allocation(counted, lambda: pull(MESSAGES), "pulled messages")
