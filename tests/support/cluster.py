"""What a test may do with the system under test, whichever it is.

A cluster is one or more name servers and one broker in a fresh directory on free ports. Subclasses
start the processes; everything a test asks for is here.
"""
from .admin import Admin
from .deadline import wait_until
from .ports import free_broker_port, free_port
from .wire import Connection

DELAY_LEVELS = "1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h"


class Cluster:
    name = "none"

    def __init__(self, directory, flush="async", delay_levels=DELAY_LEVELS, namesrvs=1, env=None):
        self.directory, self.flush, self.delay_levels = directory, flush, delay_levels
        self.broker_env = env or {}
        self.namesrv_ports = [free_port() for _ in range(namesrvs)]
        self.broker_port = free_broker_port()
        self.namesrvs, self.broker_process = {}, None
        directory.mkdir(parents=True, exist_ok=True)

    @property
    def namesrv(self):
        """The address list that clients are given."""
        return ";".join(f"127.0.0.1:{port}" for port in self.namesrv_ports)

    @property
    def broker(self):
        return f"127.0.0.1:{self.broker_port}"

    @property
    def fast(self):
        return f"127.0.0.1:{self.broker_port - 2}"

    @property
    def data_dir(self):
        return self.directory / "data"

    @property
    def broker_pid(self):
        return self.broker_process.pid

    def connect(self, address=None, **options):
        return Connection(address or self.broker, **options)

    def admin(self):
        return Admin(self)

    def start(self):
        for port in self.namesrv_ports:
            self.start_namesrv(port)
        self.start_broker()
        return self

    def start_namesrv(self, port):
        raise NotImplementedError

    def start_broker(self):
        """Starts the broker and waits until every running name server knows its route."""
        self.broker_process = self._launch_broker()
        for port in self.namesrvs:
            self.wait_registered(port)

    def _launch_broker(self):
        raise NotImplementedError

    def wait_registered(self, port, seconds=30):
        def known():
            try:
                with Connection(f"127.0.0.1:{port}", timeout=2) as link:
                    answer = link.call(105, {"topic": "TBW102"})
                    return answer.code == 0 and self.broker.encode() in answer.body
            except OSError:
                return False
        wait_until(known, seconds, f"name server {port} knows the route of TBW102", 0.02,
                   lambda: self.logs()[-4000:])

    def stop_broker(self):
        return self.broker_process.stop()

    def kill_broker(self):
        self.broker_process.kill()

    def restart_broker(self):
        self.stop_broker()
        self.start_broker()

    def stop(self):
        """Stops everything; returns the exit statuses, broker first."""
        statuses = []
        if self.broker_process:
            statuses.append(self.broker_process.stop())
        statuses += [process.stop() for process in self.namesrvs.values()]
        self.namesrvs, self.broker_process = {}, None
        return statuses

    def destroy(self):
        """Kills what still runs: the last resort of a fixture."""
        for process in [self.broker_process, *self.namesrvs.values()]:
            if process:
                process.kill()

    def logs(self):
        running = [self.broker_process, *self.namesrvs.values()]
        return "\n".join(f"--- {p.name}\n{p.output()[-3000:]}" for p in running if p)

    def log_lines(self):
        """Number of lines the broker has logged (all its log files)."""
        return sum(len(path.read_bytes().splitlines()) for path in self.log_files())

    def log_files(self):
        return [self.broker_process.log_path]
