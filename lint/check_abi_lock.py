"""A changed ABI header shows: api/abi.lock holds the draft number and a digest of the headers' code."""
import hashlib
import pathlib
import re
import sys

from repo import Tree, without_comments

RULE = "a change of api/ headers raises STN_ABI_DRAFT and is recorded with ./x abi --lock"

LOCK = "api/abi.lock"


def digest_of(tree):
    """Over code alone: comments and layout are not part of the ABI, the draft number neither."""
    total = hashlib.sha256()
    for name in tree.sources("api/include"):
        text = re.sub(r"(#define STN_ABI_DRAFT) \S+", r"\1", without_comments(tree.text(name)))
        total.update(name.encode() + b"\0" + " ".join(text.split()).encode() + b"\0")
    return total.hexdigest()


def draft_of(tree):
    found = re.search(r"#define STN_ABI_DRAFT (\d+)u?", tree.text("api/include/stanchion/abi.h"))
    return int(found.group(1)) if found else 0


def locked(tree):
    """(draft, digest) as recorded, (-1, "") without a record."""
    if not tree.exists(LOCK):
        return -1, ""
    found = re.search(r"^draft (\d+)\nsha256 ([0-9a-f]{64})$", tree.text(LOCK), re.M)
    return (int(found.group(1)), found.group(2)) if found else (-1, "")


def check(tree):
    if not tree.exists("api/include/stanchion/abi.h"):
        return
    draft, digest = locked(tree)
    if draft < 0:
        yield f"{LOCK}: is missing or not readable; run ./x abi --lock"
    elif digest != digest_of(tree):
        if draft == draft_of(tree):
            yield f"{LOCK}: the headers changed since draft {draft}; raise STN_ABI_DRAFT in abi.h, then ./x abi --lock"
        else:
            yield f"{LOCK}: records draft {draft}, abi.h says {draft_of(tree)}; run ./x abi --lock"
    elif draft != draft_of(tree):
        yield f"{LOCK}: records draft {draft}, abi.h says {draft_of(tree)}; run ./x abi --lock"


def main():
    tree = Tree(pathlib.Path(__file__).resolve().parent.parent)
    draft, digest = draft_of(tree), digest_of(tree)
    (tree.root / LOCK).write_text(f"draft {draft}\nsha256 {digest}\n")
    print(f"{LOCK}: draft {draft}, {digest[:16]}")


if __name__ == "__main__":
    if sys.argv[1:] != ["--lock"]:
        sys.exit("usage: check_abi_lock.py --lock")
    main()
