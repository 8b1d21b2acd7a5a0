"""What the pages show is true: examples compile, links lead somewhere, verbs exist."""
import pathlib
import re
import subprocess

import pytest

REPO = pathlib.Path(__file__).resolve().parents[2]
PAGES = sorted(path.relative_to(REPO) for path in [*REPO.glob("*.md"), *REPO.glob("docs/**/*.md")])


def block(language):
    text = (REPO / "docs/first-plugin.md").read_text()
    return re.search(rf"```{language}\n(.*?)```", text, re.S).group(1)


@pytest.fixture
def first_plugin(tmp_path):
    """The page's plugin, built with the page's command line."""
    (tmp_path / "plugin.toml").write_text(block("toml"))
    (tmp_path / "eq.c").write_text(block("c"))
    command = block("sh").split("gcc", 1)[1].split("\nout/")[0].replace("\\\n", " ").split()
    command = ["gcc", *command, "-Werror"]
    command[command.index("-I") + 1] = str(REPO / "api/include")
    (tmp_path / "my-plugins").mkdir()
    subprocess.run(command, cwd=tmp_path, check=True)
    return next((tmp_path / "my-plugins").glob("*.so"))


def test_first_plugin_builds_with_one_export(first_plugin):
    done = subprocess.run(["nm", "-D", "--defined-only", str(first_plugin)], capture_output=True, text=True, check=True)
    assert [line.split()[-1] for line in done.stdout.splitlines()] == ["stn_plugin_v1"]


def test_first_plugin_carries_both_notes(first_plugin):
    done = subprocess.run(["readelf", "-nW", str(first_plugin)], capture_output=True, text=True, check=True)
    data = done.stdout.split(".note.stn.plugin", 1)[1]
    assert data.count("  STN ") == 2
    assert block("toml").encode().hex(" ") in data


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page):
    text = (REPO / page).read_text()
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" not in target:
            assert (REPO / page.parent / target).exists(), f"{page} links to {target}, which is not there"


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_verbs_exist(page):
    known = set(re.findall(r"^#   (\w+) ", (REPO / "x").read_text(), re.M))
    for verb in re.findall(r"\./x ([a-z]+)", (REPO / page).read_text()):
        assert verb in known, f"{page} speaks of ./x {verb}"
