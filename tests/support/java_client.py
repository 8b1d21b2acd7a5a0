"""A long-running Java process with stock clients, driven by commands."""
import itertools
import json
import pathlib
import subprocess
import threading

from .build_java import scenario_class_path
from .deadline import wait_until


LOG_BYTES_SHOWN = 24_000
EVENTS_SHOWN = 5


class CommandFailed(AssertionError):
    """The client reported an exception for a command."""


class JavaClient:
    """Starts the scenario runner for one client version; usable for any number of clusters."""

    def __init__(self, version, directory, header_type="json"):
        self.version, self.directory = version, directory
        serialize = {"json": "JSON", "binary": "ROCKETMQ"}[header_type]
        directory.mkdir(parents=True, exist_ok=True)
        self._errors = open(directory / f"java-{version}.log", "ab")
        # By default a 5.x consumer divides its queues, and announces another subscription version, just when its first
        # periodic heartbeat is under way. If that holds the client's heartbeat lock, the version is not announced, and
        # any broker refuses the pulls (SUBSCRIPTION_NOT_LATEST) until something changes 20 to 30 s later.
        rebalance = "-Drocketmq.client.rebalance.minInterval=400"
        command = ["java", rebalance, "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                   f"-Duser.home={directory}", f"-Drocketmq.client.logRoot={directory}",
                   f"-Drocketmq.serialize.type={serialize}",
                   "--add-opens=java.base/java.nio=ALL-UNNAMED",
                   "-cp", scenario_class_path(version), "stanchion.scenarios.Main"]
        self.popen = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=self._errors)
        self._lock, self._changed = threading.Lock(), threading.Condition()
        self._ids, self._replies, self.events = itertools.count(1), {}, []
        self._names, self._ready, self._live = itertools.count(1), threading.Event(), {}
        threading.Thread(target=self._read, daemon=True).start()
        assert self._ready.wait(30), f"the {version} client runner did not start within 30 s"

    def _read(self):
        for line in self.popen.stdout:
            if not line.startswith(b"{"):
                self._errors.write(line)
                continue
            fields = json.loads(line)
            with self._changed:
                if "reply" in fields:
                    self._replies[fields["reply"]] = fields
                elif "event" in fields:
                    self.events.append(fields)
                else:
                    self._ready.set()
                self._changed.notify_all()

    def begin(self, op, **arguments):
        """Sends a command and returns its number."""
        number = next(self._ids)
        line = json.dumps({"id": number, "op": op, **arguments}) + "\n"
        with self._lock:
            self.popen.stdin.write(line.encode())
            self.popen.stdin.flush()
        return number

    def end(self, number, timeout=60):
        """Waits for the answer of a command; raises what the client raised."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: number in self._replies, timeout)
            assert arrived, f"no answer of the {self.version} client within {timeout} s"
            reply = self._replies.pop(number)
        if not reply["ok"]:
            raise CommandFailed(reply["error"])
        return reply

    def call(self, op, timeout=60, **arguments):
        return self.end(self.begin(op, **arguments), timeout)

    def _start(self, kind, cluster, group, arguments):
        name = f"{kind}{next(self._names)}"
        arguments.setdefault("namesrv", cluster.namesrv)
        self.call(f"{kind}.start", name=name, group=group, **arguments)
        self._live[name] = kind
        return Client(self, kind, name)

    def producer(self, cluster, group, **arguments):
        return self._start("producer", cluster, group, arguments)

    def push(self, cluster, group, *topics, **arguments):
        return self._start("push", cluster, group, {"topics": list(topics), **arguments})

    def pull(self, cluster, group, **arguments):
        return self._start("pull", cluster, group, arguments)

    def lite(self, cluster, group, topic, **arguments):
        return self._start("lite", cluster, group, {"topic": topic, **arguments})

    def stop_all(self):
        """Stops what a test left running."""
        for name, kind in list(self._live.items()):
            Client(self, kind, name).stop()

    def forget(self, name):
        self._live.pop(name, None)

    def messages(self, *names):
        """Message events of these clients, in the order in which they happened."""
        with self._changed:
            return [e for e in self.events if e["event"] == "message" and e["client"] in names]

    def logs(self):
        """The ends of what the process wrote, and its last events, for a report."""
        parts = []
        for path in (*sorted(self.directory.rglob("rocketmq_client.log")), pathlib.Path(self._errors.name)):
            text = path.read_bytes()[-LOG_BYTES_SHOWN:].decode(errors="replace")
            parts.append(f"--- {path.name} of {self.version}\n{text}")
        with self._changed:
            parts += [json.dumps(event) for event in self.events[-EVENTS_SHOWN:]]
        return "\n".join(parts)

    def close(self):
        self.popen.stdin.close()
        self.popen.wait(20)
        self._errors.close()


class Client:
    """One stock producer or consumer inside the Java process."""

    def __init__(self, java, kind, name):
        self.java, self.kind, self.name = java, kind, name

    def call(self, op, timeout=60, **arguments):
        return self.java.call(f"{self.kind}.{op}", timeout, name=self.name, **arguments)

    def begin(self, op, **arguments):
        return self.java.begin(f"{self.kind}.{op}", name=self.name, **arguments)

    def send(self, topic, body="m%d", count=1, **arguments):
        """Results of a producer's sends; `body` has %d for the number of the message."""
        return self.call("send", topic=topic, body=body, count=count, **arguments)["results"]

    def send_ok(self, topic, body="m%d", count=1, **arguments):
        results = self.send(topic, body, count, **arguments)
        bad = [r for r in results if r["status"] != "SEND_OK"]
        assert not bad and len(results) == count, f"{len(results)} of {count}, failed: {bad[:3]}"
        return results

    def messages(self):
        return self.java.messages(self.name)

    def wait_messages(self, count, seconds):
        """Waits until at least `count` messages arrived, returns all."""
        wait_until(lambda: len(self.messages()) >= count, seconds,
                   f"{self.name} ({self.java.version}) receives {count} messages", 0.02,
                   lambda: len(self.messages()))
        return self.messages()

    def queues(self):
        return sorted(self.call("queues")["queues"])

    def wait_queues(self, count, seconds=40):
        wait_until(lambda: len(self.queues()) == count, seconds,
                   f"{self.name} ({self.java.version}) holds {count} queues", 0.05, self.queues)
        return self.queues()

    def stop(self):
        self.java.forget(self.name)
        self.call("stop", timeout=40)
