"""Requests that tests need beside the clients, sent as raw frames on a connection of their own."""
import json

from .wire import Connection


class Admin:
    def __init__(self, cluster):
        self.cluster = cluster

    def broker(self, code, ext=None, body=b"", timeout=10):
        with Connection(self.cluster.broker, timeout=timeout) as link:
            return link.call(code, ext, body)

    def namesrv(self, code, ext=None, body=b"", port=None):
        port = port or self.cluster.namesrv_ports[0]
        with Connection(f"127.0.0.1:{port}") as link:
            return link.call(code, ext, body)

    def create_topic(self, topic, queues=4, perm=6):
        answer = self.broker(17, {
            "topic": topic, "defaultTopic": "TBW102", "readQueueNums": queues,
            "writeQueueNums": queues, "perm": perm, "topicFilterType": "SINGLE_TAG",
            "topicSysFlag": 0, "order": "false"})
        assert answer.code == 0, f"create topic {topic}: {answer}"

    def route(self, topic, port=None):
        """The decoded route, or None when the name server answers 17."""
        answer = self.namesrv(105, {"topic": topic}, port=port)
        return answer.json() if answer.code == 0 else None

    def offset(self, code, topic, queue, **ext):
        answer = self.broker(code, {"topic": topic, "queueId": queue, **ext})
        assert answer.code == 0, f"offset request {code}: {answer}"
        return int(answer.ext["offset"])

    def max_offset(self, topic, queue):
        return self.offset(30, topic, queue)

    def min_offset(self, topic, queue):
        return self.offset(31, topic, queue)

    def consumer_offset(self, group, topic, queue):
        """The stored offset, or None when the broker has none."""
        answer = self.broker(14, {"consumerGroup": group, "topic": topic, "queueId": queue})
        return int(answer.ext["offset"]) if answer.code == 0 else None

    def consumer_ids(self, group):
        answer = self.broker(38, {"consumerGroup": group})
        return json.loads(answer.body)["consumerIdList"] if answer.code == 0 else []

    def message_count(self, topic, queues):
        return sum(self.max_offset(topic, queue) for queue in range(queues))
