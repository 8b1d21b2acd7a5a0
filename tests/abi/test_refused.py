"""Modules that must not run: each is refused with its error and exit status 78 before any of its code runs."""
import shutil
import struct

import pytest
from hosts import command, run, write_manifest
from modules import description, headers_with, misfit

ID = "org.example.misfit"


@pytest.fixture
def folder(tmp_path):
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    return plugins


def newer_minor(folder):
    compiler = headers_with(folder, ("STN_CORE_VERSION STN_VER(1, 0)", "STN_CORE_VERSION STN_VER(1, 1)"))
    misfit(folder, compiler=compiler, toml=description(ID, core="1.1"))


def newer_major(folder):
    compiler = headers_with(folder, ("STN_CORE_VERSION STN_VER(1, 0)", "STN_CORE_VERSION STN_VER(2, 0)"))
    misfit(folder, compiler=compiler, toml=description(ID, core="2.0"))


def other_draft(folder):
    misfit(folder, compiler=headers_with(folder, ("STN_ABI_DRAFT ", "STN_ABI_DRAFT 9")))


def without_notes(folder):
    misfit(folder, facts=(), without_manifest=True)


def without_description(folder):
    misfit(folder, without_manifest=True)


def without_facts(folder):
    misfit(folder, facts=())


def another_id(folder):
    misfit(folder, facts=("org.example.somebody", "0.1.0"))


def another_version(folder):
    misfit(folder, facts=(ID, "0.2.0"))


def another_core(folder):
    misfit(folder, toml=description(ID, core="1.1"))


def no_description(folder):
    misfit(folder, toml="id = [\n", id=ID)


def missing_interface(folder):
    misfit(folder, toml=description(ID, needs=["org.example.nothing/1"]))


def newer_interface(folder):
    misfit(folder, toml=description(ID, needs=["stn.store/1.999"]))


def cut_short(folder):
    path = misfit(folder)
    path.write_bytes(path.read_bytes()[:40])


def another_machine(folder):
    path = misfit(folder)
    data = bytearray(path.read_bytes())
    machine, = struct.unpack_from("<H", data, 18)
    struct.pack_into("<H", data, 18, 183 if machine == 62 else 62)
    path.write_bytes(data)


def another_plugin_version(folder):
    misfit(folder, version="0.0.9")


BEFORE_LOADING = [
    (newer_minor, "E204", "was built for core 1.1, this kernel has core 1.0"),
    (newer_major, "E204", "was built for core 2.0, this kernel has core 1.0"),
    (other_draft, "E204", "was built for draft 9"),
    (without_notes, "E203", "without the notes of a plugin"),
    (without_description, "E203", "notes are damaged or incomplete"),
    (without_facts, "E203", "notes are damaged or incomplete"),
    (another_id, "E207", "its plugin.toml says id org.example.misfit, its code says org.example.somebody"),
    (another_version, "E207", "its plugin.toml says version 0.1.0, its code says 0.2.0"),
    (another_core, "E207", "its plugin.toml says core 1.1, its code says 1.0"),
    (no_description, "E207", "TOML"),
    (missing_interface, "E205", "org.example.misfit needs org.example.nothing/1, nobody provides it"),
    (newer_interface, "E205", "org.example.misfit needs stn.store/1.999, stn.store.mmap provides stn.store/1."),
    (cut_short, "E203", "cut short"),
    (another_machine, "E206", "built for another machine"),
    (another_plugin_version, "E202", 'no installed version meets ">=0.1, <2"'),
]


@pytest.mark.parametrize("make,code,text", BEFORE_LOADING, ids=[make.__name__ for make, *_ in BEFORE_LOADING])
def test_refused_before_any_code_runs(tmp_path, folder, make, code, text):
    make(folder)
    manifest, mark = write_manifest(folder, [ID]), tmp_path / "mark"
    for done in (run(manifest, tmp_path / "data", mark), command("check", manifest, mark=mark),
                 command("plugins", "check", manifest, mark=mark)):
        assert done.returncode == 78, (done.args, done.stdout, done.stderr)
        line = next((line for line in done.stderr.splitlines() if f" {code} " in line), None)
        assert line and text in line, (done.args, done.stderr)
        assert line.startswith(f"{manifest}:"), "the error stands at the entry of the manifest"
        assert "nothing is running" in done.stderr
        assert "ready in" not in done.stdout
    assert not mark.exists(), "code of the module ran"
    assert not (tmp_path / "data").exists(), "something was started"


def test_every_refused_module_is_reported_in_one_run(tmp_path, folder):
    other = "org.example.needy"
    misfit(folder, facts=(ID, "0.2.0"))
    misfit(folder, id=other, toml=description(other, needs=["org.example.nothing/1"]))
    done = run(write_manifest(folder, [ID, other, "org.example.absent"]), tmp_path / "data", tmp_path / "mark")
    assert done.returncode == 78
    assert [code for code in ("E201", "E205", "E207") if f" {code} " in done.stderr] == ["E201", "E205", "E207"]
    assert "3 errors" in done.stderr
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("defines,description_of,code,text", [
    ({"CODE_ID": '"org.example.liar"'}, {}, "E207", "its code says org.example.liar 0.1.0"),
    ({}, {"provides": ["stn.filter/1"]}, "E207", "says that it provides stn.filter/1, its code does not answer for it"),
    ({"CODE_ANSWER": "STN_E_INCOMPATIBLE"}, {}, "E204", "refuses this kernel"),
], ids=["code_has_another_id", "code_lacks_an_interface", "code_refuses"])
def test_refused_by_its_code_before_anything_starts(tmp_path, folder, defines, description_of, code, text):
    misfit(folder, toml=description(ID, **description_of), **defines)
    manifest = write_manifest(folder, [ID])
    for done in (run(manifest, tmp_path / "data", tmp_path / "mark"), command("check", manifest)):
        assert done.returncode == 78, (done.args, done.stdout, done.stderr)
        assert f" {code} " in done.stderr and text in done.stderr, done.stderr
    assert not (tmp_path / "data").exists(), "something was started"
    assert (tmp_path / "mark").exists(), "only the code could tell, so it was loaded"


def test_a_refused_module_that_is_not_required_is_left_out(tmp_path, folder):
    missing_interface(folder)
    manifest, mark = write_manifest(folder, [ID], {ID: "required = false\n"}), tmp_path / "mark"
    done = command("check", manifest, mark=mark)
    assert done.returncode == 0, done.stderr
    assert "E205 warning" in done.stderr and "left out" in done.stderr
    assert not mark.exists()


def test_listing_loads_nothing(tmp_path, folder):
    mark, good, bad = tmp_path / "mark", "org.example.good", "org.example.bad"
    path = misfit(folder, id=good)
    listing = command("plugins", "list", "--plugin-path", folder, mark=mark)
    assert listing.returncode == 0, listing.stderr
    assert [line.split()[2] for line in listing.stdout.splitlines() if good in line] == ["ok"]
    assert command("plugins", "inspect", path, mark=mark).returncode == 0
    shutil.copy(misfit(folder, id=bad, facts=(bad, "0.2.0")), folder / "copy.so")
    listing = command("plugins", "list", "--plugin-path", folder, mark=mark)
    assert listing.returncode == 78
    assert sorted(line.split()[2] for line in listing.stdout.splitlines() if "org.example" in line) == \
        ["ok", "refused", "refused"]
    assert "E207" in listing.stderr
    inspected = command("plugins", "inspect", folder / "copy.so", mark=mark)
    assert inspected.returncode == 78 and "version      0.1.0" in inspected.stdout and "E207" in inspected.stderr
    assert not mark.exists(), "code of a module ran"


def test_a_good_module_leaves_its_mark(tmp_path, folder):
    misfit(folder)
    manifest, mark = write_manifest(folder, [ID]), tmp_path / "mark"
    assert command("plugins", "check", manifest, mark=mark).returncode == 0
    assert not mark.exists(), "plugins check reads notes only"
    done = command("check", manifest, mark=mark)
    plugins = manifest.read_text().count("[[plugin]]")
    assert done.returncode == 0 and f"ok, {plugins} plugins" in done.stdout, (done.stdout, done.stderr)
    assert mark.exists(), "check loads what its notes allow"
