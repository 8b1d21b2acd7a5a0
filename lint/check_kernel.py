"""The kernel is ignorant: it knows of no topic, broker or request code, so every feature can be replaced."""
import re

from repo import line_of

RULE = "kernel/ contains no word of the message domain and at most 3,000 lines of code"

WORDS = re.compile(r"rocket_?mq|\btopics?\b|\bbrokers?\b|namesrv|\bname[ _-]servers?\b|\bconsumers?\b|\bproducers?\b|"
                   r"\bcommit_?log\b|\bconsume_?queue", re.I)
LINES_MAX = 3000


def check(tree):
    names = [name for name in tree.sources("kernel") if "/tests/" not in name and "/fuzz/" not in name]
    for name in names:
        text = tree.text(name)
        for found in WORDS.finditer(text):
            yield (f"{name}:{line_of(text, found.start())}: \"{found.group(0)}\"; if the kernel needs it, "
                   "an interface in api/ is missing")
    lines = sum(len(tree.lines(name)) for name in names)
    if lines > LINES_MAX:
        yield f"kernel: has {lines} lines, {LINES_MAX} are the aim; move what is not wiring into a plugin"
