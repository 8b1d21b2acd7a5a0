"""Fixtures of all process-level suites."""
import itertools
import pathlib
import re
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from support.build_java import CLIENT_VERSIONS  # noqa: E402
from support.java_client import JavaClient  # noqa: E402
from support.paths import stanchion_binary  # noqa: E402
from support.target import TARGET, make_cluster  # noqa: E402

_numbers = itertools.count(1)


def pytest_report_header():
    binary = f" ({stanchion_binary()})" if TARGET == "stanchion" else ""
    return f"system under test: {TARGET}{binary}"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """Adds what servers and clients logged to the report of a failed test."""
    outcome = yield
    report = outcome.get_result()
    if report.when == "call" and report.failed:
        for name, value in item.funcargs.items():
            if hasattr(value, "logs"):
                report.sections.append((f"logs of {name}", value.logs()))


@pytest.fixture(scope="session")
def scratch(tmp_path_factory):
    """A folder for the session; stores in it are removed at the end."""
    folder = tmp_path_factory.mktemp("servers")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def new_cluster(scratch):
    """Makes started clusters of the chosen kind; all are destroyed at the end."""
    made = []

    def make(start=True, **options):
        made.append(make_cluster(scratch / f"cluster-{len(made)}", **options))
        return made[-1].start() if start else made[-1]
    yield make
    for cluster in made:
        cluster.destroy()


@pytest.fixture(scope="session")
def cluster(new_cluster):
    """The cluster shared by tests that do not restart anything; it must stop cleanly at the end."""
    shared = new_cluster()
    yield shared
    statuses = shared.stop()
    if TARGET == "stanchion":
        assert set(statuses) == {0}, f"SIGTERM must end with 0, got {statuses}"


@pytest.fixture(scope="session")
def java_processes(scratch):
    running = {}

    def get(version):
        if version not in running:
            running[version] = JavaClient(version, scratch / f"java-{version}")
        return running[version]
    yield get
    for java in running.values():
        java.close()


@pytest.fixture(params=CLIENT_VERSIONS)
def java(request, java_processes):
    """Stock clients of one version; what a test starts is stopped after it."""
    client = java_processes(request.param)
    yield client
    client.stop_all()


@pytest.fixture
def name(request):
    """A name of its own for topics and groups of this test."""
    base = re.sub(r"[^a-zA-Z0-9]+", "_", request.node.name).strip("_")
    return f"{base[:60]}_{next(_numbers)}"


@pytest.fixture
def topic(cluster, name):
    """A fresh topic with four queues on the shared cluster."""
    cluster.admin().create_topic(name)
    return name
