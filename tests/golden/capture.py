#!/usr/bin/env python3
"""Records the frames that stock clients and the original servers exchange.

A TCP proxy stands before the name server and before the broker of Apache RocketMQ; clients and the
broker are pointed at it. Every frame is kept as the sender wrote it. The only byte that is ever
changed is the broker's port in a copy of the route answers, so that clients come through the proxy;
the stored frame is the unchanged one. Usage: tests/golden/capture.py FOLDER; what the frames are goes
to FOLDER.jsonl.
"""
import json
import pathlib
import re
import shutil
import socket
import struct
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.apache import ApacheCluster  # noqa: E402
from support.build_java import CLIENT_VERSIONS  # noqa: E402
from support.java_client import JavaClient  # noqa: E402
from support.ports import free_port  # noqa: E402
from support.wire import decode  # noqa: E402
import scenario  # noqa: E402

KEPT_PER_SHAPE = 2


class Recorder:
    """Writes the first frames of each shape: sender, code, reply code, header keys."""

    def __init__(self, folder):
        self.folder, self.sender = folder, "none"
        self.index, self.seen, self.lock = [], {}, threading.Lock()

    def record(self, link, direction, raw):
        frame = decode(raw[4:])
        with self.lock:
            code = frame.code
            if frame.is_response:
                asked = link["asked"].get((1 - direction, frame.opaque))
                code = asked if asked is not None else -1
            else:
                link["asked"][(direction, frame.opaque)] = code
            kind = "response" if frame.is_response else "request"
            shape = (self.sender, link["server"], kind, code, frame.code, frame.header_type,
                     frame.version, tuple(sorted(frame.ext)) if frame.ext is not None else None)
            self.seen[shape] = self.seen.get(shape, 0) + 1
            if self.seen[shape] <= KEPT_PER_SHAPE:
                self._write(link, direction, raw, frame, kind, code)

    def _write(self, link, direction, raw, frame, kind, code):
        name = f"{len(self.index):03d}-{self.sender}-{link['server']}-{code}-{kind}.bin"
        (self.folder / name).write_bytes(raw)
        self.index.append({
            "file": name, "scenario": self.sender, "server": link["server"],
            "from": "client" if direction == 0 else "server", "kind": kind, "request_code": code,
            "code": frame.code, "flag": frame.flag, "opaque": frame.opaque,
            "version": frame.version, "language": frame.language, "remark": frame.remark,
            "header_type": frame.header_type, "ext_fields": frame.ext,
            "body_length": len(frame.body), "connection": link["number"]})


class Proxy:
    """Listens on a free port and forwards to `target`; `rewrite` maps advertised ports."""

    def __init__(self, server, target, recorder, rewrite=None):
        self.server, self.target, self.recorder = server, target, recorder
        self.rewrite, self.links = rewrite or {}, 0
        self.port = free_port()
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            client, _ = self.listener.accept()
            upstream = socket.create_connection(("127.0.0.1", self.target))
            self.links += 1
            link = {"server": self.server, "number": self.links, "asked": {}}
            for direction, (source, sink) in enumerate(((client, upstream), (upstream, client))):
                threading.Thread(target=self._pump, args=(link, direction, source, sink),
                                 daemon=True).start()

    def _pump(self, link, direction, source, sink):
        buffer = b""
        try:
            while chunk := source.recv(1 << 16):
                buffer += chunk
                while len(buffer) >= 4 and len(buffer) >= 4 + struct.unpack(">i", buffer[:4])[0]:
                    size = 4 + struct.unpack(">i", buffer[:4])[0]
                    raw, buffer = buffer[:size], buffer[size:]
                    self.recorder.record(link, direction, raw)
                    sink.sendall(self._through(direction, raw))
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _through(self, direction, raw):
        """Same-length replacement of advertised ports in what the server sends."""
        if direction == 1:
            for real, shown in self.rewrite.items():
                raw = re.sub(rb":%d\b" % real, b":%d" % shown, raw)
        return raw


class CapturedCluster(ApacheCluster):
    """The broker registers through one proxy, clients come through others."""

    def __init__(self, directory, recorder, **options):
        super().__init__(directory, **options)
        self.recorder, self.namesrv_proxy = recorder, None

    @property
    def namesrv(self):
        return f"127.0.0.1:{self.namesrv_proxy.port}"

    def start(self):
        self.broker_proxy = Proxy("broker", self.broker_port, self.recorder)
        self.fast_proxy = Proxy("broker", self.broker_port - 2, self.recorder)
        rewrite = {self.broker_port: self.broker_proxy.port}
        self.namesrv_proxy = Proxy("namesrv", self.namesrv_ports[0], self.recorder, rewrite)
        return super().start()


def main():
    folder = pathlib.Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    recorder = Recorder(folder)
    with tempfile.TemporaryDirectory(prefix="capture-") as scratch:
        scratch = pathlib.Path(scratch)
        recorder.sender = "broker-4.9.7"
        cluster = CapturedCluster(scratch / "apache", recorder,
                                  delay_levels="1s 2s 2s 2s 2s 2s 2s 2s 2s 2s 2s 2s 2s 2s 2s 2s 2s 2s")
        try:
            cluster.start()
            for version in CLIENT_VERSIONS:
                for header in ("json", "binary"):
                    recorder.sender = f"client-{version}-{header}"
                    java = JavaClient(version, scratch / f"{version}-{header}", header_type=header)
                    try:
                        scenario.run(cluster, java, f"{version}-{header}".replace(".", "_"))
                    finally:
                        java.stop_all()
                        java.close()
            recorder.sender = "raw"
            scenario.run_raw(f"127.0.0.1:{cluster.namesrv_proxy.port}",
                             f"127.0.0.1:{cluster.broker_proxy.port}")
            cluster.stop()
        finally:
            cluster.destroy()
    with recorder.lock:
        lines = [json.dumps(entry, sort_keys=True) for entry in recorder.index]
        folder.with_suffix(".jsonl").write_text("\n".join(lines) + "\n")
    print(f"{len(lines)} frames in {folder}")


if __name__ == "__main__":
    main()
