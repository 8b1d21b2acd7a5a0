"""What the pages show is true: links lead somewhere, verbs exist. tests/abi follows docs/first-plugin.md."""
import pathlib
import re

import pytest

REPO = pathlib.Path(__file__).resolve().parents[2]
PAGES = sorted(path.relative_to(REPO) for path in [*REPO.glob("*.md"), *REPO.glob("docs/**/*.md")])


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
