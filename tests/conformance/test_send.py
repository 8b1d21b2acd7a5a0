"""Stock producers: every way of sending, and what is stored."""
import re

import pytest
from support.deadline import wait_until
from support.java_client import CommandFailed
from support.records import pull_all
from support.target import stanchion_only

FIRST = {"from": "CONSUME_FROM_FIRST_OFFSET"}


def test_sync_send_gets_ids_and_consecutive_offsets(cluster, java, topic):
    results = java.producer(cluster, f"p_{topic}").send_ok(topic, count=100)
    by_queue = {}
    for result in results:
        by_queue.setdefault(result["queue"], []).append(result["offset"])
        assert re.fullmatch("[0-9A-F]{32}", result["offset_msg_id"]), result
    assert sorted(by_queue) == [0, 1, 2, 3]
    for queue, offsets in by_queue.items():
        assert offsets == list(range(len(offsets))), f"queue {queue}: {offsets}"
    assert len({r["msg_id"] for r in results}) == 100


def test_async_sends_all_call_back(cluster, java, topic):
    results = java.producer(cluster, f"p_{topic}").send_ok(topic, count=1000, mode="async")
    assert len({(r["queue"], r["offset"]) for r in results}) == 1000
    admin = cluster.admin()
    wait_until(lambda: admin.message_count(topic, 4) == 1000, 10, "1000 messages are visible",
               detail=lambda: admin.message_count(topic, 4))


def test_oneway_sends_are_stored(cluster, java, topic):
    java.producer(cluster, f"p_{topic}").send(topic, count=200, mode="oneway")
    admin = cluster.admin()
    wait_until(lambda: admin.message_count(topic, 4) == 200, 10, "200 one-way messages are stored",
               detail=lambda: admin.message_count(topic, 4))


def test_batch_is_stored_as_single_messages(cluster, java, topic):
    result = java.producer(cluster, f"p_{topic}").call("batch", topic=topic, body="b%d", count=20,
                                                       tags=["X"])["result"]
    assert result["status"] == "SEND_OK"
    assert len(result["offset_msg_id"].split(",")) == 20
    stored = pull_all(cluster, topic, result["queue"], expect=20)
    assert [m.body for m in stored] == [b"b%d" % i for i in range(20)]
    assert [m.queue_offset for m in stored] == list(range(result["offset"], result["offset"] + 20))
    assert {m.properties["TAGS"] for m in stored} == {"X"}


def test_what_was_sent_is_what_is_received(cluster, java, topic):
    producer = java.producer(cluster, f"p_{topic}")
    producer.send_ok(topic, body="grüße %d €", count=8, tags=["Tag"], key="key %d",
                     properties={"colour": "grün", "n": "1"})
    consumer = java.push(cluster, f"g_{topic}", topic, **FIRST)
    received = consumer.wait_messages(8, 45)
    assert sorted(m["body"] for m in received) == sorted(f"grüße {i} €" for i in range(8))
    for message in received:
        assert message["tags"] == "Tag" and message["keys"].startswith("key ")
        assert message["properties"]["colour"] == "grün" and message["properties"]["n"] == "1"
        assert message["properties"]["UNIQ_KEY"] == message["msg_id"]


def test_compressed_one_mebibyte_body(cluster, java, topic):
    size = 1 << 20
    sent = java.producer(cluster, f"p_{topic}").send_ok(topic, body="large", size=size)[0]
    stored = pull_all(cluster, topic, sent["queue"], expect=1)[0]
    assert stored.sys_flag & 1, "the client compresses bodies over 4 KiB"
    assert len(stored.body) < size // 4, "the broker keeps the body as it came"
    received = java.push(cluster, f"g_{topic}", topic, **FIRST).wait_messages(1, 45)[0]
    assert received["length"] == size
    assert received["body"].startswith("large|filler 0|filler 1|")


def test_uncompressed_one_mebibyte_body(cluster, java, topic):
    producer = java.producer(cluster, f"p_{topic}", compress_over=1 << 30)
    sent = producer.send_ok(topic, body="plain", size=1 << 20)[0]
    stored = pull_all(cluster, topic, sent["queue"], expect=1)[0]
    assert stored.sys_flag & 1 == 0 and len(stored.body) == 1 << 20
    received = java.push(cluster, f"g_{topic}", topic, **FIRST).wait_messages(1, 45)[0]
    assert received["length"] == 1 << 20


def test_body_over_the_limit_is_illegal(cluster, java, topic):
    producer = java.producer(cluster, f"p_{topic}", compress_over=1 << 30, retries=0)
    result = producer.send(topic, body="huge", size=(4 << 20) + 1)[0]
    assert result["status"] == "EXCEPTION" and "CODE: 13" in result["error"], result
    producer.send_ok(topic, body="after")


def test_topic_is_created_by_the_first_send(cluster, java, name):
    assert cluster.admin().route(name) is None
    java.producer(cluster, f"p_{name}").send_ok(name, count=4)
    route = wait_until(lambda: cluster.admin().route(name), 2,
                       "the topic is registered, not only at the next interval of 30 s")
    assert [(q["readQueueNums"], q["writeQueueNums"], q["perm"]) for q in route["queueDatas"]] == \
        [(4, 4, 6)]
    admin = cluster.admin()
    wait_until(lambda: admin.message_count(name, 4) == 4, 10, "4 messages are visible")


@pytest.mark.parametrize("system_topic", ["SCHEDULE_TOPIC_XXXX", "RMQ_SYS_TRANS_HALF_TOPIC"])
def test_system_topics_refuse_sends(cluster, java, name, system_topic):
    result = java.producer(cluster, f"p_{name}", retries=0).send(system_topic)[0]
    assert result["status"] == "EXCEPTION", result


def test_send_and_consume_through_the_fast_port(cluster, java, topic):
    java.producer(cluster, f"p_{topic}", vip=True).send_ok(topic, count=20)
    consumer = java.push(cluster, f"g_{topic}", topic, vip=True, **FIRST)
    received = consumer.wait_messages(20, 45)
    assert len({m["msg_id"] for m in received}) == 20


def test_publish_queues_follow_the_route(cluster, java, topic):
    producer = java.producer(cluster, f"p_{topic}")
    assert sorted(producer.call("queues", topic=topic)["queues"]) == [0, 1, 2, 3]
    with pytest.raises(CommandFailed):
        producer.call("queues", topic=f"{topic}_absent")


@stanchion_only
def test_acknowledged_means_visible(cluster, java, topic):
    producer = java.producer(cluster, f"p_{topic}")
    for i in range(50):
        sent = producer.send_ok(topic, body=f"v{i}")[0]
        assert cluster.admin().max_offset(topic, sent["queue"]) == sent["offset"] + 1
