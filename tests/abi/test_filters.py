"""Filters of other builds than the kernel's: loaded by a real server, used by real pulls."""
import json

import pytest
from hosts import Host
from modules import CLANG_CXX, build, description
from support.deadline import wait_until
from support.frames import send_fields
from support.records import parse, pull_request
from support.wire import encode

C_FILTER, CXX_FILTER = "org.example.filter.longer", "org.example.filter.pattern"
FILTER = ["stn.filter/1"]
PREFIX = '\n[settings.prefix]\ntype = "string"\ndefault = ""\ndoc = "stands before every expression"\n'


@pytest.fixture(scope="module")
def host(scratch):
    folder = scratch / "filters"
    folder.mkdir()
    build("longer.c", description(C_FILTER, provides=FILTER), folder)
    build("pattern.cc", description(CXX_FILTER, provides=FILTER, more=PREFIX), folder, CLANG_CXX)
    mine = Host(scratch / "filters-host", folder, [C_FILTER, CXX_FILTER],
                env={"STN_TEST_MARK": str(folder / "mark")},
                settings={CXX_FILTER: '[plugin.settings]\nprefix = "e"\n'})
    mine.mark = folder / "mark"
    mine.start()
    yield mine
    assert mine.stop() == [0], "plugins of other builds stop in good order"


def send(host, topic, messages):
    """Sends (body, properties) in order to queue 0."""
    with host.connect() as link:
        for body, properties in messages:
            text = "\x02".join(f"{name}\x01{value}" for name, value in properties.items())
            assert link.call(310, {**send_fields(topic, 0), "i": text}, body).code == 0


def pull_all(host, topic, kind, expression, group="filters"):
    """Every message that the filter lets through, and the answers' codes."""
    records, codes, begin = [], [], 0
    with host.connect() as link:
        while not codes or codes[-1] in (0, 20):
            fields = {**pull_request(group, topic, 0, begin, expression=expression), "expressionType": kind}
            answer = link.call(11, fields)
            codes.append(answer.code)
            records += parse(answer.body) if answer.code == 0 else []
            begin = int(answer.ext["nextBeginOffset"])
    return records, codes


def test_a_loaded_module_leaves_its_mark(host):
    assert host.mark.exists(), "the constructor of a good module runs: its absence elsewhere means something"


def test_filter_in_c_alone(host, name):
    host.admin().create_topic(name, queues=1)
    bodies = [b"x" * (i * 37 % 100) for i in range(1, 301)]
    send(host, name, [(body, {"TAGS": "t"} if i % 3 else {}) for i, body in enumerate(bodies)])
    records, codes = pull_all(host, name, "LONGER", "60")
    wanted = [i for i, body in enumerate(bodies) if i % 3 and len(body) > 60]
    assert len(wanted) > 64
    assert [r.queue_offset for r in records] == wanted
    assert [r.body for r in records] == [bodies[i] for i in wanted]
    assert codes[-1] == 19, "the last pull finds the end of the queue"


def test_filter_of_clang_and_libcxx(host, name):
    host.admin().create_topic(name, queues=1)
    regions = ["eu-west", "us-east", "eu-north", "", "e2"]
    send(host, name, [(b"%d" % i, {"TAGS": "t", "region": regions[i % 5]} if regions[i % 5] else {"other": "eu-1"})
                      for i in range(200)])
    records, _ = pull_all(host, name, "PATTERN", "region~u-(west|north)")
    assert [int(r.body) for r in records] == [i for i in range(200) if i % 5 in (0, 2)]
    assert {r.properties["region"] for r in records} == {"eu-west", "eu-north"}


def test_nothing_matches_and_everything_matches(host, name):
    host.admin().create_topic(name, queues=1)
    send(host, name, [(b"1234", {"TAGS": "a", "k": "ev"})] * 70)
    assert pull_all(host, name, "LONGER", "4")[0] == []
    assert len(pull_all(host, name, "LONGER", "3")[0]) == 70
    assert len(pull_all(host, name, "PATTERN", "k~v")[0]) == 70
    assert pull_all(host, name, "PATTERN", "absent~.+")[0] == []


def test_a_held_pull_wakes_for_a_match_only(host, name):
    host.admin().create_topic(name, queues=1)
    fields = {**pull_request("filters", name, 0, 0, suspend_ms=20000, expression="5"), "expressionType": "LONGER"}
    with host.connect() as link:
        held = link.request(11, fields)
        link.send(encode(held))
        wait_until(lambda: host.metrics().total("stn_pull_held_requests") == 1, 10, "the pull is held", 0.05)
        send(host, name, [(b"short", {"TAGS": "a"}), (b"long enough", {"TAGS": "a"})])
        answer = link.response(held.opaque, 10)
    assert answer.code == 0
    assert [r.body for r in parse(answer.body)] == [b"long enough"]


@pytest.mark.parametrize("kind,expression,sentence", [
    ("LONGER", "many", "LONGER takes a number of bytes"),
    ("PATTERN", "no sign", "PATTERN takes name~regex"),
    ("PATTERN", "name~(", None),
])
def test_a_wrong_expression_is_refused_in_the_filters_words(host, name, kind, expression, sentence):
    host.admin().create_topic(name, queues=1)
    fields = {**pull_request("filters", name, 0, 0, expression=expression), "expressionType": kind}
    assert host.admin().broker(11, fields).code == 23
    body = {"clientId": "c", "group": "filters", "namespace": "", "subscriptionData": {
        "topic": name, "subString": expression, "expressionType": kind, "subVersion": 1,
        "tagsSet": [], "codeSet": [], "classFilterMode": False}}
    answer = host.admin().broker(46, {}, json.dumps(body).encode())
    assert answer.code == 23
    assert answer.remark and (sentence is None or sentence in answer.remark), answer.remark


def test_a_type_that_nobody_serves(host, name):
    host.admin().create_topic(name, queues=1)
    fields = {**pull_request("filters", name, 0, 0, expression="a"), "expressionType": "NOBODY"}
    answer = host.admin().broker(11, fields)
    assert answer.code == 1 and "NOBODY" in answer.remark
