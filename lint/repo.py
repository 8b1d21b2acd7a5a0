"""The tree under inspection: which files there are, their text, and C and C++ source without its comments."""
import pathlib
import re
import subprocess

SOURCE_SUFFIXES = (".h", ".c", ".cc")
NOT_OURS = ("out/", ".git/")


class Tree:
    """A work tree. Files known to git or new and not ignored; without git (tests of lint) every file."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self._files = None
        self._texts = {}

    def files(self):
        if self._files is None:
            self._files = sorted(name for name in self._list() if (self.root / name).is_file())
        return self._files

    def _list(self):
        if (self.root / ".git").exists():
            command = ["git", "-C", str(self.root), "ls-files", "-z", "-co", "--exclude-standard"]
            listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            return [name for name in listing.split("\0") if name]
        names = (str(p.relative_to(self.root)) for p in self.root.rglob("*"))
        return [name for name in names if not name.startswith(NOT_OURS)]

    def sources(self, *folders):
        """C and C++ files, all or those below one of the folders."""
        prefixes = tuple(f"{folder}/" for folder in folders)
        return [name for name in self.files()
                if name.endswith(SOURCE_SUFFIXES) and (not prefixes or name.startswith(prefixes))]

    def text(self, name):
        if name not in self._texts:
            self._texts[name] = (self.root / name).read_text(encoding="utf-8", errors="replace")
        return self._texts[name]

    def lines(self, name):
        return self.text(name).splitlines()

    def children(self, folder):
        """Names of the folders directly below."""
        depth = folder.count("/") + 1
        return sorted({name.split("/")[depth] for name in self.files()
                       if name.startswith(f"{folder}/") and name.count("/") > depth})

    def exists(self, name):
        return (self.root / name).exists()


_BLANKABLE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^()\s]{0,16})\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\'',
    re.S)


def _blank(match):
    """Spaces of the same shape: line numbers and columns stay."""
    text = match.group(0)
    blanked = re.sub(r"[^\n]", " ", text)
    return blanked if text.startswith("/") else '"' + blanked[1:-1] + '"'


def code_only(text):
    """C or C++ source with comments, strings and character literals blanked."""
    return _BLANKABLE.sub(_blank, text)


def without_comments(text):
    """C or C++ source with comments blanked and strings kept."""
    return _BLANKABLE.sub(lambda m: _blank(m) if m.group(0).startswith("/") else m.group(0), text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1
