"""Each function of the ABI says on which thread it may be called."""
import re

from repo import line_of

RULE = "each function pointer and function in api/include carries a thread tag in its comment"

TAG = re.compile(r"\[(ctrl|io|worker|any|pure|serial \w+)\]")
_PIECE = re.compile(r"/\*.*?\*/|//[^\n]*|\n[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.S)
_POINTER = re.compile(r"\(\s*\*\s*(\w+)\s*\)\s*\(")
_FUNCTION = re.compile(r"\b(stn_\w+)\s*\([^;{}]*\)\s*$", re.S)


def declarations(text):
    """(name, line, comments that belong to it) of each function pointer, function and function type."""
    code = _PIECE.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), text)
    start, depth_in_body = 0, 0
    for position, char in enumerate(code):
        if depth_in_body:
            depth_in_body += (char == "{") - (char == "}")
            start = position + 1
            continue
        if char not in ";{}":
            continue
        head = code[start:position]
        name = _name_of(head, char)
        if name:
            begin = start + len(head) - len(head.lstrip())
            yield name, line_of(text, begin), _before(text, code, begin) + _behind(text, position)
            depth_in_body = int(char == "{")
        start = position + 1


def _name_of(head, end):
    pointer = _POINTER.search(head)
    if pointer and end == ";":
        return pointer.group(1)
    function = _FUNCTION.search(head)
    return function.group(1) if function and "STATIC_ASSERT" not in head else None


def _before(text, code, begin):
    """Comments between the previous line of code and the declaration."""
    previous = len(code[:begin].rstrip())
    line_end = text.find("\n", previous)
    return text[line_end:begin] if 0 <= line_end < begin else ""


def _behind(text, position):
    """The rest of the declaration's last line, and the whole of a comment that opens there."""
    line_end = text.find("\n", position)
    rest = text[position:line_end if line_end >= 0 else len(text)]
    if "/*" in rest and "*/" not in rest:
        return text[position:text.find("*/", position)]
    return rest


def check(tree):
    for name in tree.sources("api/include"):
        for function, line, comments in declarations(tree.text(name)):
            if not TAG.search(comments):
                yield (f"{name}:{line}: {function} has no thread tag; write one of [ctrl] [io] [worker] [any] [pure] "
                       "[serial x] in the comment beside or above it")
