#!/usr/bin/env python3
"""Measures Stanchion beside Apache RocketMQ and the null server, alternating in one run.

    bench/run.py                                everything, five repetitions
    bench/run.py --only produce,latency --reps 3
    bench/run.py --only produce --servers stanchion,null --reps 1 --no-save
    bench/run.py store                          the store alone; its own options with --help
"""
import argparse
import datetime
import os
import pathlib
import platform
import re
import shlex
import shutil
import sys
import tempfile

_HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE), str(_HERE.parent / "tests")]
from measure import judge, report, store, tools  # noqa: E402
from measure.cases import CASES, SINGLE  # noqa: E402
from measure.servers import KINDS, anonymous_megabytes, commit  # noqa: E402
from support.deadline import pause  # noqa: E402
from support.stanchion import StanchionCluster  # noqa: E402


def arguments():
    names = [case.name for case in CASES] + list(SINGLE)
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(names), help="cases: " + ", ".join(names))
    parser.add_argument("--servers", default="stanchion,apache,null")
    parser.add_argument("--reps", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5, help="measured time of a run")
    parser.add_argument("--warm", type=int, default=2_000_000, help="messages that warm Apache")
    parser.add_argument("--backlog", type=int, default=2_000_000, help="messages to consume")
    parser.add_argument("--starts", type=int, default=20)
    parser.add_argument("--dir", help="where the stores are (default: a temporary folder)")
    parser.add_argument("--no-save", action="store_true")
    options = parser.parse_args()
    options.only = options.only.split(",")
    unknown = set(options.only) - set(names)
    if unknown:
        parser.error(f"no case {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    options.servers = options.servers.split(",")
    return options


def say(text):
    print(text, file=sys.stderr, flush=True)


def one(case, server, options):
    """One run of a case against one server, with the disk quiet before it."""
    server.begin()
    os.sync()
    result = case.run(server, options)
    if not result["msgs"]:
        raise RuntimeError(f"{case.name}: {server.name} took no message; {result}")
    say(f"  {case.name:9} {server.name:10} {result['msgs_s']:>10,} msg/s  p50 {result['p50_us']:.0f} "
        f"p99 {result['p99_us']:.0f} us  CPU/1M {result.get('server_cpu_s_per_1m', 0):.2f}")
    server.end()
    return result


def run_flush(flush, options, directory, runs, syncs):
    """All cases of one flush mode: servers start once, repetitions alternate between them."""
    cases = [c for c in CASES if c.flush == flush and c.name in options.only]
    if not cases:
        return
    kinds = [k for k in options.servers if k != "null" or any(c.null for c in cases)]
    servers = []
    filler, gigabytes = tools.fill_page_cache(directory)
    say(f"{gigabytes:.1f} GB of page cache filled")
    try:
        for kind in kinds:
            say(f"starting {kind} ({flush} flush)")
            servers.append(KINDS[kind](directory, flush))
            servers[-1].warm(options.warm if flush == "async" else options.warm // 20)
        for case in cases:
            for options.repetition in range(options.reps):
                if flush == "sync":
                    syncs.append(tools.fdatasync(directory))
                for server in servers:
                    if server.name != "null" or case.null:
                        runs.setdefault(case.name, {}).setdefault(server.name, []).append(
                            one(case, server, options))
    finally:
        for server in servers:
            server.close()
        os.close(filler)


def start_times(options, directory):
    """Milliseconds that `stanchion run standalone.toml` says it needed until it served."""
    values = []
    for number in range(options.starts):
        cluster = StanchionCluster(directory / f"start-{number}", layout="standalone")
        cluster.start()
        values.append(float(re.search(r"ready in ([\d.]+) ms", cluster.ready_line).group(1)))
        cluster.stop()
        shutil.rmtree(cluster.directory)
    return {"ms": judge.summary(values), "starts": options.starts}


def idle_memory(directory):
    cluster = StanchionCluster(directory / "idle", layout="standalone")
    cluster.start()
    pause(5)
    used = anonymous_megabytes(cluster.broker_pid)
    cluster.stop()
    return {"anonymous_mb": used, "seconds_idle": 5}


def describe(options):
    return {"date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ"),
            "commit": commit(), "command": "bench/run.py " + shlex.join(sys.argv[1:]),
            "repetitions": options.reps, "warm_messages": options.warm,
            "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.release()}"}


def main():
    if sys.argv[1:2] == ["store"]:
        return store.main(sys.argv[2:], run_flush, say, describe, _HERE / "results")
    options = arguments()
    runs, syncs, single = {}, [], {}
    directory = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=options.dir))
    try:
        for flush in ("async", "sync"):
            run_flush(flush, options, directory, runs, syncs)
        if "start" in options.only and "stanchion" in options.servers:
            single["start"] = start_times(options, directory)
        if "memory" in options.only and "stanchion" in options.servers:
            single["memory"] = idle_memory(directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    table = judge.summaries(runs)
    result = {
        **describe(options), "summary": table, "single": single, "fdatasync": syncs,
        "verdicts": judge.judge_all(table, single), "runs": runs}
    print(report.page(result))
    if not options.no_save:
        say(f"saved {report.save(result, _HERE / 'results')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
