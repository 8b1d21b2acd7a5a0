"""No symbol in api/ that nobody uses: every function is called, every constant is named, outside its own header."""
import re

from check_thread_tags import declarations
from repo import code_only, line_of

RULE = "a symbol of the ABI has a caller in kernel, plugins, sdk or tests (one without is cut)"

USERS = ("kernel", "plugins", "sdk", "tests", "tools", "bench")
_DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(STN_\w+)", re.M)


def words_and_calls(tree):
    """All words of the using code, and the names called through a pointer or object."""
    words, calls = set(), set()
    for name in tree.sources(*USERS):
        text = code_only(tree.text(name))
        words.update(re.findall(r"\bSTN_\w+", text))
        calls.update(re.findall(r"(?:->|\.)\s*(\w+)\s*\)?\s*\(", text))
        calls.update(re.findall(r"\b(stn_\w+)\s*\(", text))
        # A table is tested with STN_HAS(table, type, member) or handed on as &api::member.
        calls.update(re.findall(r"::(\w+)\b", text))
        words.update(re.findall(r"\bstn_\w+", text))
    return words, calls


def check(tree):
    words, calls = words_and_calls(tree)
    headers = tree.sources("api/include")
    for name in headers:
        text = tree.text(name)
        for function, line, _ in declarations(text):
            if function not in calls and function not in words:
                yield f"{name}:{line}: {function} is called by nobody; call and test it, or cut it"
        for match in _DEFINE.finditer(text):
            constant = match.group(1)
            uses = sum(len(re.findall(rf"\b{constant}\b", code_only(tree.text(other)))) for other in headers)
            if not constant.endswith("_H") and constant not in words and uses < 2:
                yield f"{name}:{line_of(text, match.start())}: {constant} is used by nobody; use it or cut it"
