#!/usr/bin/env python3
"""Kills the broker under load again and again and reads everything back.

    tests/fault/crash.py --cycles 100                  sync flush, then async flush
    tests/fault/crash.py --cycles 10 --flush async --report out/crash.json

Each cycle: producers log every acknowledgement on their side, the broker gets SIGKILL at a random
moment, starts again, and every message stored since the first cycle is read and compared with the
log. Exit status 1 when an acknowledged message is lost, changed or out of order.
"""
import argparse
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.deadline import pause, wait_until  # noqa: E402
from support.programs import program  # noqa: E402
from support.target import TARGET, make_cluster  # noqa: E402

TOPIC, QUEUES = "Crash", 4
# The original handles the requests of one connection on several threads: one in flight keeps order.
WINDOW = 1 if TARGET == "apache" else 16


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=10)
    parser.add_argument("--flush", choices=("sync", "async", "both"), default="both")
    parser.add_argument("--producers", type=int, default=6)
    parser.add_argument("--rate", type=int, default=20000, help="messages per second in all")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--report", help="where the JSON report goes")
    parser.add_argument("--keep", action="store_true", help="keep the directory of a failed run")
    return parser.parse_args()


class Crash:
    """The cycles of one flush mode on one store."""

    def __init__(self, directory, flush, producers=6, rate=20000, seed=None):
        self.flush, self.producers, self.rate = flush, producers, rate
        self.seed = seed if seed is not None else random.SystemRandom().randrange(1 << 30)
        self.random = random.Random(self.seed)
        self.log = directory / f"acks-{flush}.log"
        self.cluster = make_cluster(directory / f"cluster-{flush}", flush=flush)
        self.cycles, self.found, self.restart_ms = [], {}, []

    def start(self):
        self.cluster.start()
        self.cluster.admin().create_topic(TOPIC, QUEUES)

    def _common(self):
        return ["--broker", self.cluster.broker, "--topic", TOPIC, "--queues", str(QUEUES),
                "--log", str(self.log)]

    def cycle(self, number):
        """Load, SIGKILL, restart, read back; returns what was found."""
        size_before = self.log.stat().st_size if self.log.exists() else 0
        load = subprocess.Popen(
            [program("crashload"), "produce", *self._common(), "--cycle", str(number),
             "--producers", str(self.producers), "--rate", str(self.rate),
             "--window", str(WINDOW)],
            stdout=subprocess.PIPE, text=True)
        try:
            wait_until(lambda: self.log.exists() and self.log.stat().st_size > size_before, 10,
                       f"cycle {number}: the first acknowledgement", 0.002, self.cluster.logs)
            pause(self.random.uniform(0.02, 0.6))
            assert load.poll() is None, "the producers ended before the broker was killed"
            self.cluster.kill_broker()
            produced = json.loads(load.communicate(timeout=30)[0])
        finally:
            if load.poll() is None:
                load.kill()
        begin = time.monotonic()
        self.cluster.start_broker()
        self.restart_ms.append((time.monotonic() - begin) * 1000)
        self.found = self.verify()
        self.cycles.append({"cycle": number, "produced": produced, "found": self.found,
                            "restart_ms": round(self.restart_ms[-1], 1)})
        return self.found

    def verify(self):
        done = subprocess.run([program("crashload"), "verify", *self._common()],
                              capture_output=True, text=True, timeout=600)
        assert done.stdout.strip(), done.stderr
        return json.loads(done.stdout)

    def good(self):
        return not any(self.found[k] for k in ("lost", "changed", "reordered", "gaps"))

    def summary(self):
        """One line: what the whole run showed."""
        f = self.found
        slowest = max(self.restart_ms, default=0)
        return (f"crash {self.flush}: {len(self.cycles)} cycles, {f['acked']} acknowledged, "
                f"{f['lost']} lost, {f['reordered']} reordered, {f['changed']} changed, "
                f"{f['gaps']} gaps, {f['duplicates']} duplicates, {f['unacknowledged']} stored "
                f"without acknowledgement, slowest restart {slowest:.0f} ms, seed {self.seed}"
                + ("" if self.good() else f"; first: {f['first']}"))

    def report(self):
        return {"flush": self.flush, "seed": self.seed, "target": TARGET, "good": self.good(),
                "summary": self.summary(), "cycles": self.cycles}


def run_mode(directory, flush, options):
    crash = Crash(directory, flush, options.producers, options.rate, options.seed)
    try:
        crash.start()
        for number in range(options.cycles):
            crash.cycle(number)
            print(f"\r{flush} {number + 1}/{options.cycles}", end="", file=sys.stderr, flush=True)
            if not crash.good():
                break
        crash.cluster.stop()
    finally:
        crash.cluster.destroy()
    print(f"\n{crash.summary()}")
    return crash.report()


def main():
    options = arguments()
    modes = ("sync", "async") if options.flush == "both" else (options.flush,)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="crash-"))
    reports = [run_mode(directory, flush, options) for flush in modes]
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
