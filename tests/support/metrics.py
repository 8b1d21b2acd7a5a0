"""The text form of the metric dump: one `name{labels} value` per line."""


class Metrics(dict):
    """Full series name to value."""

    def total(self, name, **labels):
        """Sum over all series of this name whose labels contain the given ones."""
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        return sum(value for series, value in self.items()
                   if series.split("{")[0] == name and all(w in series for w in wanted))

    def increased(self, before):
        """Series that grew since `before`, with the difference."""
        return {series: value - before.get(series, 0) for series, value in self.items()
                if value > before.get(series, 0)}


def parse_metrics(text):
    metrics = Metrics()
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        series, _, value = line.rpartition(" ")
        metrics[series] = float(value)
    return metrics
