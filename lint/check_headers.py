"""Public headers stand alone: each compiles by itself, api/ as C11 and C++20, sdk/ as C++20."""
import concurrent.futures
import os
import re
import subprocess

RULE = "a public header includes what it needs (api as C11 and C++20, sdk as C++20)"

FLAGS = ["-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-D_GNU_SOURCE"]
C11 = ["gcc", "-std=c11", "-x", "c", "-pedantic"]
CXX20 = ["g++", "-std=c++20", "-x", "c++", "-pedantic"]
# Where headers of a folder may come from, besides the folder itself.
INCLUDE_FOLDERS = ("api/include", "sdk/plugin/include", "sdk/protocol/include", "sdk/client/include")


def jobs(tree):
    for name in tree.sources("api/include", *INCLUDE_FOLDERS):
        if not name.endswith(".h"):
            continue
        for compiler in ([C11, CXX20] if name.startswith("api/") else [CXX20]):
            yield name, compiler


def compile_alone(tree, job):
    name, compiler = job
    own = [name.split("/include/")[0] + "/include"]
    if name.startswith("api/"):
        folders = own
    else:
        folders = [folder for folder in INCLUDE_FOLDERS if tree.exists(folder)]
    # Twice, so that a missing include guard shows as well.
    unit = f'#include "{name.split("/include/", 1)[1]}"\n' * 2
    command = compiler + FLAGS + [f"-I{tree.root / folder}" for folder in folders] + ["-"]
    done = subprocess.run(command, input=unit, capture_output=True, text=True)
    if done.returncode == 0:
        return None
    first = next((line for line in done.stderr.splitlines() if re.search(r"error", line)), done.stderr.strip()[:200])
    language = compiler[1].removeprefix("-std=")
    return f"{name}: does not compile alone as {language}: {first.replace(str(tree.root) + '/', '')}; include what it uses"


def check(tree):
    seen = sorted(set((name, tuple(compiler)) for name, compiler in jobs(tree)))
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        results = pool.map(lambda job: compile_alone(tree, (job[0], list(job[1]))), seen)
        yield from (message for message in results if message)
