"""Words that do not belong into the repository: paths of one machine, notes to oneself, who did the work."""
import re

RULE = "no machine paths, open notes, private host names or talk about who does the work"

# Written in pieces so that this file keeps its own rule.
PATTERNS = (
    (re.compile(r"(?<![\w.$}~*-])/(?:work|root|farm|tmp/bash_" + r"jobs)/[\w.]"),
     "a path of one machine; make it relative to the repository"),
    (re.compile(r"(?<![\w.$}-])/home/[a-z]\w*/"), "a path of one machine; make it relative to the repository"),
    (re.compile(r"\b(?:TO" + "DO|FIX" + "ME|HA" + r"CK)\b|\bXX" + r"X\b"),
     "an open note; do it, or say in the README what falls short"),
    (re.compile(r"\b(?:clau" + "de|anthro" + "pic|open" + "ai|chat" + "gpt|co" + "pilot)\\b|\\b(?:sub-?agents?|AI "
                + r"agents?|co-authored" + r"-by)\b", re.I), "the repository speaks of the project alone"),
    (re.compile(r"\bissues? #?\d+\b", re.I), "an issue by number; say what the matter is"),
    (re.compile(r"\b[\w.-]+\.(?:internal|corp|intranet)\b(?![.(])|\bartifact" + r"ory\b", re.I),
     "the name of a private host; ordinary clients know their registries"),
)
TEXT = (".h", ".c", ".cc", ".py", ".java", ".go", ".js", ".ts", ".sh", ".cmake", ".md", ".toml", ".txt", ".json",
        ".xml", ".yml", ".yaml", ".in")
NAMES = ("x", "CMakeLists.txt", "run", ".gitignore", ".clang-format", ".clang-tidy")


def is_text(name):
    return name.endswith(TEXT) or name.rsplit("/", 1)[-1] in NAMES


def check(tree):
    for name in tree.files():
        if not is_text(name) or name == "LICENSE":
            continue
        for number, line in enumerate(tree.lines(name), 1):
            for pattern, reason in PATTERNS:
                found = pattern.search(line)
                if found:
                    yield f"{name}:{number}: \"{found.group(0).strip()}\" is {reason}"
