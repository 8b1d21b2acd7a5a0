"""The three servers that are measured: Stanchion, the original, and the null server."""
import pathlib
import shutil
import subprocess

from support.apache import ApacheCluster
from support.deadline import wait_until
from support.paths import REPO
from support.ports import free_port
from support.process import Process
from support.stanchion import StanchionCluster
from support.wire import Connection

from . import tools


class StanchionServer:
    """A fresh data directory for every repetition; broker and name server are two processes.

    The directories stay until the end: the pages of a removed file would go back to the host.
    """
    name = "stanchion"

    def __init__(self, directory, flush):
        self.directory, self.flush = directory / f"stanchion-{flush}", flush
        self.cluster, self.runs = None, 0

    def begin(self):
        self.runs += 1
        self.cluster = StanchionCluster(self.directory / str(self.runs), layout="split",
                                        flush=self.flush)
        self.cluster.start()

    def end(self):
        if self.cluster:
            self.cluster.stop()
        self.cluster = None

    def warm(self, messages):
        pass

    @property
    def namesrv(self):
        return self.cluster.namesrv

    @property
    def pid(self):
        return self.cluster.broker_pid

    def close(self):
        self.end()
        shutil.rmtree(self.directory, ignore_errors=True)


class ApacheServer:
    """One process for the whole run: the virtual machine stays warm."""
    name = "apache"

    def __init__(self, directory, flush):
        self.cluster = ApacheCluster(directory / f"apache-{flush}", heap="4g", flush=flush)
        self.cluster.start()

    def warm(self, messages):
        """Sends `messages` messages in the shapes that are measured."""
        for conns, window, share in ((64, 16, 0.6), (4, 64, 0.35), (1, 1, 0.05)):
            if share * messages >= 1:
                tools.rmqload("produce", self, conns=conns, window=window, size=1024,
                              topic="Warm", count=int(share * messages))

    def begin(self):
        pass

    def end(self):
        pass

    @property
    def namesrv(self):
        return self.cluster.namesrv

    @property
    def pid(self):
        return self.cluster.broker_pid

    def close(self):
        self.cluster.stop()
        shutil.rmtree(self.cluster.directory, ignore_errors=True)


class NullServer:
    """Answers at once and stores nothing: the ceiling of any server on the machine."""
    name = "null"

    def __init__(self, directory, flush):
        self.port = free_port()
        self.process = Process("null server", [tools.program("nullserver"), self.port],
                               directory / "null.log")
        wait_until(self._answers, 5, "the null server answers", 0.01)

    def _answers(self):
        try:
            with Connection(self.namesrv, timeout=1) as link:
                return link.call(106).code == 0
        except OSError:
            return False

    def warm(self, messages):
        pass

    def begin(self):
        pass

    def end(self):
        pass

    @property
    def namesrv(self):
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self):
        return self.process.pid

    def close(self):
        self.process.stop()


KINDS = {kind.name: kind for kind in (StanchionServer, ApacheServer, NullServer)}


def anonymous_megabytes(pid):
    """Resident memory without file pages."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no RssAnon of {pid}")


def commit():
    described = subprocess.run(["git", "-C", REPO, "describe", "--always", "--dirty"],
                               capture_output=True, text=True)
    return described.stdout.strip()
