"""Messages of all kinds through frames, and whether a broker still has them."""
import random
import struct
import zlib

from support.deadline import wait_until
from support.records import parse, pull_all
from support.wire import encode

GROUP = "crossing_group"
LATE, LATE_GROUP = "crossing_late", "crossing_late_group"
DELAY_LEVELS = 2  # levels that are used; their delays are short
FOREVER = 2 ** 62


class Message:
    """What was sent, and where it is."""

    def __init__(self, topic, queue, body, properties):
        self.topic, self.queue, self.body, self.properties = topic, queue, zlib.crc32(body), properties
        self.length, self.offset, self.position = len(body), None, None

    def same(self, record):
        wanted = {k: v for k, v in self.properties.items() if k != "WAIT"}
        return (record.topic == self.topic and len(record.body) == self.length
                and zlib.crc32(record.body) == self.body
                and all(record.properties.get(k) == v for k, v in wanted.items()))


def header(topic, queue, properties, batch=False):
    text = "\x02".join(f"{k}\x01{v}" for k, v in properties.items())
    return {"a": "crossing_producer", "b": topic, "c": "TBW102", "d": 4, "e": queue, "f": 0,
            "g": 1700000000000, "h": 0, "i": text, "j": 0, "k": "false",
            "m": "true" if batch else "false"}


def inner(body, properties):
    text = "\x02".join(f"{k}\x01{v}" for k, v in properties.items()).encode()
    rest = struct.pack(">iiii", 0, 0, 0, len(body)) + body + struct.pack(">h", len(text)) + text
    return struct.pack(">i", len(rest) + 4) + rest


def position_of(message_id):
    return int(message_id[-16:], 16)


class Mixer:
    """Sends and remembers; the same seed sends the same."""

    def __init__(self, topics, queues=4, seed=20240607):
        self.topics, self.queues, self.random = topics, queues, random.Random(seed)
        self.sent, self.delayed, self.sent_back, self.number = {}, [], [], 0
        self.late = []  # bodies that a consumer has put off, and that are still to come again

    def size(self):
        kind = self.random.random()
        if kind < 0.01:
            return 0
        if kind < 0.02:
            return self.random.choice([1, 2, 3])
        if kind < 0.9:
            return self.random.randrange(2000)
        return self.random.randrange(64 << 10) if kind < 0.995 else self.random.randrange(1 << 20)

    def next(self):
        self.number += 1
        n = self.number
        properties = {"UNIQ_KEY": f"7F0000010001{n:020X}", "KEYS": f"k{n} shared{n % 100}",
                      "WAIT": "true"}
        if n % 3:
            properties["TAGS"] = f"tag{n % 7}"
        if n % 4 == 0:
            properties["城市"] = "北京" + "好" * (n % 5 + 1)
        body = self.random.randbytes(self.size())
        return properties, body

    def send(self, cluster, count):
        """`count` messages, up to 32 requests in flight."""
        with cluster.connect(timeout=30) as link:
            left = count
            while left > 0:
                window = []
                for _ in range(32):
                    window.append(self._request(link, min(left, 5)))
                    left -= len(window[-1][1])
                    if left <= 0:
                        break
                link.send(b"".join(encode(frame) for frame, _ in window))
                for frame, messages in window:
                    self._note(link.response(frame.opaque, 60), messages)

    def _request(self, link, room):
        topic = self.topics[self.number % len(self.topics)]
        queue = self.random.randrange(self.queues)
        if room > 1 and self.random.random() < 0.1:
            messages, body = [], b""
            for _ in range(room):
                properties, one = self.next()
                one = one[:10000]
                messages.append(Message(topic, queue, one, properties))
                body += inner(one, properties)
            return link.request(320, header(topic, queue, {}, True), body), messages
        properties, body = self.next()
        message = Message(topic, queue, body, properties)
        if self.random.random() < 0.03:
            properties["DELAY"] = str(self.number % DELAY_LEVELS + 1)
            self.delayed.append(message)
        return link.request(310, header(topic, queue, properties), body), [message]

    def _note(self, answer, messages):
        assert answer.code == 0, f"send: {answer}"
        positions = [position_of(i) for i in answer.ext["msgId"].split(",")]
        assert len(positions) == len(messages)
        for i, message in enumerate(messages):
            message.position = positions[i]
            if "DELAY" in message.properties:
                continue  # its place is the delay topic's until it is due
            message.offset = int(answer.ext["queueOffset"]) + i
            place = (message.topic, message.queue, message.offset)
            assert place not in self.sent, f"{place} was given away twice"
            self.sent[place] = message

    def send_back(self, cluster, count):
        """A consumer gives messages back: they come again in the group's retry topic."""
        chosen = self.random.sample([m for m in self.sent.values()], count)
        with cluster.connect(timeout=30) as link:
            for message in chosen:
                answer = link.call(36, {
                    "offset": message.position, "group": GROUP, "delayLevel": 1,
                    "originMsgId": message.properties["UNIQ_KEY"], "originTopic": message.topic,
                    "unitMode": "false", "maxReconsumeTimes": 16})
                assert answer.code == 0, f"send back: {answer}"
        self.sent_back += chosen

    def put_off(self, cluster, java, count):
        """A stock consumer answers RECONSUME_LATER and goes: what it put off comes again, from whichever broker."""
        sent = []
        with cluster.connect(timeout=30) as link:
            for _ in range(count):
                sent.append(f"late {self.number}")
                properties, _ = self.next()
                answer = link.call(310, header(LATE, 0, properties), sent[-1].encode())
                assert answer.code == 0, f"send: {answer}"
        consumer = java.push(cluster, LATE_GROUP, LATE, fail_times=1,
                             **{"from": "CONSUME_FROM_FIRST_OFFSET"})

        def received(again):
            return {m["body"] for m in consumer.messages() if (m["reconsume"] > 0) == again}
        wait_until(lambda: received(False) >= set(sent), 60, "the consumer gets what is new", 0.1,
                   lambda: f"{len(received(False))} of {len(sent)}")
        wait_until(lambda: received(True) >= set(self.late), 60,
                   "what was put off at the other broker comes again", 0.1,
                   lambda: f"{len(received(True))} of {len(self.late)}")
        consumer.stop()
        assert not received(True) & set(sent), "the consumer has gone before they come again"
        self.late = sent

    # ------------------------------------------------------------ what a broker has

    def check(self, cluster, sample):
        self.check_delivered(cluster)
        self.check_queues(cluster)
        messages = list(self.sent.values())
        if len(messages) > sample:
            messages = self.random.sample(messages, sample)
        with cluster.connect(timeout=30) as link:
            for message in messages:
                self.check_position(link, message)
                self.check_keys(link, message)
            for message in messages[:200]:
                self.check_time(link, message)

    def check_queues(self, cluster):
        """Every acknowledged message stands at its offset, unchanged."""
        seen = 0
        for topic in self.topics:
            for queue in range(self.queues):
                records = pull_all(cluster, topic, queue)
                assert [r.queue_offset for r in records] == list(range(len(records)))
                for record in records:
                    message = self.sent.get((topic, queue, record.queue_offset))
                    if message:
                        seen += 1
                        assert message.same(record), f"{topic}/{queue}/{record.queue_offset} differs"
        assert seen == len(self.sent), f"{len(self.sent) - seen} of {len(self.sent)} are gone"

    def check_delivered(self, cluster):
        """Delayed and given-back messages come, whichever broker took them; a kill may double them."""
        wanted = {m.properties["UNIQ_KEY"] for m in self.delayed}

        def delivered():
            return wanted & {r.properties["UNIQ_KEY"] for t in self.topics
                             for q in range(self.queues) for r in pull_all(cluster, t, q)}
        wait_until(lambda: delivered() == wanted, 60, "delayed messages are delivered", 0.5,
                   lambda: f"{len(delivered())} of {len(wanted)}")
        if self.sent_back:
            again = {m.properties["UNIQ_KEY"] for m in self.sent_back}

            def retried():
                return {r.properties["UNIQ_KEY"] for r in pull_all(cluster, f"%RETRY%{GROUP}", 0)}
            wait_until(lambda: retried() == again, 60, "given-back messages come again", 0.5,
                       lambda: f"{len(retried())} of {len(again)}")

    def check_position(self, link, message):
        answer = link.call(33, {"offset": message.position})
        assert answer.code == 0, f"{message.position}: {answer}"
        record, = parse(answer.body)
        assert record.valid() and message.same(record)
        message.stored = record.stored

    def check_keys(self, link, message):
        key = message.properties["KEYS"].split(" ")[0]
        unique = message.properties["UNIQ_KEY"]
        for wanted, flag in ((key, "false"), (unique, "true")):
            answer = None

            def found():
                nonlocal answer
                answer = link.call(12, {"topic": message.topic, "key": wanted, "maxNum": 32,
                                        "beginTimestamp": 0, "endTimestamp": FOREVER,
                                        "_UNIQUE_KEY_QUERY": flag})
                return answer.code == 0
            wait_until(found, 20, f"{message.topic} {wanted} is found", 0.1, lambda: answer)
            places = [(r.topic, r.queue, r.queue_offset) for r in parse(answer.body)]
            assert (message.topic, message.queue, message.offset) in places, f"{wanted}: {places}"

    def check_time(self, link, message):
        """The original's rule: the message found was stored at that time, or nearest to it."""
        answer = link.call(29, {"topic": message.topic, "queueId": message.queue,
                                "timestamp": message.stored})
        assert answer.code == 0
        at = self.sent.get((message.topic, message.queue, int(answer.ext["offset"])))
        if at is None:
            return  # a delivered delayed message: its time is not known here
        found, = parse(link.call(33, {"offset": at.position}).body)
        assert found.stored == message.stored
