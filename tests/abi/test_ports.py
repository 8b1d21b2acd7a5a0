"""A port in use: which one, and what to change."""
import socket

import pytest
from hosts import command
from support.paths import REPO
from support.ports import free_broker_port, free_port


@pytest.mark.parametrize("which,setting,written,variable", [
    ("namesrv_port", "listen[0].address", "127.0.0.1:${namesrv_port}", "namesrv_port"),
    ("broker_port", "listen[1].address", "127.0.0.1:${broker_port}", "broker_port"),
    ("fast", "listen[2].address", "127.0.0.1:${broker_port-2}", "broker_port"),
])
def test_the_hint_names_setting_and_variable(tmp_path, which, setting, written, variable):
    ports = {"namesrv_port": free_port(), "broker_port": free_broker_port()}
    busy = ports.get(which, ports["broker_port"] - 2)
    manifest = REPO / "conf" / "standalone.toml"
    with socket.create_server(("127.0.0.1", busy)):
        done = command("run", manifest, data_dir=tmp_path / "data", **ports)
    assert done.returncode == 78, (done.returncode, done.stdout, done.stderr)
    error, hint = next((pair for pair in zip(done.stderr.splitlines(), done.stderr.splitlines()[1:])
                        if " E301 " in pair[0]), ("", ""))
    assert f"127.0.0.1:{busy}" in error and "in use" in error, done.stderr
    line = next(n for n, text in enumerate(manifest.read_text().splitlines(), 1) if written in text)
    assert error.startswith(f"{manifest}:{line}:"), "the error stands at the listener's line"
    assert hint == f'    hint: {setting} = "{written}": change it with --var {variable}=...'
    assert "ready in" not in done.stdout


def test_a_port_written_out_is_changed_in_the_manifest(tmp_path):
    port = free_port()
    text = (REPO / "conf" / "namesrv.toml").read_text().replace("0.0.0.0:${namesrv_port}", f"127.0.0.1:{port}")
    manifest = tmp_path / "namesrv.toml"
    manifest.write_text(text)
    with socket.create_server(("127.0.0.1", port)):
        done = command("run", manifest, data_dir=tmp_path / "data")
    assert done.returncode == 78, done.stderr
    assert "hint: change listen[0].address in the manifest" in done.stderr
