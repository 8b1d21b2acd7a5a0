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


def served_codes():
    """Every request code that a plugin has a route for."""
    numbers = dict(re.findall(r"inline constexpr int32_t (\w+) = (\d+);",
                              (REPO / "sdk/protocol/include/stanchion/protocol/codes.h").read_text().split("response_code")[0]))
    for source in REPO.glob("plugins/*/src/*.cc"):
        for name in re.findall(r"\{(?:protocol::)?(?:request_)?code::(\w+), (?:0|STN_ROUTE)", source.read_text()):
            yield int(numbers[name])


def test_the_wire_page_lists_every_code_that_is_served():
    page = (REPO / "docs/wire.md").read_text()
    listed = {int(n) for row in re.findall(r"^\| ([\d, ]+)\b.*\|$", page, re.M) for n in re.findall(r"\d+", row)}
    listed |= {int(n) for n in re.findall(r"\*\*(\d+)\*\*", page)}
    served = set(served_codes())
    assert len(served) > 50, "the search for routes finds too little"
    assert not served - listed, f"not in docs/wire.md: {sorted(served - listed)}"
