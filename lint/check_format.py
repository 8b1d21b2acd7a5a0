"""Layout is clang-format's business: nobody argues about it, ./x fmt does it."""
import re
import subprocess

RULE = "C and C++ sources are as clang-format leaves them (./x fmt)"

BATCH = 40


def check(tree):
    names = tree.sources()
    for begin in range(0, len(names), BATCH):
        batch = names[begin:begin + BATCH]
        command = ["clang-format", "--dry-run", "--ferror-limit=1", *batch]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tree.root)
        seen = set()
        for line in done.stderr.splitlines():
            found = re.match(r"(.*?):(\d+):\d+: (?:warning|error): code should be clang-formatted", line)
            if found and found.group(1) not in seen:
                seen.add(found.group(1))
                yield f"{found.group(1)}:{found.group(2)}: not formatted; ./x fmt does it, clang-format FILE | diff FILE - shows it"
