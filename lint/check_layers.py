"""Include arrows: who may include whom. The table is that of docs/architecture.md."""
import os
import posixpath
import re

from repo import line_of, without_comments

RULE = "a file includes only what its folder may know (docs/architecture.md, arrows)"

# From component to components it may include; its own is always allowed.
MAY_INCLUDE = {
    "api": (),
    "sdk/protocol": (),
    "sdk/plugin": ("api",),
    "sdk/client": ("sdk/protocol",),
    "kernel": ("api",),
    "plugins": ("api", "sdk/plugin", "sdk/protocol"),
    "tools": ("sdk/protocol", "sdk/client"),
    "tests": ("api", "sdk/plugin", "sdk/protocol", "sdk/client"),
    "bench": ("api", "sdk/plugin", "sdk/protocol", "sdk/client"),
}

# Header prefix of each package -> the name by which a README declares it.
PACKAGES = {
    "boost/": "Boost", "spdlog/": "spdlog", "fmt/": "spdlog", "toml++/": "toml++", "simdjson": "simdjson",
    "nlohmann/": "nlohmann", "isa-l": "libisal", "CLI/": "CLI11", "openssl/": "OpenSSL", "zlib.h": "zlib",
    "lz4": "lz4", "zstd": "zstd", "gtest/": "GoogleTest", "gmock/": "GoogleTest", "benchmark/": "Google Benchmark",
}
ALWAYS = {
    "kernel": ("Boost", "spdlog", "toml++"), "sdk/client": tuple(PACKAGES.values()),
    "tools": tuple(PACKAGES.values()), "tests": tuple(PACKAGES.values()), "bench": tuple(PACKAGES.values()),
}
BY_README = ("plugins", "sdk/protocol")
TEST_PACKAGES = ("GoogleTest", "Google Benchmark")

API_SYSTEM = ("stddef.h", "stdint.h", "string.h")
# The codec is pure: no IO, clock, log or thread.
IMPURE = re.compile(r"^(sys/|netinet/|arpa/|unistd\.h|fcntl\.h|poll\.h|pthread\.h|time\.h|c?stdio|stdio\.h|ctime$|"
                    r"chrono$|thread$|mutex$|shared_mutex$|condition_variable$|future$|fstream$|iostream$|filesystem$|atomic$)")
# Prefixes by which the project's own headers are told from the system's when the file itself is not found.
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^">\n]+)[">]', re.M)


def component_of(name):
    """("plugins", "plugins/store-mmap") for a file of that plugin; the second is the folder itself."""
    parts = name.split("/")
    if parts[0] in ("plugins", "sdk") and len(parts) > 2:
        folder = "/".join(parts[:2])
        return (folder if parts[0] == "sdk" else "plugins"), folder
    return parts[0], parts[0]


def is_test(name):
    return any(part in ("tests", "bench", "fuzz") for part in name.split("/")[:-1])


class Index:
    """Finds the file that an include names."""

    def __init__(self, tree):
        self.headers = {name for name in tree.files() if name.endswith((".h", ".hpp", ".inc"))}
        self.public = {}
        for name in self.headers:
            if "/include/" in name:
                self.public.setdefault(name.split("/include/", 1)[1], name)

    def resolve(self, includer, folder, target):
        here = posixpath.dirname(includer)
        for base in (here, f"{folder}/src", f"{folder}/include", f"{folder}/tests", folder, ""):
            path = posixpath.normpath(posixpath.join(base, target))
            if path in self.headers:
                return path
        if target in self.public:
            return self.public[target]
        tail = "/" + target.lstrip("./")
        return next((name for name in sorted(self.headers) if "/src/" in name and name.endswith(tail) and "/" in target), None)


def _check_own(name, kind, folder, found):
    """Why a project header may not be included here, or None."""
    other_kind, other_folder = component_of(found)
    if other_folder == folder:
        return None
    if other_kind == "plugins":
        return "what two plugins share is an interface in api/ or belongs in sdk/"
    if other_kind not in MAY_INCLUDE.get(kind, ()):
        allowed = ", ".join(MAY_INCLUDE.get(kind, ())) or "nothing of the project"
        return f"{kind} may include {allowed}"
    if "/include/" not in found:
        return f"that header is private to {other_folder}; include its public ones"
    return None


def _check_foreign(tree, name, kind, folder, target):
    """Why a system or package header may not be included here, or None."""
    package = next((pack for prefix, pack in PACKAGES.items() if target.startswith(prefix)), None)
    if kind == "api":
        return None if target in API_SYSTEM else f"api needs nothing but {', '.join(API_SYSTEM)}"
    if package is None:
        if kind == "sdk/protocol" and not is_test(name) and IMPURE.match(target):
            return "the codec does no IO, knows no clock, logger or thread"
        return None
    if package in ALWAYS.get(kind, ()) or (is_test(name) and package in TEST_PACKAGES):
        return None
    readme = f"{folder}/README.md"
    if kind in BY_README:
        if tree.exists(readme) and package.lower() in tree.text(readme).lower():
            return None
        return f"name the package {package} in {readme} and give it a line in docs/adr/"
    return f"{kind} may not use {package}"


def check(tree):
    index = Index(tree)
    for name in tree.sources():
        kind, folder = component_of(name)
        if kind not in MAY_INCLUDE:
            continue
        text = without_comments(tree.text(name))
        for match in _INCLUDE.finditer(text):
            target = match.group(2)
            found = index.resolve(name, folder, target)
            reason = (_check_own(name, kind, folder, found) if found
                      else _check_foreign(tree, name, kind, folder, target))
            if reason:
                yield f"{name}:{line_of(text, match.start())}: includes {target}; {reason}"
    yield from check_lists(tree)


def check_lists(tree):
    """A plugin's CMake list names no other plugin's folder."""
    for name in tree.files():
        if not (name.startswith("plugins/") and os.path.basename(name) == "CMakeLists.txt"):
            continue
        folder = component_of(name)[1]
        for number, line in enumerate(tree.lines(name), 1):
            named = re.search(r"(plugins/[a-z0-9-]+|\.\./\.\./[a-z0-9-]+)", line.split("#")[0])
            if named and named.group(1) != folder:
                yield f"{name}:{number}: names {named.group(1)}; a plugin builds without its neighbours"
