"""A temporary tree that keeps every rule, and helpers to break one of them."""
import pathlib
import sys

import pytest

LINT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(LINT))

import importlib  # noqa: E402

from repo import Tree  # noqa: E402

ABI = """/* base types */
#ifndef STANCHION_ABI_H
#define STANCHION_ABI_H
#include <stdint.h>
#define STN_ABI_DRAFT 1u
#define STN_OK 0
typedef struct stn_table {
  /* Says how many. [any] */
  uint32_t (*count)(void *self);
  int32_t (*start)(void *self, uint32_t with_a_long_name_so_that_the_line_must_break,
                   uint32_t with_another_long_name); /* [ctrl] once */
} stn_table;
#endif
"""
PLUGIN = """#include "stanchion/abi.h"
namespace stn::one {
class counter {
 public:
  counter() : a_{1}, b_(2) {}
  int run(const stn_table *t) {
    return t->start(nullptr, t->count(nullptr), STN_ABI_DRAFT) == STN_OK ? a_ : b_;
  }

 private:
  int a_;
  int b_;
};
}  // namespace stn::one
"""
README = """# one
## What it is
## What it provides and requires
## Files
- one: all of it
- abi
## Limits and keys
## How to test it alone
"""


class Place:
    """A tree on disk and the messages of a check over it."""

    def __init__(self, root):
        self.root = root

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def messages(self, check):
        return list(importlib.import_module(f"check_{check}").check(Tree(self.root)))

    def refuses(self, check, *words):
        """Exactly one message, which holds every word."""
        found = self.messages(check)
        assert len(found) == 1, found
        for word in words:
            assert word in found[0]


@pytest.fixture
def place(tmp_path):
    clean = Place(tmp_path)
    clean.write("api/include/stanchion/abi.h", ABI)
    clean.write("api/README.md", "# api\n")
    clean.write("plugins/one-two/src/one.cc", PLUGIN)
    clean.write("plugins/one-two/README.md", README)
    clean.write("kernel/src/one.cc", "int stn_one() { return 1; }\n")
    clean.write("kernel/README.md", README)
    clean.write(".clang-format", (LINT.parent / ".clang-format").read_text())
    lock = importlib.import_module("check_abi_lock")
    tree = Tree(tmp_path)
    clean.write("api/abi.lock", f"draft 1\nsha256 {lock.digest_of(tree)}\n")
    return clean
