"""What the clients do while the frames are recorded."""
from support.java_client import CommandFailed
from support.wire import BINARY_HEADER, Connection


def _expect_failure(action):
    try:
        action()
    except CommandFailed:
        return
    raise AssertionError("the client should have reported an error")


def run(cluster, java, suffix):
    """Sends, consumes, retries, commits and fails through stock clients."""
    topic, group = f"Golden_{suffix}", f"golden_{suffix}"
    producer = java.producer(cluster, f"p_{group}")
    producer.send_ok(topic, count=3, tags=["A"], key="key%d", mode="sync")
    producer.send_ok(topic, count=3, mode="async")
    producer.send(topic, count=2, mode="oneway")
    producer.send_ok(topic, size=20000)
    producer.send_ok(topic, delay=1)
    producer.call("batch", topic=topic, body="b%d", count=3)
    bad = producer.send("SCHEDULE_TOPIC_XXXX", body="forbidden")
    assert bad[0]["status"] == "EXCEPTION", bad
    push = java.push(cluster, group, topic, **{"from": "CONSUME_FROM_FIRST_OFFSET"})
    push.wait_messages(8, 30)
    push.call("persist")
    tagged = java.push(cluster, f"t_{group}", topic, expression="A || B",
                       **{"from": "CONSUME_FROM_FIRST_OFFSET"})
    tagged.wait_messages(3, 30)
    later = java.push(cluster, f"r_{group}", topic, fail_times=1,
                      **{"from": "CONSUME_FROM_FIRST_OFFSET"})
    later.wait_messages(12, 60)
    ordered = java.push(cluster, f"o_{group}", topic, orderly=True,
                        **{"from": "CONSUME_FROM_LAST_OFFSET"})
    ordered.wait_queues(4)
    timed = java.push(cluster, f"s_{group}", topic, timestamp="20200101000000",
                      **{"from": "CONSUME_FROM_TIMESTAMP"})
    timed.wait_messages(3, 30)
    broadcast = java.push(cluster, f"b_{group}", topic, model="BROADCASTING")
    broadcast.wait_queues(4)
    pull = java.pull(cluster, f"pull_{group}")
    pull.call("pull", topic=topic, queue=0, offset=0, max=8)
    pull.call("pull", topic=topic, queue=0, offset=100000, max=8)
    pull.call("commit", topic=topic, queue=0, offset=1)
    lite = java.lite(cluster, f"lite_{group}", topic)
    lite.call("poll", timeout_ms=3000)
    lite.call("commit")
    java.stop_all()


def run_raw(namesrv, broker):
    """Requests that the stock clients of this suite do not make: administration and errors."""
    for header in (0, BINARY_HEADER):
        with Connection(namesrv, header_type=header) as link:
            link.call(106)
            link.call(105, {"topic": "NoSuchTopic"})
            link.call(105, {"topic": "TBW102"}, version=399)
            link.call(206)
        with Connection(broker, header_type=header) as link:
            link.call(999)
            link.call(17, {"topic": "GoldenRaw", "defaultTopic": "TBW102", "readQueueNums": 4,
                           "writeQueueNums": 4, "perm": 6, "topicFilterType": "SINGLE_TAG",
                           "topicSysFlag": 0, "order": "false"})
            link.call(30, {"topic": "GoldenRaw", "queueId": 0})
            link.call(31, {"topic": "GoldenRaw", "queueId": 0})
            link.call(38, {"consumerGroup": "no_such_group"})
            link.call(14, {"consumerGroup": "no_such_group", "topic": "GoldenRaw", "queueId": 0})
            link.call(21)
            link.call(201)
            link.call(203, {"consumerGroup": "no_such_group"})
