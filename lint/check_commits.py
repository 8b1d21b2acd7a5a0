"""Commit subjects: `area: what changes`, at most 72 columns, lower case after the area, no full stop."""
import re
import subprocess

RULE = "a commit subject reads `area: what changes`, at most 72 columns, lower case, without a full stop"

COLUMNS_MAX = 72
COMMITS_MAX = 500
# Published history stays as it is: subjects that got in before anybody looked, one full hash a line.
LET_PASS = "lint/commits_let_pass.txt"
_SUBJECT = re.compile(r"^[a-z0-9_.][a-z0-9_./+-]*(?:, [a-z0-9_./+-]+)*: \S")


def judge(subject):
    """What is wrong with a subject, or None."""
    if len(subject) > COLUMNS_MAX:
        return f"has {len(subject)} columns, {COLUMNS_MAX} are the limit"
    if not _SUBJECT.match(subject):
        return "does not begin with an area and a colon"
    if re.match(r"[A-Z][a-z]", subject.split(": ", 1)[1]):
        return "goes on with a capital after the area"
    if subject.endswith("."):
        return "ends with a full stop"
    return None


def check(tree):
    if not (tree.root / ".git").exists():
        return
    command = ["git", "-C", str(tree.root), "log", "--no-merges", f"-{COMMITS_MAX}", "--format=%H %s", "HEAD"]
    passed = {line.split()[0] for line in tree.lines(LET_PASS) if line.strip()} if tree.exists(LET_PASS) else set()
    for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines():
        commit, _, subject = line.partition(" ")
        reason = judge(subject)
        if reason and commit not in passed:
            yield f"{commit[:9]}: \"{subject}\" {reason}; write the next one as `area: what changes`"
