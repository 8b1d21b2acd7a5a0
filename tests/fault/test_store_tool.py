"""`stanchion store verify` and `dump` on the files of a broker that has stopped."""
import subprocess

import pytest
from support.frames import send_frames
from support.paths import stanchion_binary
from support.target import stanchion_only

pytestmark = stanchion_only
MESSAGES = 300


def store_tool(*words):
    done = subprocess.run([stanchion_binary(), "store", *map(str, words)], capture_output=True,
                          text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def stopped_store(new_cluster):
    mine = new_cluster()
    mine.admin().create_topic("Verified", queues=2)
    with mine.connect() as link:
        for queue in range(2):
            frames, data = send_frames(link, "Verified", MESSAGES // 2, queue, b"body of a message")
            link.send(data)
            for frame in frames:
                assert link.response(frame.opaque, 10).code == 0
    assert mine.stop()[0] == 0
    return mine.data_dir / "store"


def test_a_good_store(stopped_store):
    status, shown, _ = store_tool("verify", stopped_store)
    assert status == 0, shown
    assert f" {MESSAGES} records" in shown and shown.rstrip().endswith(": 0 problems"), shown


def test_every_record_is_dumped(stopped_store):
    status, shown, _ = store_tool("dump", stopped_store)
    lines = [line.split() for line in shown.splitlines()[1:]]
    assert status == 0 and len(lines) == MESSAGES, shown[-2000:]
    assert {line[2] for line in lines} == {"Verified"} and {line[9] for line in lines} == {"good"}
    offsets = [int(line[4]) for line in lines if line[3] == "1"]
    assert offsets == list(range(MESSAGES // 2))


def test_damage_is_named_with_its_position(stopped_store):
    log = stopped_store / "commitlog" / f"{0:020}"
    with open(log, "r+b") as file:
        head = file.read(1 << 20)
        at = head.index(b"body of a message", 20000)
        file.seek(at)
        file.write(b"B")
    status, shown, _ = store_tool("verify", stopped_store)
    with open(log, "r+b") as file:
        file.seek(at)
        file.write(b"b")
    assert status == 1 and "the body does not match its CRC: Verified/" in shown, shown
    record = head.rindex(b"\xda\xa3\x20\xa7", 0, at) - 4
    assert f"commitlog +{record}: " in shown, shown


def test_what_is_no_store_is_refused(tmp_path):
    status, _, why = store_tool("verify", tmp_path)
    assert status == 2 and "no log files" in why
    assert store_tool("verify")[0] == 2
