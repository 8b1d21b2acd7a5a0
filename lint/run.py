#!/usr/bin/env python3
"""Runs the checks of this folder over the repository: python3 lint/run.py [CHECK...]

A check is a module check_<name>.py with RULE, one sentence, and check(tree), which yields messages
"file:line: what is wrong; what to do". Ends with "N passed, N failed"; exit status 1 when a check failed.
"""
import importlib
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
MESSAGES_MAX = 40  # per check: enough to see the pattern


def names_of_checks():
    return sorted(path.stem.removeprefix("check_") for path in HERE.glob("check_*.py"))


def run_check(name, tree):
    """The messages of one check, empty when the tree keeps the rule."""
    module = importlib.import_module(f"check_{name}")
    return module.RULE, list(module.check(tree))


def report(name, rule, messages, seconds):
    if not messages:
        print(f"ok    {name} ({seconds:.1f} s)")
        return
    print(f"FAIL  {name}: {rule}")
    for message in messages[:MESSAGES_MAX]:
        print(f"      {message}")
    if len(messages) > MESSAGES_MAX:
        print(f"      ... and {len(messages) - MESSAGES_MAX} more")


def main(arguments):
    sys.path.insert(0, str(HERE))
    from repo import Tree
    known = names_of_checks()
    wanted = [name.removeprefix("check_") for name in arguments] or known
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"no check named {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    tree, failed = Tree(HERE.parent), 0
    for name in wanted:
        begin = time.monotonic()
        rule, messages = run_check(name, tree)
        report(name, rule, messages, time.monotonic() - begin)
        failed += bool(messages)
    print(f"{len(wanted) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
