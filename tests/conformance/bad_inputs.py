"""The table of wrong inputs, and how one of them is put to a server.

Each case is a request or raw bytes to the broker or the name server. `observe` returns what came:
{"code", "remark", "ext"}, {"closed": true} or {"silent": true}. The original's answers are data in
bad_inputs_expected.json, recorded by capture_bad_inputs.py.
"""
import json
import re
import struct

from support.records import pull_request
from support.wire import BINARY_HEADER, Closed, encode, pack

TOPIC = "BadInputs"
SEND = {"a": "bad_p", "b": TOPIC, "c": "TBW102", "d": 4, "e": 0, "f": 0, "g": 1700000000000, "h": 0,
        "i": "", "j": 0, "k": "false", "m": "false"}
HEADER = {"code": 310, "flag": 0, "language": "JAVA", "opaque": 7, "version": 407,
          "serializeTypeCurrentRPC": "JSON"}
REGISTER = {"brokerName": "b", "brokerAddr": "127.0.0.1:1", "clusterName": "c", "haServerAddr": "",
            "brokerId": 0, "compressed": "false", "bodyCrc32": 1}
OFFSET = {"consumerGroup": "bad_g", "topic": TOPIC, "queueId": 0}
NEW_TOPIC = {"defaultTopic": "TBW102", "readQueueNums": 4, "writeQueueNums": 4, "perm": 6,
             "topicFilterType": "SINGLE_TAG", "topicSysFlag": 0, "order": "false"}


def request(code, ext=None, body=b"", server="broker", **fields):
    return {"server": server, "code": code, "ext": ext, "body": body, "fields": fields}


def raw(data, server="broker"):
    return {"server": server, "raw": data}


def without(fields, *keys):
    return {k: v for k, v in fields.items() if k not in keys}


def pull(**changes):
    return {**pull_request("bad_g", TOPIC, 0, 0), **changes}


def batch_entry(total, body):
    return struct.pack(">iiiii", total, 0, 0, 0, len(body)) + body + struct.pack(">h", 0)


_JSON = json.dumps(HEADER).encode()
_FRAMES = {
    "frame over the limit": raw(struct.pack(">i", (16 << 20) + 1) + bytes(64)),
    "frame of 2 GiB": raw(struct.pack(">i", 0x7FFFFFFF) + bytes(64)),
    "negative frame length": raw(struct.pack(">i", -5) + bytes(64)),
    "header longer than its frame": raw(struct.pack(">iI", 20, 500) + bytes(16)),
    "unknown header type": raw(pack(_JSON, b"", 7)),
    "header that is not JSON": raw(pack(b"this is no header at all")),
    "header that is a JSON array": raw(pack(b"[1,2,3]")),
    "header cut in the middle": raw(pack(_JSON[:len(_JSON) // 2])),
    "binary header too short": raw(pack(bytes(7), b"", BINARY_HEADER)),
    "binary header with a lying field length": raw(pack(
        struct.pack(">hBhiii", 310, 0, 407, 7, 0, 1 << 20), b"", BINARY_HEADER)),
}
_SENDS = {
    "send to an unknown topic": request(310, {**SEND, "b": "Nowhere", "c": "NoDefault"}, b"x"),
    "send with an illegal topic name": request(310, {**SEND, "b": "bad topic!"}, b"x"),
    "send with an empty topic name": request(310, {**SEND, "b": ""}, b"x"),
    "send with a long topic name": request(310, {**SEND, "b": "T" * 128}, b"x"),
    "send to queue 99": request(310, {**SEND, "e": 99}, b"x"),
    "send with the long header to queue 99": request(10, {
        "producerGroup": "bad_p", "topic": TOPIC, "defaultTopic": "TBW102",
        "defaultTopicQueueNums": 4, "queueId": 99, "sysFlag": 0, "bornTimestamp": 1700000000000,
        "flag": 0, "properties": "", "reconsumeTimes": 0, "unitMode": "false"}, b"x"),
    "send to a forbidden topic": request(310, {**SEND, "b": "SCHEDULE_TOPIC_XXXX"}, b"x"),
    "send with too large properties": request(310, {**SEND, "i": "k\x01" + "v" * 33000}, b"x"),
    "send with a body over 4 MiB": request(310, SEND, bytes((4 << 20) + 1)),
    "send without fields": request(310, {}, b"x"),
    "send without header fields at all": request(310, None, b"x"),
    "send without a topic": request(310, without(SEND, "b"), b"x"),
    "send with a queue id that is no number": request(310, {**SEND, "e": "zero"}, b"x"),
    "send back without fields": request(36, {}),
    "send back of an offset that holds nothing": request(36, {
        "offset": 999999999, "group": "bad_g", "delayLevel": 0}),
}
_PULLS = {
    "pull from an unknown topic": request(11, pull(topic="Nowhere")),
    "pull from queue 99": request(11, pull(queueId=99)),
    "pull from queue -1": request(11, pull(queueId=-1)),
    "pull of a group that does not exist": request(11, pull(consumerGroup="absent", sysFlag=0)),
    "pull with a filter that is off": request(11, pull(expressionType="SQL92",
                                                       subscription="a = 1")),
    "pull without fields": request(11, {}),
    "pull beyond the end": request(11, pull(queueOffset=1000000)),
    "pull before the beginning": request(11, pull(queueOffset=-5)),
    "pull at the end": request(11, pull(queueOffset=1)),
}
_GROUPS = {
    "heartbeat with a body that does not parse": request(34, None, b"{{{{ no heartbeat"),
    "heartbeat without a body": request(34),
    "members of an unknown group": request(38, {"consumerGroup": "absent"}),
    "members without a group": request(38, {}),
    "connections of an offline group": request(203, {"consumerGroup": "absent"}),
    "lock with a body that does not parse": request(41, None, b"lock?"),
    "unlock with a body that does not parse": request(42, None, b"unlock?"),
    "unregister without fields": request(35, {}),
    "offset without fields": request(14, {}),
    "offset of an unknown queue": request(14, {**OFFSET, "queueId": 99}),
    "offset update without fields": request(15, {}),
    "offset update with a text": request(15, {**OFFSET, "commitOffset": "many"}),
    "maximum of an unknown topic": request(30, {"topic": "Nowhere", "queueId": 0}),
    "minimum of an unknown topic": request(31, {"topic": "Nowhere", "queueId": 0}),
    "offset by time of an unknown topic": request(29, {"topic": "Nowhere", "queueId": 0,
                                                       "timestamp": 0}),
    "create a system topic": request(17, {**NEW_TOPIC, "topic": "TBW102"}),
    "create a topic with an illegal name": request(17, {**NEW_TOPIC, "topic": "no topic?"}),
}
_CODES = {
    "unknown code": request(999),
    "unknown code, binary header": request(999, binary=True),
    "code 0": request(0),
    "negative code": request(-1),
    "one-way request with an unknown code": request(999, flag=2),
    "name server: unknown code": request(999, server="namesrv"),
    "name server: unknown topic": request(105, {"topic": "Nowhere"}, server="namesrv"),
    "name server: route without a topic": request(105, {}, server="namesrv"),
    "name server: registration with a wrong checksum": request(
        103, REGISTER, b'{"topicConfigSerializeWrapper":{}}', server="namesrv"),
    "name server: registration without fields": request(103, {}, b"{}", server="namesrv"),
    "name server: key that is not there": request(101, {"namespace": "n", "key": "k"},
                                                  server="namesrv"),
    "name server: frame over the limit": raw(struct.pack(">i", (16 << 20) + 1) + bytes(64), "namesrv"),
    "name server: header that is not JSON": raw(pack(b"this is no header at all"), "namesrv"),
}
CASES = {**_FRAMES, **_SENDS, **_PULLS, **_GROUPS, **_CODES}


# Where this server is meant to differ from the original, and why.
NATIVE = {
    "name server: unknown code": (
        {"code": 3, "remark": "request type 999 not supported"},
        "the original says nothing and the caller runs into its timeout"),
    "name server: route without a topic": ({"code": 1}, "a mandatory field is missing"),
    "send without fields": ({"code": 1}, "a mandatory field is missing"),
    "send without header fields at all": ({"code": 1}, "a mandatory field is missing"),
    "send without a topic": ({"code": 1}, "a mandatory field is missing"),
}
# Answers of the ordinary kind: nothing is wrong enough to be counted.
HARMLESS = {
    "pull beyond the end", "pull before the beginning", "pull at the end",
    "unregister without fields", "offset of an unknown queue", "maximum of an unknown topic",
    "minimum of an unknown topic", "offset by time of an unknown topic",
    "name server: unknown topic", "name server: key that is not there",
}


def expected_natively(name, original):
    """What Stanchion has to answer: the original's answer unless the table says otherwise."""
    if name in NATIVE:
        return NATIVE[name][0]
    if re.match(r"(java|com)\.", original.get("remark", "")):
        return {"code": original["code"]}  # the original shows the text of an exception
    return original


def prepare(cluster):
    """The topic the table speaks of, with one message in queue 0, and its group."""
    cluster.admin().create_topic(TOPIC)
    assert cluster.admin().broker(310, SEND, b"first").code == 0
    body = {"clientID": "bad-1", "producerDataSet": [], "consumerDataSet": [{
        "groupName": "bad_g", "consumeType": "CONSUME_PASSIVELY", "messageModel": "CLUSTERING",
        "consumeFromWhere": "CONSUME_FROM_FIRST_OFFSET", "unitMode": False,
        "subscriptionDataSet": []}]}
    assert cluster.admin().broker(34, None, json.dumps(body).encode()).code == 0


def _normal(text):
    """The first line without what differs from run to run."""
    text = (text or "").split("\n")[0]
    return re.sub(r"(\d+\.\d+\.\d+\.\d+|localhost):\d+", "<address>", text).strip()


def observe(cluster, case):
    address = cluster.broker if case["server"] == "broker" else \
        f"127.0.0.1:{cluster.namesrv_ports[0]}"
    with cluster.connect(address, timeout=5) as link:
        if "raw" in case:
            link.send(case["raw"])
            frame_opaque = None
        else:
            fields = dict(case["fields"])
            if fields.pop("binary", False):
                link.header_type = BINARY_HEADER
            frame = link.request(case["code"], case["ext"], case["body"], **fields)
            frame_opaque = frame.opaque
            link.send(encode(frame))
        try:
            answer = link.receive(2) if frame_opaque is None else link.response(frame_opaque, 2)
        except Closed:
            return {"closed": True}
        except TimeoutError:
            return {"silent": True}
        return {"code": answer.code, "remark": _normal(answer.remark),
                "ext": {k: _normal(v) for k, v in (answer.ext or {}).items()}}
