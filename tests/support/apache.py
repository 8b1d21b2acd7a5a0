"""The original servers (Apache RocketMQ) as a cluster."""
from .build_java import APACHE_VERSION, apache_class_path
from .cluster import Cluster
from .process import Process
from .wire import Connection
from .deadline import wait_until

# A developer's disk may be nearly full: the original refuses messages from 90 % on.
_DISK = ["-Drocketmq.broker.diskSpaceWarningLevelRatio=0.98", "-Drocketmq.broker.diskSpaceCleanForciblyRatio=0.97"]
_OPENS = ["--add-opens=java.base/java.nio=ALL-UNNAMED", "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
          "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED"]
_LOGBACK = """<configuration>
  <appender name="F" class="ch.qos.logback.core.FileAppender">
    <file>{path}</file><encoder><pattern>%d %p %c - %m%n</pattern></encoder>
  </appender>
  <root level="WARN"><appender-ref ref="F"/></root>
</configuration>
"""


class ApacheCluster(Cluster):
    name = f"Apache RocketMQ {APACHE_VERSION}"

    def __init__(self, directory, heap="1g", broker_settings=None, **options):
        super().__init__(directory, **options)
        self.heap, self.broker_settings = heap, broker_settings or {}
        conf = directory / "conf"
        conf.mkdir(exist_ok=True)
        for role in ("namesrv", "broker"):
            (conf / f"logback_{role}.xml").write_text(
                _LOGBACK.format(path=directory / f"{role}.logback.log"))

    def _java(self, heap, main, arguments):
        return ["java", f"-Xms{heap}", f"-Xmx{heap}", "-XX:+UseG1GC", "-XX:G1ReservePercent=25",
                "-XX:InitiatingHeapOccupancyPercent=30", "-XX:SoftRefLRUPolicyMSPerMB=0", *_OPENS, *_DISK,
                f"-Duser.home={self.directory}", "-cp", apache_class_path(), main, *arguments]

    def _env(self):
        return {"ROCKETMQ_HOME": str(self.directory)}

    def start_namesrv(self, port):
        config = self.directory / f"namesrv-{port}.properties"
        config.write_text(f"listenPort={port}\nkvConfigPath={self.directory}/kv-{port}.json\n")
        process = Process(f"namesrv {port}",
                          self._java("256m", "org.apache.rocketmq.namesrv.NamesrvStartup",
                                     ["-c", config]),
                          self.directory / f"namesrv-{port}.log", self._env())
        self.namesrvs[port] = process

        def answers():
            try:
                with Connection(f"127.0.0.1:{port}", timeout=1) as link:
                    return link.call(106).code == 0
            except OSError:
                assert process.running(), process.output()
                return False
        wait_until(answers, 30, f"name server {port} answers", 0.05, process.output)

    def _properties(self):
        settings = {
            "brokerClusterName": "DefaultCluster", "brokerName": "broker-a", "brokerId": 0,
            "brokerIP1": "127.0.0.1", "brokerIP2": "127.0.0.1", "listenPort": self.broker_port, "namesrvAddr": self.namesrv,
            "storePathRootDir": self.data_dir / "store",
            "storePathCommitLog": self.data_dir / "store" / "commitlog",
            "flushDiskType": "SYNC_FLUSH" if self.flush == "sync" else "ASYNC_FLUSH",
            "messageDelayLevel": self.delay_levels, **self.broker_settings}
        return "".join(f"{key}={value}\n" for key, value in settings.items())

    def _launch_broker(self):
        config = self.directory / "broker.properties"
        config.write_text(self._properties())
        return Process("broker", self._java(self.heap, "org.apache.rocketmq.broker.BrokerStartup",
                                            ["-c", config]),
                       self.directory / "broker.log", {**self._env(), **self.broker_env})

    def log_files(self):
        return [path for path in (self.directory / "broker.logback.log",) if path.exists()]
