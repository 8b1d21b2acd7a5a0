"""Members, subscriptions and locks as the broker sees them."""
import json

from support.deadline import wait_until
from support.records import pull_request
from support.wire import encode

FIRST = {"from": "CONSUME_FROM_FIRST_OFFSET"}


def heartbeat(client, group, topics=(), producer=None, version=1, where="CONSUME_FROM_LAST_OFFSET"):
    """The body of a heartbeat."""
    consumers = [{
        "groupName": group, "consumeType": "CONSUME_PASSIVELY", "messageModel": "CLUSTERING",
        "consumeFromWhere": where, "unitMode": False,
        "subscriptionDataSet": [{"topic": t, "subString": "*", "tagsSet": [], "codeSet": [],
                                 "subVersion": version, "classFilterMode": False,
                                 "expressionType": "TAG"} for t in topics]}] if group else []
    producers = [{"groupName": producer}] if producer else []
    return json.dumps({"clientID": client, "consumerDataSet": consumers,
                       "producerDataSet": producers}).encode()


def beat(link, *arguments, **options):
    answer = link.call(34, None, heartbeat(*arguments, **options))
    assert answer.code == 0, answer
    return answer


def wait_push(link, code, group, seconds=5):
    """Waits until the server has sent this request on the connection."""
    def came():
        link.call(30, {"topic": "TBW102", "queueId": 0})
        return [p for p in link.pushes if p.code == code and p.ext.get("consumerGroup") == group]
    found = wait_until(came, seconds, f"the server pushes {code} for {group}")
    link.pushes.clear()
    return found


def test_members_are_told_of_joins_and_leaves(cluster, topic):
    group = f"g_{topic}"
    with cluster.connect() as one:
        beat(one, "one", group, [topic])
        with cluster.connect() as two:
            one.pushes.clear()
            beat(two, "two", group, [topic])
            pushed = wait_push(one, 40, group)
            assert pushed[0].flag & 2, "the notification is one-way"
            assert sorted(cluster.admin().consumer_ids(group)) == ["one", "two"]
        wait_push(one, 40, group)
        assert cluster.admin().consumer_ids(group) == ["one"]
        assert one.call(35, {"clientID": "one", "consumerGroup": group}).code == 0
        assert cluster.admin().consumer_ids(group) == []


def test_heartbeat_answer_tells_a_version_that_clients_accept(cluster, topic):
    with cluster.connect() as link:
        assert beat(link, "v", f"g_{topic}", [topic]).version >= 253


def test_heartbeat_registers_the_retry_topic(cluster, topic):
    with cluster.connect() as link:
        beat(link, "r", f"g_{topic}", [topic])
        route = wait_until(lambda: cluster.admin().route(f"%RETRY%g_{topic}"), 5,
                           "the retry topic is registered")
    assert [(q["readQueueNums"], q["writeQueueNums"], q["perm"]) for q in route["queueDatas"]] == \
        [(1, 1, 6)]


def test_pull_needs_the_subscription_of_the_group(cluster, topic):
    group = f"g_{topic}"
    plain = {**pull_request(group, topic, 0, 0), "sysFlag": 0, "subVersion": 5}
    with cluster.connect() as link:
        beat(link, "s", group, [f"{topic}_other"], version=5)
        assert link.call(11, plain).code == 24
        beat(link, "s", group, [topic], version=5)
        assert link.call(11, plain).code == 19
        assert link.call(11, {**plain, "subVersion": 6}).code == 25


def test_consumer_connection(cluster, java, topic):
    consumer = java.push(cluster, f"g_{topic}", topic, **FIRST)
    consumer.wait_queues(4)
    found = cluster.admin().broker(203, {"consumerGroup": f"g_{topic}"}).json()
    assert [c["language"] for c in found["connectionSet"]] == ["JAVA"]
    assert found["messageModel"] == "CLUSTERING"
    assert found["consumeFromWhere"] == "CONSUME_FROM_FIRST_OFFSET"
    assert sorted(found["subscriptionTable"]) == [f"%RETRY%g_{topic}", topic]


def lock(link, code, client, group, topic, queues):
    body = {"consumerGroup": group, "clientId": client,
            "mqSet": [{"topic": topic, "brokerName": "broker-a", "queueId": q} for q in queues]}
    answer = link.call(code, None, json.dumps(body).encode())
    assert answer.code == 0, answer
    return sorted(q["queueId"] for q in answer.json()["lockOKMQSet"]) if answer.body else []


def test_queue_locks_have_one_owner(cluster, topic):
    group = f"g_{topic}"
    with cluster.connect() as link:
        assert lock(link, 41, "a", group, topic, [0, 1, 2]) == [0, 1, 2]
        assert lock(link, 41, "b", group, topic, [1, 2, 3]) == [3]
        lock(link, 42, "b", group, topic, [1])
        assert lock(link, 41, "b", group, topic, [1]) == [], "only the owner can unlock"
        lock(link, 42, "a", group, topic, [1])
        assert lock(link, 41, "b", group, topic, [1, 3]) == [1, 3]


def test_held_pull_is_answered_on_arrival_and_at_its_time_limit(cluster, topic):
    with cluster.connect() as consumer, cluster.connect() as producer:
        held = consumer.request(11, pull_request(f"g_{topic}", topic, 0, 0, suspend_ms=15000))
        consumer.send(encode(held))
        limited = consumer.request(11, pull_request(f"g_{topic}", topic, 1, 0, suspend_ms=2000))
        consumer.send(encode(limited))
        assert consumer.response(limited.opaque, 20).code == 19
        sent = producer.call(310, {"a": "p", "b": topic, "c": "TBW102", "d": 4, "e": 0, "f": 0,
                                   "g": 1, "h": 0, "i": "", "j": 0, "k": "false", "m": "false"}, b"w")
        assert sent.code == 0
        answer = consumer.response(held.opaque, 5)
        assert answer.code == 0 and answer.remark == "FOUND" and b"w" in answer.body
