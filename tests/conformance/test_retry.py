"""RECONSUME_LATER, the dead-letter topic, and delay levels."""
import pytest
from support.deadline import wait_until
from support.records import pull_all

FIRST = {"from": "CONSUME_FROM_FIRST_OFFSET"}


@pytest.fixture
def quick_topic(quick_cluster, name):
    quick_cluster.admin().create_topic(name)
    return name


def test_reconsume_later_comes_back_with_its_identity(quick_cluster, java, quick_topic):
    topic = quick_topic
    sent = java.producer(quick_cluster, f"p_{topic}").send_ok(
        topic, body="again", tags=["T"], key="K", properties={"p": "v"})[0]
    consumer = java.push(quick_cluster, f"g_{topic}", topic, fail_times=2, **FIRST)
    received = consumer.wait_messages(3, 45)
    assert [m["reconsume"] for m in received] == [0, 1, 2]
    for message in received:
        assert message["body"] == "again" and message["topic"] == topic
        assert message["tags"] == "T" and message["keys"] == "K"
        assert message["properties"]["p"] == "v"
    assert received[0]["msg_id"] == sent["msg_id"]
    assert received[1]["properties"]["ORIGIN_MESSAGE_ID"] == sent["offset_msg_id"]
    assert received[2]["properties"]["ORIGIN_MESSAGE_ID"] == sent["offset_msg_id"]


def test_retry_waits_for_its_delay_level(quick_cluster, java, quick_topic):
    topic = quick_topic
    java.producer(quick_cluster, f"p_{topic}").send_ok(topic)
    consumer = java.push(quick_cluster, f"g_{topic}", topic, fail_times=1, **FIRST)
    first, second = consumer.wait_messages(2, 45)
    waited = second["stored"] - first["received"]
    assert 950 <= waited < 5000, f"level 3 is 1 s here, it took {waited} ms"


def test_dead_letter_after_the_last_attempt(quick_cluster, java, quick_topic):
    topic, group = quick_topic, f"g_{quick_topic}"
    sent = java.producer(quick_cluster, f"p_{topic}").send_ok(topic, body="hopeless %d", count=3)
    consumer = java.push(quick_cluster, group, topic, fail_times=99, max_reconsume=3, **FIRST)
    received = consumer.wait_messages(12, 60)
    assert sorted(m["reconsume"] for m in received) == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3
    dead = f"%DLQ%{group}"
    wait_until(lambda: quick_cluster.admin().route(dead), 20, f"{dead} is registered")
    letters = pull_all(quick_cluster, dead, 0, expect=3)
    assert sorted(m.body for m in letters) == [b"hopeless 0", b"hopeless 1", b"hopeless 2"]
    assert {m.properties["ORIGIN_MESSAGE_ID"] for m in letters} == \
        {s["offset_msg_id"] for s in sent}
    assert {m.properties["RETRY_TOPIC"] for m in letters} == {topic}
    assert len(consumer.messages()) == 12, "a dead letter is not delivered again"


def test_sixteen_attempts_are_the_default(quick_cluster, java, quick_topic):
    topic, group = quick_topic, f"g_{quick_topic}"
    java.producer(quick_cluster, f"p_{topic}").send_ok(topic, body="long")
    consumer = java.push(quick_cluster, group, topic, fail_times=99, **FIRST)
    received = consumer.wait_messages(17, 90)
    assert [m["reconsume"] for m in received] == list(range(17))
    wait_until(lambda: quick_cluster.admin().route(f"%DLQ%{group}"), 20, "the dead letter is stored")
    assert len(pull_all(quick_cluster, f"%DLQ%{group}", 0, expect=1)) == 1


@pytest.mark.parametrize("level,seconds", [(1, 1), (2, 5)])
def test_delayed_message_arrives_after_its_level(cluster, java, topic, level, seconds):
    consumer = java.push(cluster, f"g_{topic}", topic, **FIRST)
    consumer.wait_queues(4)
    producer = java.producer(cluster, f"p_{topic}")
    producer.send_ok(topic, body="late", delay=level)
    producer.send_ok(topic, body="now")
    received = consumer.wait_messages(2, seconds + 15)
    assert [m["body"] for m in received] == ["now", "late"]
    waited = received[1]["received"] - received[1]["born"]
    assert seconds * 1000 - 50 <= waited <= seconds * 1000 + 1500, f"{waited} ms"


def test_level_above_the_table_means_its_last(quick_cluster, java, quick_topic):
    topic = quick_topic
    consumer = java.push(quick_cluster, f"g_{topic}", topic, **FIRST)
    consumer.wait_queues(4)
    java.producer(quick_cluster, f"p_{topic}").send_ok(topic, body="late", delay=99)
    message = consumer.wait_messages(1, 45)[0]
    waited = message["stored"] - message["born"]
    assert 950 <= waited < 5000, f"the last level is 1 s here, it took {waited} ms"


def test_fifty_delayed_messages_keep_their_order(cluster, java, topic):
    consumer = java.push(cluster, f"g_{topic}", topic, orderly=True, **FIRST)
    consumer.wait_queues(4)
    java.producer(cluster, f"p_{topic}").send_ok(topic, body="%d", count=50, queue=0, delay=1)
    received = consumer.wait_messages(50, 45)
    assert [int(m["body"]) for m in received] == list(range(50))
