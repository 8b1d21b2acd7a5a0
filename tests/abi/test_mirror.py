"""A plugin that copies a store into a second one: two processes, two kernels, one manifest each."""
from hosts import Host
from modules import CLANG_CXX, build, description
from support.deadline import wait_until
from support.frames import send_fields
from support.paths import stanchion_binary
from support.process import Process
from support.records import pull_all

MIRROR = "org.example.mirror"
SETTINGS = "".join(f'\n[settings.{key}]\ntype = "string"\nrequired = true\ndoc = "{key}"\n'
                   for key in ("role", "socket"))
FOLLOWER = """
[kernel]
io_threads  = 1
plugin_path = ["{folder}"]

[[plugin]]
id      = "stn.store.mmap"
version = ">=0.1, <2"
[plugin.settings]
dir          = "{store}"
segment_size = "1MiB"
flush        = "sync"

[[plugin]]
id      = "org.example.mirror"
version = ">=0.1, <2"
[plugin.settings]
role   = "follow"
socket = "{socket}"
"""


class Leader(Host):
    def __init__(self, directory, folder, socket):
        super().__init__(directory, folder, [MIRROR], settings={
            MIRROR: f'[plugin.settings]\nrole   = "lead"\nsocket = "{socket}"\n'})
        self.manifest.write_text(self.manifest.read_text().replace('"1GiB"', '"1MiB"'))


def log_of(store):
    """Name and bytes of each file of the log, without the empty ones made ahead."""
    files = {path.name: path.read_bytes() for path in sorted((store / "commitlog").iterdir())}
    return {name: data for name, data in files.items() if data.count(0) != len(data)}


def follower(folder, store, socket, log):
    manifest = folder / "follower.toml"
    manifest.write_text(FOLLOWER.format(folder=folder, store=store, socket=socket))
    process = Process("follower", [stanchion_binary(), "run", manifest], log)
    process.wait_for_line("ready in ", 20)
    return process


def send(host, topic, numbers):
    with host.connect() as link:
        for number in numbers:
            fields = {**send_fields(topic, number % 3), "i": f"KEYS\x01k{number}\x02TAGS\x01t"}
            answer = link.call(310, fields, b"%d " % number * (number % 700))
            assert answer.code == 0, answer


def test_a_store_is_mirrored_byte_for_byte(scratch, name):
    folder = scratch / "mirror"
    folder.mkdir()
    build("mirror.cc", description(MIRROR, needs=["stn.log/1"], more=SETTINGS), folder, CLANG_CXX)
    socket, store = folder / "socket", folder / "copy" / "store"
    host = Leader(scratch / "mirror-host", folder, socket)
    copy = None
    try:
        host.start()
        host.admin().create_topic(name, queues=3)
        send(host, name, range(500))
        copy = follower(folder, store, socket, folder / "follower.log")
        send(host, name, range(500, 1500))
        original = host.data_dir / "store"

        def equal():
            return log_of(original) == log_of(store)
        wait_until(equal, 20, "the copy is equal", 0.1, copy.output)
        copy.kill()
        send(host, name, range(1500, 2500))
        assert not equal()
        copy = follower(folder, store, socket, folder / "follower.log")
        wait_until(equal, 20, "the copy is equal again, after a kill", 0.1, copy.output)
        assert len(log_of(store)) > 1, "the log has rolled"
        records = [pull_all(host, name, queue) for queue in range(3)]
        assert copy.stop() == 0 and host.stop() == [0]
        queues = sorted(p.relative_to(original) for p in original.glob(f"consumequeue/{name}/*/*"))
        assert len(queues) == 3
        for path in queues:
            assert (original / path).read_bytes() == (store / path).read_bytes(), path
        assert sum(len(queue) for queue in records) == 2500
    finally:
        if copy:
            copy.kill()
        host.destroy()
