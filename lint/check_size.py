"""Caps on the largest: a file has at most 600 lines, a function at most 70."""
import ast
import os

from functions import functions_of

RULE = "a file has at most 600 lines, a function at most 70"

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
SUFFIXES = (".h", ".c", ".cc", ".py", ".java", ".go", ".js", ".sh", ".cmake")
BRACED = (".h", ".c", ".cc", ".java")


def python_functions(text):
    """(name, first line, last line)"""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno


def check_functions(tree, name):
    text = tree.text(name)
    found = python_functions(text) if name.endswith(".py") else functions_of(text)
    for function, first, last in found:
        if last - first + 1 > FUNCTION_LINES_MAX:
            yield (f"{name}:{first}: {function} has {last - first + 1} lines, {FUNCTION_LINES_MAX} are the limit; "
                   "give its steps names of their own")


def check(tree):
    for name in tree.files():
        base = os.path.basename(name)
        if not (name.endswith(SUFFIXES) or base in ("x", "CMakeLists.txt")):
            continue
        lines = len(tree.lines(name))
        if lines > FILE_LINES_MAX:
            yield f"{name}: has {lines} lines, {FILE_LINES_MAX} are the limit; split it by what it does"
        if name.endswith(BRACED + (".py",)):
            yield from check_functions(tree, name)
