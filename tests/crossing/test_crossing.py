"""A data directory that both brokers open in turn."""
import os

import pytest
from mixed_messages import LATE, Mixer
from support.apache import ApacheCluster
from support.stanchion import StanchionCluster
from support.target import stanchion_only

pytestmark = stanchion_only

MESSAGES = int(os.environ.get("STN_CROSSING_MESSAGES", "2000"))
LONG = MESSAGES > 10000
SEGMENT = 128 << 20 if LONG else 4 << 20
QUEUE_ENTRIES = 300000 if LONG else 1000
SAMPLE = 2000
CLIENT = "4.9.8"
LEVELS = "1s 2s 10s 4s 5s 6s 7s 8s 9s 10s 11s 12s 13s 14s 15s 16s 17s 18s"
TOPICS = ["crossing_a", "crossing_b", "crossing_c"]


class Crossing:
    """One directory, one cluster object per kind of broker; one of them runs."""

    def __init__(self, folder):
        apache = {"mappedFileSizeCommitLog": SEGMENT, "mappedFileSizeConsumeQueue": QUEUE_ENTRIES * 20,
                  "maxMessageSize": 4 << 20, "waitTimeMillsInSendQueue": 10000,
                  "mapedFileSizeCommitLog": SEGMENT,
                  "mapedFileSizeConsumeQueue": QUEUE_ENTRIES * 20,
                  "messageIndexSafe": "true"}  # without it the original forgets older keys after any kill
        ours = {"segment_size": f"{SEGMENT}B", "queue_file_entries": QUEUE_ENTRIES}
        self.kinds = {
            "stanchion": StanchionCluster(folder, flush="async", delay_levels=LEVELS,
                                          store_settings=ours),
            "apache": ApacheCluster(folder, flush="async", delay_levels=LEVELS, heap="2g",
                                    broker_settings=apache)}
        self.running = None

    def start(self, kind):
        self.running = self.kinds[kind].start()
        return self.running

    def leave(self, how):
        if how == "kill":
            self.running.kill_broker()
        self.running.stop()
        self.running = None

    def destroy(self):
        for cluster in self.kinds.values():
            cluster.destroy()


@pytest.mark.parametrize("path", [
    [("apache", "stop"), ("stanchion", "stop"), ("apache", "stop"), ("stanchion", "stop")],
    [("stanchion", "stop"), ("apache", "kill"), ("stanchion", "kill"), ("apache", "stop")],
], ids=["clean", "killed"])
def test_every_message_crosses(scratch, path, request, java_processes):
    crossing = Crossing(scratch / f"crossing-{request.node.callspec.id}")
    mixer = Mixer(TOPICS)
    try:
        for i, (kind, how) in enumerate(path):
            broker = crossing.start(kind)
            if i == 0:
                for topic in [*TOPICS, LATE]:
                    broker.admin().create_topic(topic)
            else:
                mixer.check(broker, SAMPLE)
            mixer.send(broker, MESSAGES // len(path))
            mixer.send_back(broker, 5)
            mixer.put_off(broker, java_processes(CLIENT), 5)
            mixer.check(broker, SAMPLE)
            crossing.leave(how)
        mixer.check(crossing.start(path[0][0]), SAMPLE)
        mixer.put_off(crossing.running, java_processes(CLIENT), 1)
        segments = list((broker.data_dir / "store" / "commitlog").iterdir())
        assert len(segments) > 1, "the log must have rolled"
        assert all(s.stat().st_size == SEGMENT for s in segments)
    finally:
        crossing.destroy()
