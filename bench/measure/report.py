"""Results as JSON and as a page."""
import json

from .cases import CASES

_UNITS = {"msgs_s": "messages/s", "p50_us": "p50 µs", "p99_us": "p99 µs",
          "server_cpu_s_per_1m": "server CPU s per million"}


def _row(figure, servers):
    cells = []
    for name in ("stanchion", "apache", "null"):
        found = servers.get(name, {}).get(figure)
        cells.append(f"{found['median']:,.1f} ({found['min']:,.1f}–{found['max']:,.1f})"
                     if found else "–")
    return f"| {_UNITS[figure]} | {' | '.join(cells)} |"


def page(result):
    lines = [f"# Bench {result['date']}, commit {result['commit']}", "",
             f"Command: `{result['command']}`. {result['repetitions']} repetitions, alternating; "
             "median (min–max). Async flush on both sides unless the case says sync; Apache "
             f"RocketMQ 4.9.7 warmed with {result['warm_messages']:,} messages. "
             f"Machine: {result['machine']}.", "", "## Verdicts", "",
             "| target | ratio or value | figures (Stanchion / other) | verdict |", "|---|---|---|---|"]
    lines += [f"| {v['target']} | {v['value']:.3f} | {v['figures']} | {v['verdict']} |"
              for v in result["verdicts"]]
    titles = {case.name: case.title for case in CASES}
    for case, servers in result["summary"].items():
        lines += ["", f"## {titles[case]}", "", "| | Stanchion | Apache 4.9.7 | null server |",
                  "|---|---|---|---|"]
        figures = [f for f in _UNITS if any(f in figures for figures in servers.values())]
        lines += [_row(figure, servers) for figure in figures]
    if result["fdatasync"]:
        lines += ["", "## Bare fdatasync during the sync cases", ""]
        for run in result["fdatasync"]:
            for size, line in run.items():
                lines.append(f"- {size} KiB overwrite: {line['per_s']}/s, p50 {line['p50_us']} µs, "
                             f"p99 {line['p99_us']} µs")
    for name, single in result["single"].items():
        lines += ["", f"## {name}", "", f"`{json.dumps(single)}`"]
    return "\n".join(lines) + "\n"


def save(result, folder, suffix="", as_page=page):
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{result['date'].split('T')[0]}-{result['commit']}{suffix}"
    (folder / f"{stem}.json").write_text(json.dumps(result, indent=1) + "\n")
    (folder / f"{stem}.md").write_text(as_page(result))
    return folder / f"{stem}.md"
