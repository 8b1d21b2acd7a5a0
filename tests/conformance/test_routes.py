"""What the name server knows, and when it stops knowing it."""
import json

import pytest
from support.deadline import wait_until


def known(cluster, topic, port=None):
    return cluster.admin().route(topic, port) is not None


def test_route_of_a_topic(cluster, topic):
    route = cluster.admin().route(topic)
    assert route["brokerDatas"] == [{
        "brokerAddrs": {"0": cluster.broker}, "brokerName": "broker-a", "cluster": "DefaultCluster"}]
    assert route["queueDatas"] == [{
        "brokerName": "broker-a", "perm": 6, "readQueueNums": 4, "writeQueueNums": 4,
        "topicSysFlag": 0}]
    assert route["filterServerTable"] == {}


def test_old_clients_get_unquoted_broker_ids(cluster, topic):
    with cluster.connect(cluster.namesrv) as link:
        old = link.call(105, {"topic": topic}, version=399).body.decode()
        new = link.call(105, {"topic": topic}, version=407).body.decode()
        asked = link.call(105, {"topic": topic, "acceptStandardJsonOnly": "true"}, version=399).body
    assert f'{{0:"{cluster.broker}"}}' in old or f'{{"0":"{cluster.broker}"}}' in old
    assert f'{{"0":"{cluster.broker}"}}' in new
    json.loads(new)
    json.loads(asked)


def test_template_topic_is_known(cluster):
    queues = cluster.admin().route("TBW102")["queueDatas"]
    assert [(q["perm"], q["readQueueNums"], q["writeQueueNums"]) for q in queues] == [(7, 8, 8)]


def test_cluster_info(cluster):
    answer = cluster.admin().namesrv(106)
    assert answer.code == 0
    info = json.loads(answer.body.replace(b"{0:", b'{"0":'))
    assert info["clusterAddrTable"] == {"DefaultCluster": ["broker-a"]}
    broker = info["brokerAddrTable"]["broker-a"]
    assert (broker["brokerAddrs"], broker["brokerName"], broker["cluster"]) == \
        ({"0": cluster.broker}, "broker-a", "DefaultCluster")


def test_topic_list(cluster, topic):
    topics = cluster.admin().namesrv(206).json()["topicList"]
    assert topic in topics and "TBW102" in topics


def test_new_topic_is_registered_at_once(cluster, name):
    admin = cluster.admin()
    admin.create_topic(name, queues=6, perm=6)
    assert admin.route(name)["queueDatas"][0]["writeQueueNums"] == 6
    admin.create_topic(name, queues=9, perm=4)
    changed = admin.route(name)["queueDatas"][0]
    assert (changed["readQueueNums"], changed["perm"]) == (9, 4)


def test_topic_made_by_a_send_is_registered_at_once(cluster, java, name):
    java.producer(cluster, f"p_{name}").send_ok(name)
    wait_until(lambda: known(cluster, name), 2, "the topic is registered, not only at the next interval of 30 s")
    assert cluster.admin().route(name)["queueDatas"][0]["perm"] == 6


@pytest.fixture
def two_name_servers(new_cluster):
    mine = new_cluster(namesrvs=2, layout="split")
    yield mine
    mine.stop()


def test_two_name_servers_know_the_same(two_name_servers, java_processes, name):
    cluster = two_name_servers
    cluster.admin().create_topic(name)
    first, second = cluster.namesrv_ports
    assert cluster.admin().route(name, first) == cluster.admin().route(name, second)
    java = java_processes("5.3.3")
    cluster.namesrvs.pop(first).stop()
    producer = java.producer(cluster, f"p_{name}")
    wait_until(lambda: producer.send(name)[0]["status"] == "SEND_OK", 30,
               "the client turns to the remaining name server", 0.2)
    producer.send_ok(name, count=10)
    other = f"{name}_2"
    cluster.admin().create_topic(other)
    assert known(cluster, other, second), "the remaining name server is told"
    cluster.start_namesrv(first)
    wait_until(lambda: known(cluster, other, first), 65,
               "a name server that comes back learns every topic with the next registration", 0.2)
    java.stop_all()


def test_broker_that_dies_is_forgotten_at_once(new_cluster, name):
    mine = new_cluster(layout="split")
    mine.admin().create_topic(name)
    assert known(mine, name)
    mine.kill_broker()
    wait_until(lambda: not known(mine, name), 5, "the route disappears with the broker's connection")
    assert mine.admin().namesrv(105, {"topic": name}).code == 17
    mine.start_broker()
    assert known(mine, name), "and is back when the broker is"
    mine.stop()


def test_broker_that_stops_unregisters(new_cluster, name):
    mine = new_cluster(layout="split")
    mine.admin().create_topic(name)
    mine.stop_broker()
    wait_until(lambda: not known(mine, name), 5, "the route disappears with the broker")
    mine.start_broker()
    mine.stop()
