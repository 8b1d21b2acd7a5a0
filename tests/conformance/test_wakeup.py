"""A held pull wakes up when a message arrives."""
import random
import statistics

COUNT = 500
LIMIT_US = 20_000


def gaps_ms():
    """500 waits between 10 ms and 3 s, mostly short; the same in every run."""
    chance = random.Random(20)
    gaps = [chance.randint(10, 80) for _ in range(460)]
    gaps += [chance.randint(80, 500) for _ in range(30)]
    gaps += [chance.randint(500, 2999) for _ in range(8)] + [10, 3000]
    chance.shuffle(gaps)
    assert len(gaps) == COUNT and min(gaps) == 10 and max(gaps) == 3000
    return gaps


def test_p99_of_500_wake_ups_is_below_20_ms(cluster, java, topic, record_property):
    consumer = java.push(cluster, f"g_{topic}", topic, **{"from": "CONSUME_FROM_FIRST_OFFSET"})
    consumer.wait_queues(4)
    producer = java.producer(cluster, f"p_{topic}")
    producer.call("paced", topic=topic, gaps_ms=[10] * 100, timeout=30)
    consumer.wait_messages(100, 20)
    failures = producer.call("paced", topic=topic, gaps_ms=gaps_ms(), timeout=150)["failures"]
    assert not failures
    latencies = sorted(m["latency_us"] for m in consumer.wait_messages(100 + COUNT, 10)[100:])
    p99 = latencies[int(COUNT * 0.99) - 1]
    shown = f"p50 {statistics.median(latencies)} us, p99 {p99} us, max {latencies[-1]} us"
    record_property("wake_up", shown)
    print(shown)
    assert p99 < LIMIT_US, shown
