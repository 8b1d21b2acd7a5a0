"""`bench/run.py store`: the store's own programs, and sync flush beside the original."""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile

from support.paths import OUT, PRESET

from . import judge, report, tools

ROLL_MB_S, ROLLS = 100, 10
PARTS = ("append", "refill", "roll", "open", "memory", "sync")
ROUND_MIB, REFILL_WINDOW_MIB = 64, 128
ANONYMOUS_MIB = 256  # the bounds that the README of store-mmap states
MAPPED_MIB, OPEN_FILES = 8192, 512  # and one index file of 401 MiB
INDEX_MIB = 401


def arguments(argv):
    parser = argparse.ArgumentParser(prog="bench/run.py store", description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS), help="parts: " + ", ".join(PARTS))
    parser.add_argument("--reps", type=int, default=5, help="of append, refill, roll and sync")
    parser.add_argument("--append-rounds", type=int, default=15, help="of a repetition")
    parser.add_argument("--segment-mib", type=int, default=1024, help="of roll")
    parser.add_argument("--gib", type=int, default=20, help="in the store that is opened")
    parser.add_argument("--queues", type=int, default=2000)
    parser.add_argument("--memory-queues", type=int, default=10000)
    parser.add_argument("--seconds", type=float, default=5, help="measured time of a sync run")
    parser.add_argument("--warm", type=int, default=2_000_000, help="messages that warm Apache")
    parser.add_argument("--dir", help="where the stores are (default: a temporary folder)")
    parser.add_argument("--no-save", action="store_true")
    options = parser.parse_args(argv)
    options.parts = options.only.split(",")
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return options


def lines(name, *arguments):
    """The JSON lines that a program of the store prints."""
    done = subprocess.run([OUT / PRESET / "bench" / name, *map(str, arguments)], stdout=subprocess.PIPE,
                          text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def append(options, directory):
    return lines("store_mmap_bench", directory, options.append_rounds, ROUND_MIB)


def refill(options, directory):
    """The same while other threads make further pages present. Told, not judged: two cores are too few for all."""
    return lines("store_mmap_bench", directory, options.append_rounds, ROUND_MIB, REFILL_WINDOW_MIB)


@contextlib.contextmanager
def page_cache(directory, say):
    """A page cache as on a server that has run for a while. What a run removed has left memory free."""
    filler, gigabytes = tools.fill_page_cache(directory)
    say(f"{gigabytes:.1f} GB of page cache filled")
    try:
        yield
    finally:
        os.close(filler)


def roll(options, directory):
    return lines("store_mmap_roll_bench", directory, ROLL_MB_S, ROLLS, options.segment_mib)


def opened(options, directory):
    return lines("store_mmap_open_bench", directory, options.gib, options.queues)


def memory(options, directory):
    return lines("store_mmap_open_bench", directory, options.gib, options.memory_queues)


def rounds_of(name, options):
    return options.reps if name in ("append", "refill", "roll") else 1


def disk_gib(options):
    """The most that is on the disk at once: each round removes its files."""
    need = {"append": 5, "refill": 4, "roll": (ROLLS + 2) * options.segment_mib / 1024, "open": options.gib + 3,
            "memory": options.gib + 3, "sync": 8}
    return max(need[name] for name in options.parts)


def minutes(options):
    """About how long the parts take, as seen on two cores."""
    seconds = {"append": options.reps * (12 + options.append_rounds),
               "refill": options.reps * (12 + options.append_rounds),
               "roll": options.reps * (15 + ROLLS * options.segment_mib * 1.05 / ROLL_MB_S),
               "open": 30 + 5 * options.gib, "memory": 30 + 5 * options.gib,
               "sync": 90 + options.reps * 4 * options.seconds}
    return sum(seconds[name] for name in options.parts) / 60


RUNS = {"append": append, "refill": refill, "roll": roll, "open": opened, "memory": memory}


def median(rounds, key):
    return statistics.median(line[key] for line in rounds)


def spread(rounds, key):
    values = [line[key] for line in rounds]
    return f"{min(values):g}–{max(values):g} in {len(values)} rounds"


def verdicts(parts):
    found = []
    if rounds := parts.get("append"):
        found.append(judge.verdict("append of 1 KiB records, share of memcpy",
                                   median(rounds, "share"), "at least", 0.5,
                                   f"{spread(rounds, 'share')}; by CPU time of the thread "
                                   f"{median(rounds, 'cpu_share'):.3f}"))
    if rounds := parts.get("roll"):
        found.append(judge.verdict("p99.9 within 25 ms of a roll, times elsewhere",
                                   median(rounds, "ratio_p999"), "at most", 2,
                                   spread(rounds, "ratio_p999")))
    for start in parts.get("open", [])[1:]:
        if start["what"] == "open, nothing cached":  # for the table: no kill does that
            continue
        tail = (start["records_ms"] + start["sync_ms"]) / 1000
        found.append(judge.verdict(f"{start['gib']:.0f} GiB, {start['queues']} queues after kill -9, "
                                   f"{start['what']}: seconds without the tail's",
                                   start["seconds"] - tail, "at most", 1,
                                   f"{start['seconds']:.3f} in all, of it {tail:.3f} for "
                                   f"{start['checked_records']} records of the tail"))
    if rounds := parts.get("memory"):
        found += memory_verdicts(rounds)
    return found


def memory_verdicts(rounds):
    where = f"{rounds[0]['gib']:.0f} GiB, {rounds[0]['queues']} queues"
    load, start = rounds[0], rounds[1]

    def both(key):
        return f"under load {load[key]}, after a start {start[key]}"

    def most(key):
        return max(line[key] for line in rounds)
    return [
        judge.verdict(f"anonymous MiB, {where}", most("anonymous_most_mib"), "at most", ANONYMOUS_MIB,
                      f"{both('anonymous_most_mib')}; resident with pages of mapped files: "
                      + both("resident_mib")),
        judge.verdict(f"mapped MiB, {where}", most("mapped_mib"), "at most", MAPPED_MIB + INDEX_MIB,
                      both("mapped_mib")),
        judge.verdict(f"open files, {where}", most("open_files"), "at most", OPEN_FILES + 1,
                      both("open_files"))]


def page(result):
    """The page of the whole bench if sync was measured, too; else its verdicts alone. Then the rounds."""
    text = report.page(result) if result["runs"] else "\n".join(
        [f"# Bench of the store {result['date']}, commit {result['commit']}", "",
         f"Command: `{result['command']}`. Machine: {result['machine']}.", "",
         "| target | value | figures | verdict |", "|---|---|---|---|"]
        + [f"| {v['target']} | {v['value']:.3f} | {v['figures']} | {v['verdict']} |"
           for v in result["verdicts"]]) + "\n"
    for name, rounds in result["parts"].items():
        keys = list(rounds[0])
        rows = ["", f"## {name}", "", "| " + " | ".join(keys) + " |", "|---" * len(keys) + "|"]
        rows += ["| " + " | ".join(str(line[key]) for key in keys) + " |" for line in rounds]
        text += "\n".join(rows) + "\n"
    return text + (f"\n{result['note']}\n" if "note" in result else "")


def measure(options, directory, run_flush, say):
    """(parts, runs, syncs). The parts alternate, so that a slow minute of the machine is in all of them."""
    chosen = [name for name in RUNS if name in options.parts]
    parts, runs, syncs = {name: [] for name in chosen}, {}, []
    for repetition in range(options.reps):
        for name in (name for name in chosen if repetition < rounds_of(name, options)):
            say(name)
            # Each has the disk and the page cache as the one before had them.
            with page_cache(directory, say):
                os.sync()
                found = RUNS[name](options, directory)
            for line in found:
                say(f"  {json.dumps(line)}")
            parts[name] += found
    if "sync" in options.parts:
        options.only, options.servers = ["sync"], ["stanchion", "apache"]
        run_flush("sync", options, directory, runs, syncs)
    return parts, runs, syncs


def main(argv, run_flush, say, describe, results):
    options = arguments(argv)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="bench-store-", dir=options.dir))
    say(f"about {minutes(options):.0f} minutes, up to {disk_gib(options):.0f} GiB in {directory}")
    try:
        if shutil.disk_usage(directory).free < (disk_gib(options) + 3) * 2**30:
            raise SystemExit(f"{directory}: too little space")
        parts, runs, syncs = measure(options, directory, run_flush, say)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    table = judge.summaries(runs)
    result = {**describe(options), "summary": table, "single": {}, "fdatasync": syncs,
              "verdicts": verdicts(parts) + judge.judge_all(table, {}), "parts": parts,
              "runs": runs}
    print(page(result))
    if not options.no_save:
        chosen = "" if set(options.parts) == set(PARTS) else "-" + "-".join(options.parts)
        say(f"saved {report.save(result, results, f'-store{chosen}', page)}")
    return 0
