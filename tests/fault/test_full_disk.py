"""A file system that fills and is freed, again and again: writers are told, consumers go on, it heals by itself."""
import os
import subprocess
import time

import pytest
from support.deadline import wait_until
from support.frames import send_fields
from support.records import pull_all
from support.stanchion import StanchionCluster
from support.target import stanchion_only

pytestmark = stanchion_only

CYCLES = 50
DISK, RESERVE, SEGMENT = 256 << 20, 16 << 20, 4 << 20
FITTING = {"segment_size": f"{SEGMENT}B", "space_reserve": f"{RESERVE}B", "space_low": "0B",
           "index_slots": 1000, "index_entries": 100000}
HEALED_WITHIN = 2.0
SERVICE_NOT_AVAILABLE = 14


class OnSmallDisk(StanchionCluster):
    @property
    def data_dir(self):
        return self.directory / "disk" / "data"


@pytest.fixture
def disk(scratch):
    folder = scratch / "full-disk" / "disk"
    folder.mkdir(parents=True)
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", folder],
                           capture_output=True, text=True)
    if mount.returncode:
        pytest.skip(f"a file system of its own cannot be mounted: {mount.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def broker(disk):
    cluster = OnSmallDisk(disk.parent, flush="sync", store_settings=FITTING)
    yield cluster.start()
    cluster.destroy()


class Sender:
    """One message after the other; what was acknowledged is remembered."""

    def __init__(self, link, topic):
        self.link, self.topic, self.number, self.acknowledged = link, topic, 0, []

    def __call__(self):
        self.number += 1
        body = b"%d " % self.number + b"f" * 2000
        answer = self.link.call(310, send_fields(self.topic, 0), body)
        if answer.code == 0:
            self.acknowledged.append((int(answer.ext["queueOffset"]), body))
        return answer


def fill(disk, leave):
    """A file that leaves so many bytes of the disk."""
    space = os.statvfs(disk)
    with open(disk / "ballast", "wb") as ballast:
        os.posix_fallocate(ballast.fileno(), 0, space.f_bavail * space.f_frsize - leave)


def test_fifty_times_full_and_free(disk, broker):
    broker.admin().create_topic("full", queues=1)
    with broker.connect(timeout=10) as link:
        send = Sender(link, "full")
        slowest = 0.0
        for _ in range(CYCLES):
            assert send().code == 0
            fill(disk, RESERVE // 2)
            wait_until(lambda: send().code != 0, 5, "a full disk refuses messages", 0.01)
            refused = send()
            assert refused.code == SERVICE_NOT_AVAILABLE, refused
            assert "disk is full" in refused.remark
            assert len(pull_all(broker, "full", 0)) == len(send.acknowledged)
            (disk / "ballast").unlink()
            freed = time.monotonic()
            wait_until(lambda: send().code == 0, HEALED_WITHIN, "messages are taken again", 0.01)
            slowest = max(slowest, time.monotonic() - freed)
    print(f"slowest healing: {slowest:.2f} s")
    broker.stop_broker()
    broker.start_broker()
    stored = [(r.queue_offset, r.body) for r in pull_all(broker, "full", 0)]
    assert stored == send.acknowledged
