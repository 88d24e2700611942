"""Fixtures of all client tests: a server, a topic name, certificates.

`server` is ready to use. With Koine every test has its own; Apache Kafka, which takes seconds to start, is
shared by the tests that neither configure nor end it. `start_server(...)` always starts a new one.
"""

import os
import pathlib
import sys
import uuid

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
sys.path.insert(0, str(HERE))

from certificates import Certificate  # noqa: E402
from server import Server  # noqa: E402

collect_ignore = ["amqp"]  # has a conftest and a runner of its own

PEER_IS_KAFKA = "kafka" in (os.environ.get("KOINE"), os.environ.get("KOINE_TEST_PEER"))


def new_server(**options):
    if PEER_IS_KAFKA:
        from kafka_peer import KafkaPeer
        return KafkaPeer(**options)
    return Server(**options)


def pytest_configure(config):
    config.peer_is_kafka = PEER_IS_KAFKA


def pytest_collection_modifyitems(items):
    if PEER_IS_KAFKA:
        for item in items:
            if item.get_closest_marker("koine_only"):
                item.add_marker(pytest.mark.skip(reason="only Koine has this"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for number, server in enumerate(getattr(item, "servers", [])):
            report.sections.append((f"standard error of server {number}", server.stderr()[-20000:]))


@pytest.fixture
def start_server(request):
    """Starts as many servers as the test asks for; each must still be alive and end well afterwards."""
    request.node.servers = []

    def start(**options):
        server = new_server(**options)
        request.node.servers.append(server)
        return server.start()

    yield start
    problems = []
    for server in request.node.servers:
        try:
            server.close()
        except Exception as problem:  # every server is closed before the first problem is told
            problems.append(problem)
    if problems:
        raise problems[0]


@pytest.fixture(scope="session")
def shared_kafka():
    with new_server() as server:
        yield server


@pytest.fixture
def server(request):
    if PEER_IS_KAFKA and not request.node.get_closest_marker("own_server"):
        return request.getfixturevalue("shared_kafka")
    return request.getfixturevalue("start_server")()


@pytest.fixture
def name():
    """A name of its own for a topic or group, also where a server is shared."""
    return "test-" + uuid.uuid4().hex[:12]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("certificates"))
