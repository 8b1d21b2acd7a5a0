"""Ordered consumption while consumers join and leave."""
from support.deadline import wait_until

FIRST = {"from": "CONSUME_FROM_FIRST_OFFSET"}
KEYS = 16
COUNT = 1600


def by_key(messages):
    """Sequence numbers per key in the order of consumption; the body is the number."""
    sequences = {}
    for message in messages:
        number = int(message["body"])
        sequences.setdefault(number % KEYS, []).append(number)
    return sequences


def assert_ordered(sequences):
    """First deliveries come in order; a repeated stretch goes back to a number already seen."""
    for key, numbers in sequences.items():
        highest = -1
        for number in numbers:
            expected = key if highest < 0 else highest + KEYS
            assert number <= expected, f"key {key}: {number} before {expected}: {numbers}"
            highest = max(highest, number)


def test_order_per_key_is_kept_while_consumers_join_and_leave(cluster, java, topic, record_property):
    group = f"g_{topic}"
    producer = java.producer(cluster, f"p_{topic}")
    one = java.push(cluster, group, topic, orderly=True, **FIRST)
    one.wait_queues(4)
    sending = producer.begin("send", topic=topic, body="%d", count=COUNT, order_keys=KEYS)
    one.wait_messages(100, 45)
    two = java.push(cluster, group, topic, orderly=True, **FIRST)
    wait_until(two.messages, 60, "the second consumer gets its locks and consumes", 0.05,
               lambda: (one.queues(), two.queues()))
    one.stop()
    assert {r["status"] for r in java.end(sending)["results"]} == {"SEND_OK"}
    three = java.push(cluster, group, topic, orderly=True, **FIRST)

    def received():
        return java.messages(one.name, two.name, three.name)
    wait_until(lambda: len({m["msg_id"] for m in received()}) == COUNT, 60,
               f"{COUNT} different messages are consumed", 0.1,
               lambda: len({m["msg_id"] for m in received()}))
    assert_ordered(by_key(received()))
    record_property("duplicates", len(received()) - COUNT)


def test_failed_message_blocks_its_queue_until_it_succeeds(cluster, java, topic):
    java.producer(cluster, f"p_{topic}").send_ok(topic, body="%d", count=10, queue=0)
    consumer = java.push(cluster, f"g_{topic}", topic, orderly=True, fail_times=1, suspend_ms=100,
                         **FIRST)
    received = consumer.wait_messages(20, 45)
    numbers = [int(m["body"]) for m in received]
    assert numbers == [n for n in range(10) for _ in range(2)], numbers
