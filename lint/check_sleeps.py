"""Tests wait for a condition with a deadline, never for luck."""
import re

RULE = "no test sleeps for a fixed time; only a poll helper named after its deadline may"

SLEEP = re.compile(r"\b(?:sleep_" + r"for|sleep_until|usleep|nanosleep|Thread\.sl" + r"eep|TimeUnit\.\w+\.sleep|"
                   r"time\.sl" + r"eep|setTimeout|time\.Sl" + r"eep)\b")
# The one helper per language that polls until a condition holds or its deadline passes.
HELPER = re.compile(r"(^|/)(deadline|wait_until|poll_until|await|eventually)s?\.\w+$", re.I)
SUFFIXES = (".h", ".c", ".cc", ".py", ".java", ".go", ".js", ".ts", ".sh")


def is_test(name):
    return name.endswith(SUFFIXES) and (name.startswith("tests/") or "/tests/" in name)


def check(tree):
    for name in tree.files():
        if not is_test(name) or HELPER.search(name):
            continue
        for number, line in enumerate(tree.lines(name), 1):
            found = SLEEP.search(line.split("//")[0])
            if found:
                yield f"{name}:{number}: {found.group(0)}; poll for the condition with a deadline (helper: deadline.*)"
