"""docs/first-plugin.md, followed to the letter: its files, its commands, and what it says comes out."""
import json
import os
import re
import subprocess

import pytest
from hosts import Host
from support.frames import send_fields
from support.paths import REPO, stanchion_binary
from support.records import parse, pull_request

PAGE = (REPO / "docs" / "first-plugin.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)


def shell(commands, folder, clone):
    done = subprocess.run(["bash", "-euc", commands], cwd=folder, capture_output=True, text=True, timeout=60,
                          env={**os.environ, "STANCHION": str(clone)})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def followed(scratch):
    """The folder after the steps up to `check`, and what they printed. The clone is this tree with the tested build."""
    clone, folder = scratch / "clone", scratch / "first-plugin"
    (clone / "out").mkdir(parents=True)
    (clone / "out" / "release").symlink_to(stanchion_binary().parents[1])
    for part in ("api", "conf"):
        (clone / part).symlink_to(REPO / part)
    folder.mkdir()
    (folder / "plugin.toml").write_text(blocks("toml")[0])
    (folder / "eq.c").write_text(blocks("c")[0])
    build, manifest, *_ = blocks("sh")
    return folder, shell(build, folder, clone), shell(manifest, folder, clone)


def test_the_commands_say_what_the_page_promises(followed):
    _, inspected, checked = followed
    assert "id           org.example.filter.eq" in inspected
    assert re.search(r"^my\.toml: ok, \d+ plugins$", checked, re.M), checked


def test_the_module_has_one_export_and_both_notes(followed):
    module = next((followed[0] / "my-plugins").glob("*.so"))
    names = subprocess.run(["nm", "-D", "--defined-only", module], capture_output=True, text=True, check=True).stdout
    assert [line.split()[-1] for line in names.splitlines()] == ["stn_plugin_v1"]
    notes = subprocess.run(["readelf", "-nW", module], capture_output=True, text=True, check=True).stdout
    data = notes.split(".note.stn.plugin", 1)[1]
    assert data.count("  STN ") == 2
    assert blocks("toml")[0].encode().hex(" ") in data


def test_the_regions_example_gets_what_it_asks_for(followed, scratch, name):
    """The producer's and the consumer's part of the Java example, as the frames that its client sends."""
    sent = re.search(r"new String\[\] \{(.*?)\}", blocks("java")[0]).group(1).replace('"', "").split(", ")
    expression = re.search(r'bySql\("(.*?)"\)', blocks("java")[0]).group(1)
    host = Host(scratch / "first-plugin-host", followed[0] / "my-plugins", ["org.example.filter.eq"])
    try:
        host.start()
        host.admin().create_topic(name, queues=1)
        with host.connect() as link:
            for region in sent:
                fields = {**send_fields(name, 0), "i": f"region\x01{region}\x02WAIT\x01true"}
                assert link.call(310, fields, b"from " + region.encode()).code == 0
            pull = {**pull_request("regions", name, 0, 0, expression=expression), "expressionType": "SQL92"}
            answer = link.call(11, pull)
            assert [r.body for r in parse(answer.body)] == [b"from eu"] * sent.count("eu")
            subscription = {"topic": name, "subString": "region", "expressionType": "SQL92", "subVersion": 1}
            body = {"clientId": "c", "group": "regions", "subscriptionData": subscription}
            refused = link.call(46, {}, json.dumps(body).encode())
            assert (refused.code, refused.remark) == (23, "expected name = 'value'")
        assert host.stop() == [0]
    finally:
        host.destroy()
