"""Ordered consumption while consumers join and leave."""
from support.deadline import wait_until

FIRST = {"from": "CONSUME_FROM_FIRST_OFFSET"}
KEYS = 16
ROUND = 160


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


class Sender:
    """Sends in rounds; the bodies are numbers from 0 on."""

    def __init__(self, java, producer, topic):
        self.java, self.producer, self.topic, self.sent = java, producer, topic, 0

    def begin(self, count=ROUND):
        first, self.sent = self.sent, self.sent + count
        return self.producer.begin("send", topic=self.topic, body="%d", first=first, count=count,
                                   order_keys=KEYS)

    def end(self, sending):
        assert {r["status"] for r in self.java.end(sending)["results"]} == {"SEND_OK"}

    def send_until(self, condition, seconds, what, detail):
        """There is always something to consume while consumers come and go."""
        def another_round():
            self.end(self.begin())
            return condition()
        wait_until(another_round, seconds, what, 0.05, detail)


def test_order_per_key_is_kept_while_consumers_join_and_leave(cluster, java, topic, record_property):
    group = f"g_{topic}"
    sender = Sender(java, java.producer(cluster, f"p_{topic}"), topic)
    one = java.push(cluster, group, topic, orderly=True, **FIRST)
    one.wait_queues(4)
    sender.end(sender.begin())
    one.wait_messages(ROUND, 45)
    two = java.push(cluster, group, topic, orderly=True, **FIRST)
    sender.send_until(two.messages, 60, "the second consumer gets its locks and consumes",
                      lambda: (one.queues(), two.queues()))
    sending = sender.begin(5 * ROUND)
    one.stop()
    sender.end(sending)
    three = java.push(cluster, group, topic, orderly=True, **FIRST)
    sender.send_until(three.messages, 60, "the third consumer gets its locks and consumes",
                      lambda: (two.queues(), three.queues()))

    def received():
        return java.messages(one.name, two.name, three.name)
    wait_until(lambda: len({m["msg_id"] for m in received()}) == sender.sent, 60,
               f"{sender.sent} different messages are consumed", 0.1,
               lambda: len({m["msg_id"] for m in received()}))
    assert_ordered(by_key(received()))
    record_property("duplicates", len(received()) - sender.sent)


def test_failed_message_blocks_its_queue_until_it_succeeds(cluster, java, topic):
    java.producer(cluster, f"p_{topic}").send_ok(topic, body="%d", count=10, queue=0)
    consumer = java.push(cluster, f"g_{topic}", topic, orderly=True, fail_times=1, suspend_ms=100,
                         **FIRST)
    received = consumer.wait_messages(20, 45)
    numbers = [int(m["body"]) for m in received]
    assert numbers == [n for n in range(10) for _ in range(2)], numbers
