"""Built objects show the outside nothing but the entry: one symbol per plugin, none from the kernel."""
import os
import pathlib
import re
import subprocess

RULE = "a built plugin exports exactly stn_plugin_v1, the program nothing, and it needs libc, libm and the loader only"

ENTRY = "stn_plugin_v1"
KERNEL_NEEDS = re.compile(r"^(libc\.so|libm\.so|ld-linux)")


def exported(path):
    """Defined dynamic symbols, without copies of the C library's own data."""
    done = subprocess.run(["nm", "-D", "--defined-only", str(path)], capture_output=True, text=True, check=True)
    symbols = [line.split()[-1] for line in done.stdout.splitlines() if line.strip()]
    return [symbol for symbol in symbols if "@GLIBC" not in symbol]


def needed(path):
    done = subprocess.run(["readelf", "-d", str(path)], capture_output=True, text=True, check=True)
    return re.findall(r"\(NEEDED\).*\[(.*?)\]", done.stdout)


def build_folder(tree):
    return pathlib.Path(os.environ.get("STN_OUT", tree.root / "out")) / os.environ.get("STN_PRESET", "release")


def check(tree):
    build = build_folder(tree)
    modules = sorted((build / "lib/stanchion/plugins/1").glob("*.so"))
    program = build / "bin/stanchion"
    if not modules or not program.exists():
        yield f"out/{build.name}: nothing built to look at; run ./x build first"
        return
    for module in modules:
        symbols = exported(module)
        if symbols != [ENTRY]:
            shown = ", ".join(symbols[:5]) or "nothing"
            yield f"{module.name}: exports {shown}; only {ENTRY} may be visible (build it with stn_add_plugin)"
    yield from check_program(program)


def check_program(program):
    for symbol in exported(program):
        yield f"{program.name}: exports {symbol}; nobody may depend on the kernel's insides (no -rdynamic)"
    for library in needed(program):
        if not KERNEL_NEEDS.match(library):
            yield f"{program.name}: needs {library}; link it statically or move its use into a plugin"
