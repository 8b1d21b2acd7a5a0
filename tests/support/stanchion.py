"""Stanchion as a cluster: `stanchion run` with the shipped manifests."""
import signal

from .cluster import Cluster
from .deadline import wait_until
from .metrics import parse_metrics
from .paths import REPO, stanchion_binary
from .process import Process


class StanchionCluster(Cluster):
    """`layout` split = one process per role, standalone = both roles in one process."""
    name = "Stanchion"
    ready_seconds = 10

    def __init__(self, directory, layout="split", **options):
        super().__init__(directory, **options)
        self.layout = layout
        self.metrics_path = directory / "broker.metrics"
        assert layout == "split" or len(self.namesrv_ports) == 1

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
            return self._run("broker", "broker.toml", variables, "broker.log", self.broker_env,
                             self.metrics_path)
        variables["namesrv_port"] = self.namesrv_ports[0]
        return self._run("standalone", "standalone.toml", variables, "broker.log", self.broker_env,
                         self.metrics_path)

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
