"""Single messages by id, key and unique key, as the stock producer asks for them."""
import time

import pytest
from support.deadline import wait_until
from support.java_client import CommandFailed
from support.records import parse

FOREVER = 2 ** 62


def ids(messages):
    return sorted(m["msg_id"] for m in messages)


@pytest.fixture
def producer(java, cluster, name):
    return java.producer(cluster, f"p_{name}")


def find(producer, topic, key, **arguments):
    arguments = {"max": 64, "begin": 0, "end": FOREVER, **arguments}
    return producer.call("find", topic=topic, key=key, **arguments)["messages"]


def find_when_indexed(producer, topic, key, count, **arguments):
    """The original indexes a moment after it has acknowledged."""
    found = []

    def all_there():
        try:
            found[:] = find(producer, topic, key, **arguments)
        except CommandFailed:
            found.clear()
        return len(found) >= count
    wait_until(all_there, 10, f"{count} messages of {topic} are found by {key}", 0.05,
               lambda: len(found))
    assert len(found) == count
    return found


def test_view_by_either_id(producer, topic):
    sent = producer.send_ok(topic, body="mine %d", count=5, key="k%d", tags=["t"])
    find_when_indexed(producer, topic, "k4", 1)
    for i, result in enumerate(sent):
        for wanted in (result["offset_msg_id"], result["msg_id"]):
            message = producer.call("view", topic=topic, message=wanted)
            assert message["body"] == f"mine {i}"
            assert (message["queue"], message["offset"]) == (result["queue"], result["offset"])
            assert message["tags"] == "t" and message["keys"] == f"k{i}"


def test_view_of_what_is_not_there(producer, topic):
    sent = producer.send_ok(topic)[0]
    host, position = sent["offset_msg_id"][:16], int(sent["offset_msg_id"][16:], 16)
    for wrong in (position + 1, position + (1 << 40)):
        with pytest.raises(CommandFailed):
            producer.call("view", topic=topic, message=f"{host}{wrong:016X}")
    with pytest.raises(CommandFailed):
        producer.call("view", topic=topic, message=sent["msg_id"][:-4] + "FFFF")


def test_find_by_key(producer, topic):
    shared = producer.send_ok(topic, count=10, key="shared own-%d")
    producer.send_ok(topic, count=3, key="other")
    assert ids(find_when_indexed(producer, topic, "shared", 10)) == ids(shared)
    assert ids(find_when_indexed(producer, topic, "own-7", 1)) == [shared[7]["msg_id"]]
    for nothing in ("shared own-7", "own", "SHARED"):
        with pytest.raises(CommandFailed, match="no message|NO_MESSAGE|finished"):
            find(producer, topic, nothing)


def test_keys_of_another_topic_stay_there(producer, cluster, topic):
    other = f"{topic}_other"
    cluster.admin().create_topic(other)
    mine = producer.send_ok(topic, key="same")
    theirs = producer.send_ok(other, key="same")
    assert ids(find_when_indexed(producer, topic, "same", 1)) == ids(mine)
    assert ids(find_when_indexed(producer, other, "same", 1)) == ids(theirs)


def test_the_newest_are_found_first(producer, topic):
    sent = producer.send_ok(topic, body="n%d", count=80, key="many")
    find_when_indexed(producer, topic, "many", 64)
    assert ids(find(producer, topic, "many", max=32)) == ids(sent[-32:])
    assert ids(find(producer, topic, "many", max=1000)) == ids(sent[-64:])


def test_time_range(producer, topic):
    before = producer.send_ok(topic, key="when")
    first = producer.call("view", topic=topic, message=before[0]["offset_msg_id"])["stored"]
    wait_until(lambda: time.time() * 1000 > first + 2500, 5, "the clock goes on")
    after = producer.send_ok(topic, key="when")
    second = producer.call("view", topic=topic, message=after[0]["offset_msg_id"])["stored"]
    find_when_indexed(producer, topic, "when", 2)
    assert ids(find(producer, topic, "when", begin=second - 1000)) == ids(after)
    assert ids(find(producer, topic, "when", end=first + 1000)) == ids(before)
    with pytest.raises(CommandFailed):
        find(producer, topic, "when", begin=second + 2000)


def test_batch_delayed_and_unicode(producer, topic):
    producer.call("batch", topic=topic, body="b%d", count=4, key="batch-%d")
    for i in range(4):
        assert find_when_indexed(producer, topic, f"batch-{i}", 1)[0]["body"] == f"b{i}"
    producer.send_ok(topic, body="订单", key="订单-42 普通")
    assert find_when_indexed(producer, topic, "订单-42", 1)[0]["body"] == "订单"
    producer.send_ok(topic, body="late", key="late", delay=1)
    assert find_when_indexed(producer, topic, "late", 1)[0]["body"] == "late"


def test_frames(cluster, producer, topic):
    sent = producer.send_ok(topic, count=2, key="raw")
    find_when_indexed(producer, topic, "raw", 2)
    query = {"topic": topic, "key": "raw", "maxNum": 32, "beginTimestamp": 0,
             "endTimestamp": FOREVER}
    admin = cluster.admin()
    answer = admin.broker(12, query)
    assert answer.code == 0
    records = parse(answer.body)
    assert [r.properties["UNIQ_KEY"] for r in records] == [r["msg_id"] for r in sent]
    assert all(r.valid() for r in records)
    last = max(r.physical_offset for r in records)
    assert int(answer.ext["indexLastUpdatePhyoffset"]) >= last
    assert int(answer.ext["indexLastUpdateTimestamp"]) >= records[-1].stored
    unique = {**query, "key": sent[0]["msg_id"], "maxNum": 1, "_UNIQUE_KEY_QUERY": "true"}
    assert len(parse(admin.broker(12, unique).body)) == 1
    answer = admin.broker(12, {**query, "key": "nobody"})
    assert answer.code == 22
    assert answer.remark == "can not find message, maybe time range not correct"
    assert answer.ext == {"indexLastUpdateTimestamp": "0", "indexLastUpdatePhyoffset": "0"}
    answer = admin.broker(33, {"offset": last})
    assert answer.code == 0
    assert [r.properties["UNIQ_KEY"] for r in parse(answer.body)] == [sent[1]["msg_id"]]
    answer = admin.broker(33, {"offset": 1 << 50})
    assert (answer.code, answer.remark) == (
        1, f"can not find message by the offset, {1 << 50}")


def test_the_index_survives_a_kill(new_cluster, java, name):
    mine = new_cluster(flush="sync")
    mine.admin().create_topic(name)
    producer = java.producer(mine, f"p_{name}")
    sent = producer.send_ok(name, count=50, key="k%d all")
    find_when_indexed(producer, name, "k49", 1)
    mine.kill_broker()
    mine.start_broker()

    def found():
        try:
            return ids(find(producer, name, "all")) == ids(sent)
        except CommandFailed:
            return False
    wait_until(found, 30, "all messages are found by key after the kill", 0.1)
    assert ids(find(producer, name, "k17")) == [sent[17]["msg_id"]]
    mine.stop()
