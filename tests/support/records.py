"""Stored messages as pulls bring them, read without any product code."""
import struct
import zlib

from .deadline import wait_until

MAGIC_V1 = 0xDAA320A7
PULL_SUBSCRIPTION = 4


class Record:
    """One stored message."""

    def __init__(self, data, at):
        (self.size, self.magic, self.crc, self.queue, self.flag, self.queue_offset,
         self.physical_offset, self.sys_flag, self.born) = struct.unpack_from(">iIIiiqqiq", data, at)
        born_host = 20 if self.sys_flag & 0x10 else 8
        store_host = 20 if self.sys_flag & 0x20 else 8
        here = at + 48 + born_host
        self.stored, = struct.unpack_from(">q", data, here)
        here += 8 + store_host
        self.reconsume, self.prepared_offset, length = struct.unpack_from(">iqi", data, here)
        here += 16
        self.body = data[here:here + length]
        here += length
        topic_length = data[here]
        self.topic = data[here + 1:here + 1 + topic_length].decode()
        here += 1 + topic_length
        properties_length, = struct.unpack_from(">h", data, here)
        text = data[here + 2:here + 2 + properties_length].decode()
        self.properties = dict(item.split("\x01", 1) for item in text.split("\x02") if "\x01" in item)
        self.whole = here + 2 + properties_length == at + self.size

    def valid(self):
        """Magic, length and checksum agree."""
        return (self.magic == MAGIC_V1 and self.whole
                and zlib.crc32(self.body) & 0x7FFFFFFF == self.crc)


def parse(body):
    """All records of a pull's body."""
    records, at = [], 0
    while at < len(body):
        records.append(Record(body, at))
        at += records[-1].size
    return records


def pull_request(group, topic, queue, offset, batch=32, suspend_ms=0, expression="*"):
    """Header fields of a pull that carries its subscription."""
    return {"consumerGroup": group, "topic": topic, "queueId": queue, "queueOffset": offset,
            "maxMsgNums": batch, "sysFlag": PULL_SUBSCRIPTION | (2 if suspend_ms else 0),
            "commitOffset": 0, "suspendTimeoutMillis": suspend_ms, "subscription": expression,
            "subVersion": 0, "expressionType": "TAG"}


def pull_all(cluster, topic, queue, expect=0, group="reader"):
    """Every message of one queue, each checked for itself; waits until `expect` are visible."""
    if expect:
        admin = cluster.admin()
        wait_until(lambda: admin.max_offset(topic, queue) >= expect, 10,
                   f"{topic}/{queue} shows {expect} messages")
    records, begin = [], 0
    with cluster.connect() as link:
        while True:
            answer = link.call(11, pull_request(group, topic, queue, begin, 1024))
            if answer.code not in (0, 20):
                return records
            records += parse(answer.body)
            begin = int(answer.ext["nextBeginOffset"])
            bad = [r.queue_offset for r in records if not r.valid()]
            assert not bad, f"{topic}/{queue}: records that contradict themselves at {bad[:5]}"
