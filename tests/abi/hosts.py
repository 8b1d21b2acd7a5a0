"""Servers and commands with modules of the tests in a plugin folder of their own."""
import os
import subprocess

from support.paths import REPO, stanchion_binary
from support.ports import free_broker_port, free_port
from support.stanchion import StanchionCluster


def write_manifest(folder, ids, settings=None):
    """conf/standalone.toml with `folder` as plugin path and one more [[plugin]] per id."""
    text = (REPO / "conf" / "standalone.toml").read_text()
    assert text.count("plugin_path = []") == 1
    text = text.replace("plugin_path = []", f'plugin_path = ["{folder}"]')
    more = "".join(f'\n[[plugin]]\nid      = "{id}"\nversion = ">=0.1, <2"\n' +
                   (settings or {}).get(id, "") for id in ids)
    manifest = folder / "manifest.toml"
    manifest.write_text(text.replace("\n[hooks]", more + "\n[hooks]"))
    return manifest


class Host(StanchionCluster):
    """Name server and broker in one process, with modules of `folder`."""

    def __init__(self, directory, folder, ids, env=None, settings=None):
        super().__init__(directory, layout="standalone", env=env)
        self.manifest = write_manifest(folder, ids, settings)

    def _run(self, name, manifest, *arguments, **options):
        return super()._run(name, self.manifest, *arguments, **options)


def command(*words, mark=None, **variables):
    """Runs `stanchion WORDS`; the modules leave their mark at `mark`."""
    line = [stanchion_binary(), *words]
    for name, value in variables.items():
        line += ["--var", f"{name}={value}"]
    env = {**os.environ, "STN_TEST_MARK": str(mark)} if mark else None
    return subprocess.run(line, capture_output=True, text=True, timeout=30, env=env)


def run(manifest, data_dir, mark=None):
    """`stanchion run` that is expected to end by itself."""
    return command("run", manifest, mark=mark, data_dir=data_dir, broker_port=free_broker_port(),
                   namesrv_port=free_port())
