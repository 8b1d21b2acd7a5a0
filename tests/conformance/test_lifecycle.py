"""Start line, signals and exit codes of `stanchion run`."""
import re
import signal
import socket
import subprocess

import pytest
from support.frames import send_frames
from support.deadline import wait_until
from support.paths import REPO, stanchion_binary
from support.ports import free_broker_port, free_port
from support.stanchion import StanchionCluster
from support.target import stanchion_only

pytestmark = stanchion_only
SERVICE_NOT_AVAILABLE = 14


def run(manifest, **variables):
    command = [stanchion_binary(), "run", REPO / "conf" / manifest]
    for key, value in variables.items():
        command += ["--var", f"{key}={value}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=30)


def test_standalone_serves_both_roles_in_one_process(scratch, java, name):
    both = StanchionCluster(scratch / name, layout="standalone", flush="async")
    try:
        both.start()
        line = both.ready_line
        assert re.match(r"ready in [\d.]+ ms\b", line), line
        for fact in (str(both.broker_port), str(both.namesrv_ports[0]), "async", str(both.data_dir)):
            assert fact in line, f"{fact!r} is missing in: {line}"
        sent = java.producer(both, f"p_{name}").send_ok(name, count=20)
        consumer = java.push(both, f"g_{name}", name, **{"from": "CONSUME_FROM_FIRST_OFFSET"})
        received = consumer.wait_messages(20, 45)
        assert sorted(m["msg_id"] for m in received) == sorted(s["msg_id"] for s in sent)
        java.stop_all()
        assert both.stop() == [0], "SIGTERM drains and exits 0"
        assert not (both.data_dir / "store" / "abort").exists(), "a clean stop leaves no abort file"
    finally:
        both.destroy()


def test_drain_answers_what_was_accepted(new_cluster, name):
    mine = new_cluster()
    mine.admin().create_topic(name)
    with mine.connect() as link:
        frames, data = send_frames(link, name, 500)
        link.send(data)
        assert link.response(frames[0].opaque).code == 0
        mine.broker_process.signal(signal.SIGTERM)
        answered = [link.response(f.opaque, 10).code for f in frames[1:]]
    # Everything is answered: what was read before the drain is stored, what came later is told to go elsewhere.
    stored = answered.count(0)
    assert answered == [0] * stored + [SERVICE_NOT_AVAILABLE] * (len(answered) - stored)
    wait_until(lambda: not mine.broker_process.running(), 10, "the broker exits")
    assert mine.stop_broker() == 0
    mine.start_broker()
    assert mine.admin().max_offset(name, 0) == 1 + stored
    assert mine.stop()[0] == 0


def refuses_connections(cluster):
    try:
        cluster.connect().close()
    except ConnectionRefusedError:
        return True
    return False


def test_request_that_was_on_its_way_when_the_drain_began_is_answered(new_cluster, name):
    mine = new_cluster()
    mine.admin().create_topic(name)
    with mine.connect() as link, mine.connect() as silent:
        (first, second), data = send_frames(link, name, 2)
        cut = len(data) - 10
        link.send(data[:cut])
        assert link.response(first.opaque).code == 0
        silent.send(data[:cut - 1])
        assert silent.response(first.opaque).code == 0
        mine.broker_process.signal(signal.SIGTERM)
        wait_until(lambda: refuses_connections(mine), 10, "the broker drains")
        link.send(data[cut:])
        assert link.response(second.opaque, 10).code == SERVICE_NOT_AVAILABLE
        # Somebody who never finishes a request holds the end up for a while only.
        assert mine.stop_broker() == 0
    mine.start_broker()
    assert mine.admin().max_offset(name, 0) == 2
    assert mine.stop()[0] == 0


@pytest.mark.parametrize("manifest,variables,word", [
    ("broker.toml", {"flush": "sometimes"}, "flush"),
    ("broker.toml", {"no_such_variable": "1"}, "no_such_variable"),
    ("broker.toml", {"broker_port": "many"}, "broker_port"),
    ("no_such_manifest.toml", {}, "no_such_manifest.toml"),
])
def test_wrong_configuration_exits_78_before_anything_starts(tmp_path, manifest, variables, word):
    done = run(manifest, data_dir=tmp_path / "data", **variables)
    assert done.returncode == 78, (done.returncode, done.stdout, done.stderr)
    assert word in done.stdout + done.stderr
    assert not (tmp_path / "data").exists(), "nothing may be created"


def test_port_in_use_names_port_and_variable(tmp_path):
    port = free_broker_port()
    with socket.create_server(("127.0.0.1", port)):
        done = run("standalone.toml", broker_port=port, namesrv_port=free_port(),
                   data_dir=tmp_path / "data")
    assert done.returncode not in (0, None), done.stdout
    text = done.stdout + done.stderr
    assert str(port) in text and "broker_port" in text, text


def test_second_server_on_the_same_store_is_refused(new_cluster, tmp_path):
    mine = new_cluster(layout="standalone")
    done = run("standalone.toml", broker_port=free_broker_port(), namesrv_port=free_port(),
               data_dir=mine.data_dir)
    assert done.returncode != 0
    assert "lock" in done.stdout + done.stderr
    assert mine.admin().broker(30, {"topic": "TBW102", "queueId": 0}).code == 0
    mine.stop()


def test_metrics_are_dumped_on_demand_and_at_exit(new_cluster, name):
    mine = new_cluster()
    first = mine.metrics()
    assert first, "SIGUSR1 writes the metrics"
    mine.admin().create_topic(name)
    assert mine.metrics().increased(first), "requests change some of them"
    mine.metrics_path.unlink()
    assert mine.stop()[0] == 0
    assert mine.metrics_path.read_text().strip(), "and so does the end"
