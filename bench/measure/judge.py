"""Targets and verdicts: medians of the repetitions against each other."""
import statistics

FIGURES = ("msgs_s", "p50_us", "p99_us", "server_cpu_s_per_1m")


def summary(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values),
            "values": values}


def summaries(runs):
    """{case: {server: {figure: summary}}} of {case: {server: [result]}}."""
    return {case: {server: {figure: summary([r[figure] for r in results])
                            for figure in FIGURES if all(figure in r for r in results)}
                   for server, results in servers.items()}
            for case, servers in runs.items()}


class Target:
    """`figure` of Stanchion in relation to that of `base`: at least or at most `factor` times."""

    def __init__(self, case, figure, base, relation, factor, text):
        self.case, self.figure, self.base = case, figure, base
        self.relation, self.factor, self.text = relation, factor, text

    def judge(self, table):
        servers = table.get(self.case, {})
        if not servers.get("stanchion") or not servers.get(self.base):
            return None
        ours = servers["stanchion"][self.figure]["median"]
        theirs = servers[self.base][self.figure]["median"]
        return verdict(self.text, ours / theirs, self.relation, self.factor,
                       f"{ours:,.1f} / {theirs:,.1f}")


def verdict(text, value, relation, limit, shown):
    met = value >= limit if relation == "at least" else value <= limit
    short = "met" if met else f"short by {abs(value - limit):.3g} ({value / limit:.2f} of the limit)"
    return {"target": f"{text} {relation} {limit:g}", "value": value, "figures": shown,
            "met": met, "verdict": short}


TARGETS = [
    Target("produce", "msgs_s", "apache", "at least", 4, "produce 64x16, times Apache"),
    Target("produce", "msgs_s", "null", "at least", 0.20, "produce 64x16, share of the null server"),
    Target("produce", "server_cpu_s_per_1m", "apache", "at most", 0.2,
           "produce 64x16, server CPU per million, share of Apache"),
    Target("latency", "p99_us", "apache", "at most", 0.5, "1x1 p99, share of Apache"),
    Target("consume", "msgs_s", "apache", "at least", 2, "consume backlog, times Apache"),
    Target("consume", "server_cpu_s_per_1m", "apache", "at most", 0.5,
           "consume backlog, server CPU per million, share of Apache"),
    Target("e2e", "p99_us", "apache", "at most", 0.25, "end to end p99, share of Apache"),
    Target("sync", "msgs_s", "apache", "at least", 2, "sync flush 64x16, times Apache"),
]


def judge_all(table, single):
    verdicts = [v for v in (target.judge(table) for target in TARGETS) if v]
    if "start" in single:
        median = single["start"]["ms"]["median"]
        verdicts.append(verdict("median of starts to ready, ms", median, "at most", 100,
                                f"{median:.1f} ms"))
    if "memory" in single:
        used = single["memory"]["anonymous_mb"]
        verdicts.append(verdict("anonymous memory idle, both roles, MB", used, "at most", 30,
                                f"{used:.1f} MB"))
    return verdicts
