"""A README per component; those of plugins, kernel and sdk have the five headings and name their source files."""
import posixpath
import re

RULE = "each component has a README.md; kernel, sdk and plugins with the five headings and a line per file"

FOLDERS = ("api", "kernel", "tests", "bench", "tools", "lint", "docs/adr")
PARENTS = ("sdk", "plugins")
HEADINGS = {
    "what it is": r"what it is",
    "what it provides and requires": r"what it provides",
    "files": r"files",
    "limits and keys": r"limits",
    "how to test it alone": r"how to test",
}


def components(tree):
    """(folder, must it have the five headings)"""
    for folder in FOLDERS:
        if any(name.startswith(f"{folder}/") for name in tree.files()):
            yield folder, folder == "kernel"
    for parent in PARENTS:
        for child in tree.children(parent):
            yield f"{parent}/{child}", True


def check_component(tree, folder, with_headings):
    readme = f"{folder}/README.md"
    if not tree.exists(readme):
        yield f"{readme}: is missing; say what the folder is in a page"
        return
    if not with_headings:
        return
    text = tree.text(readme)
    # A heading is a line of its own or the bold opening of a paragraph.
    titles = [title.strip().lower() for title in re.findall(r"^(?:#+|\*\*)(.*)$", text, re.M)]
    for heading, pattern in HEADINGS.items():
        if not any(re.match(pattern, title) for title in titles):
            yield f"{readme}: has no heading \"{heading}\"; add it, one short section"
    for name in tree.sources(f"{folder}/src", f"{folder}/include"):
        stem = posixpath.splitext(posixpath.basename(name))[0]
        if not re.search(rf"\b{re.escape(stem)}\b", text):
            yield f"{readme}: does not mention {name.removeprefix(folder + '/')}; give each file one line"


def check(tree):
    for folder, with_headings in components(tree):
        yield from check_component(tree, folder, with_headings)
