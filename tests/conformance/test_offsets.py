"""Offsets and messages that survive a restart and a kill -9."""
import json
import re

import pytest
from support.deadline import wait_until
from support.records import pull_all

FIRST = {"from": "CONSUME_FROM_FIRST_OFFSET"}


@pytest.fixture(scope="module")
def own_cluster(new_cluster):
    """Restarted by these tests; sync flush, so that what was acknowledged survives kill -9."""
    mine = new_cluster(flush="sync")
    yield mine
    mine.stop()


@pytest.fixture
def own_topic(own_cluster, name):
    own_cluster.admin().create_topic(name)
    return name


def stored_offsets(cluster, group, topic):
    """The group's offsets in the broker's own file, by queue."""
    path = cluster.data_dir / "store" / "config" / "consumerOffset.json"
    if not path.exists():
        return {}
    try:
        table = json.loads(_quote_keys(path.read_text()))["offsetTable"]
    except ValueError:
        return {}
    return {int(q): offset for q, offset in table.get(f"{topic}@{group}", {}).items()}


def _quote_keys(text):
    """The original writes integer keys without quotes."""
    return re.sub(r"([{,]\s*)(\d+)(\s*:)", r'\1"\2"\3', text)


def ids(messages):
    return sorted(m["msg_id"] for m in messages)


def consume_half(cluster, java, topic):
    """Sends 40, lets a group consume them, and waits until the broker has the offsets."""
    group = f"g_{topic}"
    producer = java.producer(cluster, f"p_{topic}")
    sent = producer.send_ok(topic, count=40)
    consumer = java.push(cluster, group, topic, **FIRST)
    assert ids(consumer.wait_messages(40, 45)) == ids(sent)
    consumer.stop()
    wait_until(lambda: sum(stored_offsets(cluster, group, topic).values()) == 40, 20,
               "the offsets of all queues are in consumerOffset.json",
               detail=lambda: stored_offsets(cluster, group, topic))
    return producer


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_group_continues_after_the_broker_was_gone(own_cluster, java, own_topic, how):
    topic, group = own_topic, f"g_{own_topic}"
    producer = consume_half(own_cluster, java, topic)
    offsets = {q: own_cluster.admin().consumer_offset(group, topic, q) for q in range(4)}
    if how == "restart":
        own_cluster.stop_broker()
    else:
        own_cluster.kill_broker()
    own_cluster.start_broker()
    assert {q: own_cluster.admin().consumer_offset(group, topic, q) for q in range(4)} == offsets
    assert own_cluster.admin().message_count(topic, 4) == 40

    def sends_again():
        return producer.send(topic, body="probe")[0]["status"] == "SEND_OK"
    wait_until(sends_again, 45, "the producer sends again", 0.2)
    sent = producer.send_ok(topic, body="second %d", count=40)
    again = java.push(own_cluster, group, topic, **FIRST)
    wait_until(lambda: set(ids(sent)) <= set(ids(again.messages())), 45,
               "the group receives what was sent after the restart")
    bodies = {m["body"] for m in again.messages()}
    assert all(b == "probe" or b.startswith("second ") for b in bodies), \
        f"messages from before the restart came again: {sorted(bodies)[:5]}"


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_messages_and_topics_survive(own_cluster, java, own_topic, how):
    topic = own_topic
    producer = java.producer(own_cluster, f"p_{topic}")
    sent = producer.send_ok(topic, body="keep %d", count=200, mode="async", size=700)
    route = own_cluster.admin().route(topic)["queueDatas"]
    for queue in range(4):
        expected = sum(r["queue"] == queue for r in sent)
        before = pull_all(own_cluster, topic, queue, expect=expected)
        assert len(before) == expected
    own_cluster.stop_broker() if how == "restart" else own_cluster.kill_broker()
    own_cluster.start_broker()
    assert own_cluster.admin().route(topic)["queueDatas"] == route
    by_place = {(r["queue"], r["offset"]): r for r in sent}
    for queue in range(4):
        after = pull_all(own_cluster, topic, queue)
        assert [m.queue_offset for m in after] == list(range(len(after)))
        for message in after:
            result = by_place.pop((queue, message.queue_offset))
            assert message.properties["UNIQ_KEY"] == result["msg_id"]
            assert message.body.startswith(b"keep %d" % result["i"])
    assert not by_place, f"acknowledged, but gone: {list(by_place)[:5]}"


def test_running_consumer_finds_the_restarted_broker(own_cluster, java, own_topic):
    topic = own_topic
    producer = java.producer(own_cluster, f"p_{topic}", retries=0, timeout_ms=2000)
    consumer = java.push(own_cluster, f"g_{topic}", topic, **FIRST)
    consumer.wait_queues(4)
    own_cluster.restart_broker()

    def sends_again():
        return producer.send(topic, body="after")[0]["status"] == "SEND_OK"
    wait_until(sends_again, 45, "the producer reaches the restarted broker", 0.2)
    consumer.wait_messages(1, 60)


def test_delayed_messages_survive_a_restart(own_cluster, java, own_topic):
    topic = own_topic
    producer = java.producer(own_cluster, f"p_{topic}")
    producer.send_ok(topic, body="after the restart", delay=3)
    own_cluster.restart_broker()
    consumer = java.push(own_cluster, f"g_{topic}", topic, **FIRST)
    message = consumer.wait_messages(1, 60)[0]
    assert message["body"] == "after the restart"
    assert message["received"] - message["born"] >= 9900, "level 3 is 10 s"
