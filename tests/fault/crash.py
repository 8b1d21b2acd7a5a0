#!/usr/bin/env python3
"""Kills the broker under load again and again and reads everything back.

    tests/fault/crash.py --cycles 100                  sync flush, then async flush
    tests/fault/crash.py --cycles 10 --flush async --report out/crash.json
    tests/fault/crash.py --cycles 1000 --full-every 50 --prefill 2GiB --rate 6000

Each cycle: producers log every acknowledgement on their side, the broker gets SIGKILL at a random
moment (every tenth cycle a second one while it starts), starts again, and what was stored since the
cycle before the last is read and compared with the log; every K-th cycle and in the end, everything
is. Exit status 1 when an acknowledged message is lost, changed or out of order.
"""
import argparse
import json
import math
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.deadline import pause, wait_until  # noqa: E402
from support.process import Process  # noqa: E402
from support.programs import program  # noqa: E402
from support.target import TARGET, make_cluster  # noqa: E402

TOPIC, QUEUES = "Crash", 4
# The original handles the requests of one connection on several threads: one in flight keeps order.
WINDOW = 1 if TARGET == "apache" else 16
LOAD_SECONDS = (0.05, 0.5)  # from the first acknowledgement to the kill
DOUBLE_EVERY, START_SECONDS = 10, (0.002, 0.05)
PREFILL_CYCLE = 1 << 30
BAD = ("lost", "changed", "reordered", "gaps")
# A disk that others fill must not make the store remove what is to be read back.
KEEPING = {"space_low": "0B"}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=10)
    parser.add_argument("--flush", choices=("sync", "async", "both"), default="both")
    parser.add_argument("--producers", type=int, default=6)
    parser.add_argument("--rate", type=int, default=20000, help="messages per second in all")
    parser.add_argument("--prefill", type=size, default=0, help="bytes of bodies before the first cycle: 2GiB")
    parser.add_argument("--full-every", type=int, default=10, help="cycles from one full read-back to the next")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--report", help="where the JSON report goes")
    parser.add_argument("--keep", action="store_true", help="keep the directory of a failed run")
    parser.add_argument("--directory", help="where the stores are made (default: a temporary one)")
    parser.add_argument("--wait-for", help="no cycle begins while this file exists")
    return parser.parse_args()


def size(text):
    number, unit = re.fullmatch(r"(\d+)(|B|MiB|GiB)", text).groups()
    return int(number) << {"": 0, "B": 0, "MiB": 20, "GiB": 30}[unit]


def percentile(values, share):
    """The value that `share` of all do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


class Crash:
    """The cycles of one flush mode on one store."""

    def __init__(self, directory, flush, producers=6, rate=20000, seed=None, full_every=1):
        self.flush, self.producers, self.rate, self.full_every = flush, producers, rate, full_every
        self.seed = seed if seed is not None else random.SystemRandom().randrange(1 << 30)
        self.random = random.Random(self.seed)
        self.log = directory / f"acks-{flush}.log"
        self.cluster = make_cluster(directory / f"cluster-{flush}", flush=flush, store_settings=KEEPING)
        self.cycles, self.found, self.restart_ms, self.ready_ms = [], {}, [], []
        self.seen = []  # per look: how long the log was, and where the queues ended
        self.full_looks = self.double_kills = self.prefilled = 0

    def start(self):
        self.cluster.start()
        self.cluster.admin().create_topic(TOPIC, QUEUES)

    def prefill(self, wanted):
        """Fills the store with `wanted` bytes of bodies before the first cycle."""
        done = subprocess.run(
            self._producer(PREFILL_CYCLE, 1000000) + ["--bytes", str(wanted), "--seconds", "900"],
            capture_output=True, text=True, timeout=1000)
        assert done.returncode == 0, done.stderr
        self.prefilled = wanted
        self.verify(full=True)

    def _common(self):
        return ["--broker", self.cluster.broker, "--topic", TOPIC, "--queues", str(QUEUES),
                "--log", str(self.log)]

    def _producer(self, cycle, rate):
        return [program("crashload"), "produce", *self._common(), "--cycle", str(cycle),
                "--producers", str(self.producers), "--rate", str(rate), "--window", str(WINDOW)]

    def cycle(self, number):
        """Load, SIGKILL, restart, read back; returns what was found."""
        produced = self._load_and_kill(number)
        if number % DOUBLE_EVERY == DOUBLE_EVERY - 1:
            self._kill_while_it_starts()
        begin = time.monotonic()
        self.cluster.start_broker()
        self.restart_ms.append((time.monotonic() - begin) * 1000)
        ready = re.search(r"ready in (\d+)", self.cluster.ready_line) if TARGET == "stanchion" else None
        self.ready_ms.append(float(ready.group(1)) if ready else self.restart_ms[-1])
        found = self.verify(full=(number + 1) % self.full_every == 0)
        self.cycles.append({"cycle": number, "produced": produced, "found": found,
                            "restart_ms": round(self.restart_ms[-1], 1), "ready_ms": self.ready_ms[-1]})
        return found

    def _load_and_kill(self, number):
        size_before = self._log_size()
        load = subprocess.Popen(self._producer(number, self.rate), stdout=subprocess.PIPE, text=True)
        try:
            wait_until(lambda: self._log_size() > size_before, 10,
                       f"cycle {number}: the first acknowledgement", 0.002, self.cluster.logs)
            pause(self.random.uniform(*LOAD_SECONDS))
            assert load.poll() is None, "the producers ended before the broker was killed"
            self.cluster.kill_broker()
            return json.loads(load.communicate(timeout=30)[0])
        finally:
            if load.poll() is None:
                load.kill()

    def _kill_while_it_starts(self):
        again = Process("broker, killed while it starts", self.cluster.broker_process.command,
                        self.cluster.directory / "double.log", self.cluster.broker_env)
        pause(self.random.uniform(*START_SECONDS))
        again.kill()
        self.double_kills += 1

    def _log_size(self):
        return self.log.stat().st_size if self.log.exists() else 0

    def verify(self, full=True):
        """Reads back everything, or what came since the look before the last: the end that was there is seen again."""
        since = []
        if not full and len(self.seen) > 1:
            log, ends = self.seen[-2]
            since = ["--log-from", str(log), "--from", ",".join(map(str, ends))]
        log_size = self._log_size()
        done = subprocess.run([program("crashload"), "verify", *self._common(), *since],
                              capture_output=True, text=True, timeout=900)
        assert done.stdout.strip(), done.stderr
        found = json.loads(done.stdout)
        self.seen.append((log_size, found["ends"]))
        if not since:
            self.full_looks += 1
            self.found = found
        return found

    def good(self):
        """Nothing wrong in any look so far."""
        looks = [self.found] + [cycle["found"] for cycle in self.cycles]
        return not any(look.get(k) for look in looks for k in BAD)

    def summary(self):
        """One line: what the whole run showed."""
        f = self.found
        wrong = [c["found"]["first"] for c in self.cycles if any(c["found"][k] for k in BAD)]
        restart = ", ".join(f"{name} {percentile(values, 0.5):.0f}/{percentile(values, 0.99):.0f}/{max(values):.0f} ms"
                            for name, values in (("restart", self.restart_ms), ("ready", self.ready_ms)))
        return (f"crash {self.flush}: {len(self.cycles)} cycles, {self.double_kills} killed twice, "
                f"{f['acked']} acknowledged, {f['lost']} lost, {f['reordered']} reordered, {f['changed']} changed, "
                f"{f['gaps']} gaps, {f['duplicates']} duplicates, {f['unacknowledged']} stored "
                f"without acknowledgement, {self.full_looks} full read-backs, p50/p99/max of {restart}, "
                f"{self.prefilled >> 20} MiB before the first cycle, seed {self.seed}"
                + (f"; first: {wrong[0]}" if wrong else ""))

    def report(self):
        return {"flush": self.flush, "seed": self.seed, "target": TARGET, "good": self.good(),
                "summary": self.summary(), "cycles": self.cycles}


def run_mode(directory, flush, options):
    crash = Crash(directory, flush, options.producers, options.rate, options.seed, options.full_every)
    try:
        crash.start()
        if options.prefill:
            crash.prefill(options.prefill)
        for number in range(options.cycles):
            while options.wait_for and pathlib.Path(options.wait_for).exists():
                pause(1)
            crash.cycle(number)
            print(f"\r{flush} {number + 1}/{options.cycles}", end="", file=sys.stderr, flush=True)
            if not crash.good():
                break
        crash.verify()
        crash.cluster.stop()
    finally:
        crash.cluster.destroy()
    print(f"\n{crash.summary()}", flush=True)
    return crash.report()


def main():
    options = arguments()
    modes = ("sync", "async") if options.flush == "both" else (options.flush,)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="crash-", dir=options.directory))
    reports = []
    for flush in modes:
        reports.append(run_mode(directory, flush, options))
        if reports[-1]["good"] or not options.keep:
            shutil.rmtree(directory / f"cluster-{flush}", ignore_errors=True)
    good = all(report["good"] for report in reports)
    if good or not options.keep:
        shutil.rmtree(directory, ignore_errors=True)
    else:
        print(f"kept: {directory}")
    if options.report:
        pathlib.Path(options.report).write_text(json.dumps(reports, indent=1) + "\n")
    passed = sum(report["good"] for report in reports)
    print(f"{passed} passed, {len(reports) - passed} failed")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
