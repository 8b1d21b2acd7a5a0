"""Stock consumers: clustering, broadcasting, filters, starting points, pulling."""
import pytest
from support.deadline import wait_until
from support.target import TARGET

FIRST = {"from": "CONSUME_FROM_FIRST_OFFSET"}


def ids(messages):
    return [m["msg_id"] for m in messages]


def test_clustering_divides_the_messages(cluster, java, topic):
    one, two = (java.push(cluster, f"g_{topic}", topic, **FIRST) for _ in range(2))
    held = one.wait_queues(2) + two.wait_queues(2)
    assert sorted(held) == [f"{topic}/{q}" for q in range(4)]
    sent = ids(java.producer(cluster, f"p_{topic}").send_ok(topic, count=200))
    wait_until(lambda: len(one.messages()) + len(two.messages()) >= 200, 45,
               "both consumers together receive 200 messages",
               detail=lambda: (len(one.messages()), len(two.messages())))
    first, second = set(ids(one.messages())), set(ids(two.messages()))
    assert first | second == set(sent), "the union must be complete"
    assert not first & second, "the intersection must be empty"
    assert len(one.messages()) + len(two.messages()) == 200, "no message twice"
    assert first and second


def test_joining_consumer_loses_nothing(cluster, java, topic, record_property):
    producer = java.producer(cluster, f"p_{topic}")
    consumers = [java.push(cluster, f"g_{topic}", topic, **FIRST)]
    consumers[0].wait_queues(4)
    sending = producer.begin("send", topic=topic, body="j%d", count=3000)
    consumers[0].wait_messages(200, 45)
    consumers.append(java.push(cluster, f"g_{topic}", topic, **FIRST))
    consumers[1].wait_queues(2)
    sent = set(ids(java.end(sending)["results"]))
    assert len(sent) == 3000

    def received():
        return [i for c in consumers for i in ids(c.messages())]
    wait_until(lambda: len(set(received())) == 3000, 30, "3000 different messages are received",
               0.1, lambda: len(set(received())))
    assert set(received()) == sent
    record_property("duplicates", len(received()) - 3000)


def test_leaving_consumer_hands_its_queues_over(cluster, java, topic):
    producer = java.producer(cluster, f"p_{topic}")
    stays, leaves = (java.push(cluster, f"g_{topic}", topic, **FIRST) for _ in range(2))
    stays.wait_queues(2)
    leaves.wait_queues(2)
    first = ids(producer.send_ok(topic, count=40))
    wait_until(lambda: len(stays.messages()) + len(leaves.messages()) == 40, 45, "40 are received")
    taken = ids(leaves.messages())
    leaves.stop()
    stays.wait_queues(4, seconds=10)
    second = ids(producer.send_ok(topic, count=40, first=40))
    wait_until(lambda: set(second) <= set(ids(stays.messages())), 45,
               "the remaining consumer receives all of the second 40")
    assert set(ids(stays.messages())) | set(taken) == set(first + second)


def test_broadcasting_gives_everything_to_everyone(cluster, java, topic):
    consumers = [java.push(cluster, f"g_{topic}", topic, model="BROADCASTING", **FIRST)
                 for _ in range(2)]
    for consumer in consumers:
        consumer.wait_queues(4)
    sent = ids(java.producer(cluster, f"p_{topic}").send_ok(topic, count=100))
    for consumer in consumers:
        received = ids(consumer.wait_messages(100, 45))
        assert sorted(received) == sorted(sent)


def test_tag_expression_selects(cluster, java, topic):
    producer = java.producer(cluster, f"p_{topic}")
    producer.send_ok(topic, body="t%d", count=90, tags=["A", "B", "C"])
    producer.send_ok(topic, body="untagged", count=3)
    consumer = java.push(cluster, f"g_{topic}", topic, expression="A || B", **FIRST)
    consumer.wait_messages(60, 45)
    producer.send_ok(topic, body="late%d", count=9, tags=["A", "B", "C"])
    received = consumer.wait_messages(66, 45)
    assert {m["tags"] for m in received} == {"A", "B"}
    assert len(received) == 66
    assert sum(m["tags"] == "A" for m in received) == 33


def test_tags_with_the_same_hash_are_told_apart_by_the_client(cluster, java, topic):
    """The broker compares 32-bit hash codes only: "Aa" and "BB" have the same one."""
    producer = java.producer(cluster, f"p_{topic}")
    producer.send_ok(topic, body="h%d", count=20, tags=["Aa", "BB"])
    received = java.push(cluster, f"g_{topic}", topic, expression="Aa", **FIRST) \
        .wait_messages(10, 45)
    producer.send_ok(topic, body="end", tags=["Aa"], count=1)
    assert {m["tags"] for m in received} == {"Aa"}


@pytest.mark.parametrize("start", [
    FIRST, {"from": "CONSUME_FROM_LAST_OFFSET"},
    {"from": "CONSUME_FROM_TIMESTAMP", "timestamp": "20200101000000"}],
    ids=["first", "last", "timestamp"])
def test_new_group_on_a_young_topic_starts_at_its_beginning(cluster, java, topic, start):
    """A queue that is complete in memory has offset 0 for every new group, whatever it asks for."""
    producer = java.producer(cluster, f"p_{topic}")
    before = ids(producer.send_ok(topic, count=20))
    consumer = java.push(cluster, f"g_{topic}", topic, **start)
    consumer.wait_messages(20, 45)
    after = ids(producer.send_ok(topic, count=20, first=20))
    assert sorted(ids(consumer.wait_messages(40, 45))) == sorted(before + after)


def test_group_continues_where_it_left_off(cluster, java, topic):
    producer = java.producer(cluster, f"p_{topic}")
    first = ids(producer.send_ok(topic, count=40))
    consumer = java.push(cluster, f"g_{topic}", topic, **FIRST)
    assert sorted(ids(consumer.wait_messages(40, 45))) == sorted(first)
    consumer.stop()
    second = ids(producer.send_ok(topic, count=40, first=40))
    again = java.push(cluster, f"g_{topic}", topic, **FIRST)
    assert sorted(ids(again.wait_messages(40, 45))) == sorted(second)


def test_backlog_is_delivered_completely(cluster, java, topic):
    sent = ids(java.producer(cluster, f"p_{topic}").send_ok(topic, count=5000, mode="async"))
    consumer = java.push(cluster, f"g_{topic}", topic, batch=32, **FIRST)
    assert sorted(ids(consumer.wait_messages(5000, 40))) == sorted(sent)


def test_two_groups_receive_independently(cluster, java, topic):
    sent = sorted(ids(java.producer(cluster, f"p_{topic}").send_ok(topic, count=50)))
    groups = [java.push(cluster, f"g{n}_{topic}", topic, **FIRST) for n in range(2)]
    for consumer in groups:
        assert sorted(ids(consumer.wait_messages(50, 45))) == sent


def test_pull_consumer(cluster, java, topic):
    java.producer(cluster, f"p_{topic}").send_ok(topic, count=50, queue=2)
    wait_until(lambda: cluster.admin().max_offset(topic, 2) == 50, 10, "50 messages are visible")
    pull = java.pull(cluster, f"g_{topic}")
    found = pull.call("pull", topic=topic, queue=2, offset=10, max=16)
    assert (found["status"], found["min"], found["max"]) == ("FOUND", 0, 50)
    assert [m["body"] for m in found["messages"]] == [f"m{i}" for i in range(10, 26)]
    assert found["next"] == 26
    end = pull.call("pull", topic=topic, queue=2, offset=50, max=16)
    assert (end["status"], end["next"]) == ("NO_NEW_MSG", 50)
    beyond = pull.call("pull", topic=topic, queue=2, offset=1000, max=16)
    assert (beyond["status"], beyond["next"]) == ("OFFSET_ILLEGAL", 50)
    empty = pull.call("pull", topic=topic, queue=1, offset=5, max=16)
    assert (empty["status"], empty["next"]) == ("OFFSET_ILLEGAL", 0), "an empty queue starts at 0"


def test_pull_consumer_with_a_tag(cluster, java, topic):
    java.producer(cluster, f"p_{topic}").send_ok(topic, count=20, queue=0, tags=["A", "B"])
    wait_until(lambda: cluster.admin().max_offset(topic, 0) == 20, 10, "20 messages are visible")
    pull = java.pull(cluster, f"g_{topic}")
    found = pull.call("pull", topic=topic, queue=0, offset=0, max=32, expression="B")
    assert [m["body"] for m in found["messages"]] == [f"m{i}" for i in range(1, 20, 2)]
    none = pull.call("pull", topic=topic, queue=0, offset=0, max=32, expression="C")
    assert (none["status"], none["next"]) == ("NO_MATCHED_MSG", 20)


def test_pull_consumer_commits_and_reads_its_offset(cluster, java, topic):
    java.producer(cluster, f"p_{topic}").send_ok(topic, count=10, queue=1)
    pull = java.pull(cluster, f"g_{topic}")
    pull.call("commit", topic=topic, queue=1, offset=7)
    wait_until(lambda: cluster.admin().consumer_offset(f"g_{topic}", topic, 1) == 7, 10,
               "the broker stores offset 7",
               detail=lambda: cluster.admin().consumer_offset(f"g_{topic}", topic, 1))
    assert pull.call("commit", topic=topic, queue=1)["offset"] == 7


def test_blocking_pull_returns_when_a_message_arrives(cluster, java, topic):
    pull = java.pull(cluster, f"g_{topic}")
    waiting = pull.begin("pull", topic=topic, queue=3, offset=0, max=32, block=True)
    java.producer(cluster, f"p_{topic}").send_ok(topic, body="awaited", queue=3)
    answer = java.end(waiting, 15)
    assert [m["body"] for m in answer["messages"]] == ["awaited"]


def test_lite_pull_consumer_receives_and_commits(cluster, java, topic):
    if TARGET == "apache" and java.version.startswith("5."):
        pytest.skip("the 5.x client pulls with code 361, which 4.9.7 does not know")
    sent = ids(java.producer(cluster, f"p_{topic}").send_ok(topic, count=100))
    lite = java.lite(cluster, f"g_{topic}", topic)
    received = []

    def poll():
        received.extend(ids(lite.call("poll", timeout_ms=500)["messages"]))
        return len(received) >= 100
    wait_until(poll, 30, "the lite pull consumer polls 100 messages", detail=lambda: len(received))
    assert sorted(received) == sorted(sent)
    lite.call("commit")
    lite.stop()
    admin = cluster.admin()

    def committed():
        return sum(admin.consumer_offset(f"g_{topic}", topic, q) or 0 for q in range(4))
    wait_until(lambda: committed() == 100, 10, "offsets of all four queues are committed",
               detail=committed)
