"""Wrong inputs: the original's answer, a counter, at most one log line, nobody else disturbed."""
import json
import pathlib
import re

import bad_inputs
import pytest
from support.records import pull_request
from support.target import TARGET, stanchion_only
from support.wire import encode

EXPECTED = json.loads(
    (pathlib.Path(__file__).parent / "bad_inputs_expected.json").read_text())["answers"]
COUNTER = re.compile(r"refused|unsupported|closed|bad|error|invalid|reject|illegal|malformed|fail")


@pytest.fixture(scope="module")
def prepared(new_cluster):
    """A cluster of its own: the counters and the log belong to this table alone."""
    mine = new_cluster()
    bad_inputs.prepare(mine)
    yield mine
    mine.stop()


@pytest.fixture(scope="module")
def bystander(prepared):
    """A connection that was there before and must not notice anything."""
    with prepared.connect() as link:
        yield link


def metrics_of(cluster, case):
    if case["server"] == "namesrv" and cluster.layout == "split":
        return cluster.namesrv_metrics(cluster.namesrv_ports[0])
    return cluster.metrics()


def assert_served(link):
    """A held pull, a send and an offset query on the connection of someone else."""
    held = link.request(11, pull_request("bystander", bad_inputs.TOPIC, 3, 0, suspend_ms=15000))
    sent = link.call(310, {**bad_inputs.SEND, "e": 3}, b"after")
    assert sent.code == 0, sent
    link.send(encode(held))
    assert link.response(held.opaque, 5).code == 0
    assert int(link.call(30, {"topic": bad_inputs.TOPIC, "queueId": 3}).ext["offset"]) > 0


def compare(seen, expected):
    for key, value in expected.items():
        if key == "ext":
            wrong = {k: (v, seen.get("ext", {}).get(k)) for k, v in value.items()
                     if seen.get("ext", {}).get(k) != v}
            assert not wrong, f"fields (expected, seen): {wrong}; answer {seen}"
        else:
            assert seen.get(key) == value, f"expected {expected}, seen {seen}"


@pytest.mark.parametrize("case", list(bad_inputs.CASES))
def test_answer_is_the_original_one(prepared, bystander, case):
    seen = bad_inputs.observe(prepared, bad_inputs.CASES[case])
    original = EXPECTED[case]
    compare(seen, original if TARGET == "apache" else bad_inputs.expected_natively(case, original))
    assert_served(bystander)


@stanchion_only
@pytest.mark.parametrize("case", [c for c in bad_inputs.CASES if c not in bad_inputs.HARMLESS])
def test_wrong_input_is_counted_and_logged_once_at_most(prepared, case):
    table = bad_inputs.CASES[case]
    before, lines = metrics_of(prepared, table), prepared.log_lines()
    bad_inputs.observe(prepared, table)
    grown = metrics_of(prepared, table).increased(before)
    counters = [series for series in grown if COUNTER.search(series)]
    assert counters, f"no counter tells of it; grown: {grown}"
    assert prepared.log_lines() - lines <= 1, prepared.broker_process.output()[-1500:]


def test_half_a_frame_and_silence_disturb_nobody(prepared, bystander):
    frame = encode(bystander.request(30, {"topic": bad_inputs.TOPIC, "queueId": 0}))
    links = [prepared.connect() for _ in range(20)]
    for number, link in enumerate(links):
        link.send(frame[:number + 1])
    assert_served(bystander)
    for link in links:
        link.close()
    assert_served(bystander)


def test_frame_in_single_bytes_is_answered(prepared):
    with prepared.connect() as link:
        frame = link.request(30, {"topic": bad_inputs.TOPIC, "queueId": 0})
        for byte in encode(frame):
            link.send(bytes([byte]))
        assert link.response(frame.opaque).code == 0


def test_good_frames_before_a_bad_one_are_answered(prepared):
    with prepared.connect() as link:
        frames = [link.request(30, {"topic": bad_inputs.TOPIC, "queueId": 0}) for _ in range(50)]
        link.send(b"".join(encode(f) for f in frames) + bad_inputs.CASES["frame over the limit"]["raw"])
        if TARGET == "stanchion":
            assert all(link.response(f.opaque).code == 0 for f in frames)
        assert link.is_closed_by_peer(5)
