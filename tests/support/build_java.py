"""Builds the Java parts below out/java once; a stamp of the sources decides whether again."""
import fcntl
import hashlib
import os
import subprocess

from .paths import OUT, REPO

APACHE_VERSION = "4.9.7"
CLIENT_VERSIONS = ("4.9.8", "5.3.3")


def _stamp_of(folder):
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return digest.hexdigest()


def _maven(pom, goals, defines):
    command = ["mvn", "-q", "-B", "-f", str(pom), *goals, *[f"-D{k}={v}" for k, v in defines.items()]]
    offline = subprocess.run(command[:1] + ["-o"] + command[1:], capture_output=True)
    if offline.returncode:
        subprocess.run(command, check=True)


def _build(source, target, goals, defines):
    target.parent.mkdir(parents=True, exist_ok=True)
    stamp_file, stamp = target / "stamp", _stamp_of(source)
    with open(f"{target}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp_file.exists() and stamp_file.read_text() == stamp:
            return target
        _maven(source / "pom.xml", goals, defines)
        stamp_file.write_text(stamp)
    return target


def apache_class_path():
    """Class path of the original servers."""
    target = OUT / "java" / f"apache-{APACHE_VERSION}"
    _build(REPO / "tests" / "apache", target, ["dependency:copy-dependencies"],
           {"outputDirectory": target / "lib", "rocketmq.version": APACHE_VERSION})
    return f"{target}/lib/*"


def scenario_class_path(version):
    """Class path of the scenario runner on the stock client of this version."""
    target = OUT / "java" / f"scenarios-{version}"
    _build(REPO / "tests" / "conformance" / "java", target,
           ["compile", "dependency:copy-dependencies"],
           {"outputDirectory": target / "lib", "client.version": version, "out": target})
    return os.pathsep.join([f"{target}/classes", f"{target}/lib/*"])
