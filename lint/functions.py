"""Finds functions in C, C++ and Java by their braces: no compiler, no macros, good enough to count lines."""
import re

from repo import code_only, line_of

_SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|interface|record|extern)\b")
_CONSTRUCTOR_LIST = re.compile(r"\)\s*(?:noexcept\s*)?:(?!:)")
_ATTRIBUTES = re.compile(r"\b(?:alignas|__attribute__|STN_\w+)\s*\((?:[^()]|\([^()]*\))*\)|\[\[.*?\]\]|<[^<>;{}()]*>|@\w+(?:\s*\([^()]*\))?")


def _kind(head):
    """What the brace behind this text opens: "scope" (looked into), "function", or "data"."""
    plain = _ATTRIBUTES.sub(" ", head)
    if "(" not in plain:
        return "scope" if _SCOPE.search(plain) or not plain.strip() else "data"
    before_parameters = plain.split("(", 1)[0]
    if re.search(r"(?<![=!<>])=(?!=)", before_parameters) and "operator" not in before_parameters:
        return "data"
    return "function"


def _name(head):
    plain = _ATTRIBUTES.sub(" ", head)
    named = re.search(r"([~\w:]+|operator\s*\S+)\s*\(", plain)
    return named.group(1) if named else "?"


def _match(code, position):
    """Position of the brace that closes the one at position, or the end."""
    depth = 0
    for found in re.compile(r"[{}]").finditer(code, position):
        depth += 1 if found.group(0) == "{" else -1
        if depth == 0:
            return found.start()
    return len(code) - 1


def _drop_directives(code):
    return re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", lambda m: re.sub(r"[^\n]", " ", m.group(0)), code, flags=re.M)


def functions_of(text):
    """(name, first line, last line) of each function body, outermost ones only."""
    code = _drop_directives(code_only(text))
    position, start, parens = 0, 0, 0
    while position < len(code):
        char = code[position]
        parens = max(0, parens + (char == "(") - (char == ")"))
        if char == ";" and parens == 0 or char == "}":
            start, parens = position + 1, 0
        elif char == "{":
            position, start = _enter(code, position, start, parens)
            if isinstance(start, tuple):
                yield start[1], line_of(code, start[2]), line_of(code, position)
                start = position + 1
        position += 1


def _enter(code, position, start, parens):
    """At an opening brace: (position to go on behind, new start), start a tuple when a function was found."""
    head = code[start:position]
    before = head.rstrip()[-1:]
    in_list = _CONSTRUCTOR_LIST.search(head) and (before.isalnum() or before in "_>")
    if parens or in_list:
        return _match(code, position), start
    kind = _kind(re.sub(r"\b(public|private|protected)\s*:", " ", head))
    if kind == "scope":
        return position, position + 1
    end = _match(code, position)
    if kind == "data":
        return end, start
    begin = start + len(head) - len(head.lstrip())
    return end, ("function", _name(head), begin)
