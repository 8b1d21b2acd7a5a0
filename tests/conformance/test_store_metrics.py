"""What the store says that it has mapped and open, beside what the system says of the process."""
import pathlib

import pytest
from support.deadline import wait_until
from support.frames import send_fields
from support.stanchion import StanchionCluster
from support.target import stanchion_only
from support.wire import encode

pytestmark = stanchion_only

MIB = 1 << 20
SEGMENT, MAPPED_MAX, OPEN_MAX = 4 * MIB, 16 * MIB, 32
TOPICS, QUEUES, BODY = 6, 16, 96 << 10
INDEX_FILE = 40 + 1000 * 4 + 100_000 * 20
SMALL = {"segment_size": f"{SEGMENT}B", "mapped_max": f"{MAPPED_MAX}B", "open_files_max": OPEN_MAX,
         "index_slots": 1000, "index_entries": 100000}


@pytest.fixture
def broker(scratch, name):
    folder = scratch / name
    folder.mkdir()
    cluster = StanchionCluster(folder, flush="async", store_settings=SMALL)
    yield cluster.start()
    cluster.destroy()


def mapped_bytes(pid, folder):
    """Address space that the process has over files below the folder."""
    total = 0
    for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
        if f"{folder}/" in line:
            first, last = line.split()[0].split("-")
            total += int(last, 16) - int(first, 16)
    return total


def open_files(pid, folders):
    count = 0
    for link in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(link.readlink())
        except FileNotFoundError:  # closed meanwhile
            continue
        count += any(target.startswith(f"{folder}/") for folder in folders)
    return count


def fill(broker, name):
    """Sends into every queue of several topics, many times what may be mapped; returns the bytes."""
    sent = 0
    for topic in range(TOPICS):
        broker.admin().create_topic(f"{name}_{topic}", queues=QUEUES)
        with broker.connect() as link:
            for queue in range(QUEUES):
                fields = {**send_fields(f"{name}_{topic}", queue), "i": "KEYS\1order"}
                frames = [link.request(310, fields, b"m" * BODY) for _ in range(8)]
                link.send(b"".join(encode(frame) for frame in frames))
                assert [link.response(frame.opaque, 20).code for frame in frames] == [0] * len(frames)
                sent += len(frames) * BODY
    return sent


def test_metrics_tell_what_is_mapped_and_open(broker, name):
    assert fill(broker, name) > 4 * MAPPED_MAX
    store, pid = broker.data_dir / "store", broker.broker_pid
    seen = []

    def agrees():
        metrics = broker.metrics()
        told = [int(metrics.total(f"stn_store_{what}"))
                for what in ("queues", "mapped_bytes", "open_files")]
        # Mappings are of whole pages, the metric counts the bytes of the files.
        mapped = [mapped_bytes(pid, store / part) for part in ("commitlog", "index")]
        opened = open_files(pid, [store / "consumequeue", store / "index"])
        seen[:] = [told, mapped, opened]
        whole_pages = (INDEX_FILE + 4095) // 4096 * 4096
        # What is being written, and what a slow disk does not have yet, stays mapped beyond the limit.
        return (told[0] == TOPICS * QUEUES and mapped[1] == whole_pages
                and mapped[0] <= MAPPED_MAX + 2 * SEGMENT
                and told[1:] == [mapped[0] + INDEX_FILE, opened])

    wait_until(agrees, 20, "metrics agree with /proc", 0.2, lambda: seen)
    (_, told_mapped, told_open), (log_mapped, _), _ = seen
    assert log_mapped > 0
    assert told_mapped == log_mapped + INDEX_FILE
    assert 0 < told_open <= OPEN_MAX + 1, "queue files, and one of the index"
