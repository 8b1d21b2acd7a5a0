"""Stanchion as a cluster: `stanchion run` with the shipped manifests."""
import json
import signal

from .cluster import Cluster
from .deadline import wait_until
from .metrics import parse_metrics
from .paths import REPO, stanchion_binary
from .process import Process


def with_settings(text, plugin, settings):
    """A manifest whose `plugin` has these settings (TOML values) in place of its own of the same names."""
    before, found, block = text.partition(f'"{plugin}"')
    assert found, f"the manifest has no {plugin}"
    block, end, behind = block.partition("\n[[plugin]]\n")
    kept = [line for line in block.split("\n") if line.partition("=")[0].strip() not in settings]
    mine = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    at = kept.index("[plugin.settings]") + 1
    return before + found + "\n".join(kept[:at] + mine + kept[at:]) + end + behind


class StanchionCluster(Cluster):
    """`layout` split = one process per role, standalone = both roles in one process. `store_settings` go to the store
    in place of those of the shipped manifest."""
    name = "Stanchion"
    ready_seconds = 10

    def __init__(self, directory, layout="split", store_settings=None, **options):
        super().__init__(directory, **options)
        self.layout, self.store_settings = layout, store_settings
        self.metrics_path = directory / "broker.metrics"
        assert layout == "split" or len(self.namesrv_ports) == 1

    def _broker_manifest(self, name):
        if not self.store_settings:
            return name
        manifest = self.directory / name
        manifest.write_text(with_settings((REPO / "conf" / name).read_text(), "stn.store.mmap",
                                          self.store_settings))
        return manifest

    def _run(self, name, manifest, variables, log, env=None, metrics=None):
        command = [stanchion_binary(), "run", REPO / "conf" / manifest]
        for key, value in variables.items():
            command += ["--var", f"{key}={value}"]
        if metrics:
            command += ["--metrics", metrics]
        process = Process(name, command, self.directory / log, env)
        self.ready_line = process.wait_for_line("ready in ", self.ready_seconds)
        return process

    def start_namesrv(self, port):
        if self.layout == "split":
            self.namesrvs[port] = self._run(
                f"namesrv {port}", "namesrv.toml",
                {"namesrv_port": port, "data_dir": self.directory / f"namesrv-{port}"},
                f"namesrv-{port}.log", metrics=self.directory / f"namesrv-{port}.metrics")

    def _launch_broker(self):
        variables = {"broker_port": self.broker_port, "data_dir": self.data_dir,
                     "flush": self.flush, "advertise": "127.0.0.1",
                     "delay_levels": self.delay_levels}
        if self.layout == "split":
            variables["namesrv"] = self.namesrv
            return self._run("broker", self._broker_manifest("broker.toml"), variables,
                             "broker.log", self.broker_env, self.metrics_path)
        variables["namesrv_port"] = self.namesrv_ports[0]
        return self._run("standalone", self._broker_manifest("standalone.toml"), variables,
                         "broker.log", self.broker_env, self.metrics_path)

    def start_broker(self):
        super().start_broker()
        if self.layout == "standalone":
            self.wait_registered(self.namesrv_ports[0])

    def metrics(self, process=None, path=None):
        """A fresh dump of the broker's metrics (or of another process of this cluster)."""
        process, path = process or self.broker_process, path or self.metrics_path
        path.unlink(missing_ok=True)
        process.signal(signal.SIGUSR1)
        wait_until(path.exists, 5, f"{process.name} writes its metrics after SIGUSR1", 0.005)
        return parse_metrics(path.read_text())

    def namesrv_metrics(self, port):
        return self.metrics(self.namesrvs[port], self.directory / f"namesrv-{port}.metrics")
