"""What is measured: one function per case, called once per server and repetition."""
from . import tools

BACKLOG = 2_000_000


def produce(conns, window, size=1024):
    def run(server, options):
        return tools.rmqload("produce", server, conns=conns, window=window, size=size,
                             seconds=options.seconds, warmup=1)
    return run


def consume(server, options):
    """A backlog of 128 B messages, read from the first to the last."""
    if server.name == "null":
        return tools.rmqload("consume", server, verify=0, count=BACKLOG)
    topic = f"Backlog{options.repetition}"
    sent = tools.rmqload("produce", server, topic=topic, conns=4, window=64, size=128,
                         count=options.backlog)
    result = tools.rmqload("consume", server, topic=topic, conns=4, expect=sent["msgs"])
    refused = options.backlog - sent["msgs"]  # by an overloaded server: their numbers are missing
    if (result["msgs"], result["missing"], result["offset_gaps"]) != (sent["msgs"], refused, 0):
        raise RuntimeError(f"{sent['msgs']} sent, but: {result}")
    return result


def end_to_end(server, options):
    return tools.rmqload("e2e", server, rate=20000, size=1024, conns=4, cconns=4, window=256,
                         seconds=options.seconds * 2, warmup=2)


class Case:
    def __init__(self, name, run, title, flush="async", null=True):
        self.name, self.run, self.title, self.flush, self.null = name, run, title, flush, null


CASES = [
    Case("produce", produce(64, 16), "produce 1 KiB, 64 connections x 16 in flight"),
    Case("produce4", produce(4, 64), "produce 1 KiB, 4 connections x 64 in flight"),
    Case("latency", produce(1, 1), "produce 1 KiB, one connection, one in flight"),
    Case("consume", consume, "consume a backlog of 128 B messages"),
    Case("e2e", end_to_end, "end to end at 20,000 messages/s, 1 KiB", null=False),
    Case("sync", produce(64, 16), "sync flush: produce 1 KiB, 64 x 16", "sync", False),
    Case("sync1", produce(1, 1), "sync flush: produce 1 KiB, 1 x 1", "sync", False),
]
SINGLE = ("start", "memory")
