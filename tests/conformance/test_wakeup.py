"""A held pull wakes up when a message arrives."""
import random
import statistics

from support.stalls import Stalls, overlap_us, union

COUNT = 500
LIMIT_US = 20_000
MEANINGLESS_FROM = 0.5  # a machine that stands still half of the time says nothing about a server


def gaps_ms():
    """500 waits between 10 ms and 3 s, mostly short; the same in every run."""
    chance = random.Random(20)
    gaps = [chance.randint(10, 80) for _ in range(460)]
    gaps += [chance.randint(80, 500) for _ in range(30)]
    gaps += [chance.randint(500, 2999) for _ in range(8)] + [10, 3000]
    chance.shuffle(gaps)
    assert len(gaps) == COUNT and min(gaps) == 10 and max(gaps) == 3000
    return gaps


def summary(latencies):
    ordered = sorted(latencies)
    return f"p50 {statistics.median(ordered)} us, p99 {p99(ordered)} us, max {ordered[-1]} us"


def p99(latencies):
    return sorted(latencies)[int(len(latencies) * 0.99) - 1]


def without_stalls(messages, spans):
    """The latencies less the time in which a core of this machine stood still."""
    own = []
    for message in messages:
        sent_ns = int(message["body"][1:].split()[0])
        latency = message["latency_us"]
        own.append(latency - overlap_us(spans, sent_ns, sent_ns + latency * 1000))
    return own


def test_only_the_stalled_part_of_a_wake_up_is_taken_off():
    spans = union([(5_000_000, 9_000_000), (8_000_000, 12_000_000), (90_000_000, 99_000_000)])
    assert spans == [(5_000_000, 12_000_000), (90_000_000, 99_000_000)]
    sent_at_6_ms = {"body": "@6000000 0", "latency_us": 30_000}
    sent_at_20_ms = {"body": "@20000000 1", "latency_us": 30_000}
    assert without_stalls([sent_at_6_ms, sent_at_20_ms], spans) == [24_000, 30_000]


def test_p99_of_500_wake_ups_is_below_20_ms(cluster, java, topic, record_property):
    consumer = java.push(cluster, f"g_{topic}", topic, **{"from": "CONSUME_FROM_FIRST_OFFSET"})
    consumer.wait_queues(4)
    producer = java.producer(cluster, f"p_{topic}")
    producer.call("paced", topic=topic, gaps_ms=[10] * 100, timeout=30)
    consumer.wait_messages(100, 20)
    with Stalls() as stalls:
        failures = producer.call("paced", topic=topic, gaps_ms=gaps_ms(), timeout=150)["failures"]
        messages = consumer.wait_messages(100 + COUNT, 10)[100:]
    assert not failures
    seen = summary([m["latency_us"] for m in messages])
    own = without_stalls(messages, stalls.spans)
    share = stalls.share()
    shown = f"{summary(own)}; with {len(stalls.spans)} stalls of the machine, {share:.1%} of the time: {seen}"
    record_property("wake_up", shown)
    print(shown)
    assert share < MEANINGLESS_FROM, shown
    assert p99(own) < LIMIT_US, shown
