"""Fixtures of the AMQP tests: a server, a connection, a channel, names.

`server` is ready to use. With Koine every test has its own; RabbitMQ, which takes seconds to start, is shared by
the tests that neither configure nor end it. `start_server(...)` always starts a new one.
"""

import os
import pathlib
import sys
import uuid

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent.parent)]

from certificates import Certificate  # noqa: E402
from server import Server  # noqa: E402

PEER_IS_RABBITMQ = os.environ.get("AMQP_PEER") == "rabbitmq"


def new_server(**options):
    if PEER_IS_RABBITMQ:
        from rabbitmq_peer import RabbitmqPeer
        return RabbitmqPeer(**options)
    return Server(**options)


def pytest_collection_modifyitems(items):
    if PEER_IS_RABBITMQ:
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
def shared_rabbitmq():
    with new_server() as server:
        yield server


@pytest.fixture
def server(request):
    if PEER_IS_RABBITMQ and not request.node.get_closest_marker("own_server"):
        return request.getfixturevalue("shared_rabbitmq")
    return request.getfixturevalue("start_server")()


@pytest.fixture
def name():
    """A name of its own for a queue or an exchange, also where a server is shared."""
    return "test-" + uuid.uuid4().hex[:12]


@pytest.fixture
def connect(server):
    """Opens pika's BlockingConnection as often as the test likes; all are closed afterwards."""
    from broker import close_quietly, open_connection
    opened = []

    def open_one(**options):
        opened.append(open_connection(server, **options))
        return opened[-1]

    yield open_one
    for connection in opened:
        close_quietly(connection)


@pytest.fixture
def connection(connect):
    return connect()


@pytest.fixture
def channel(connection):
    """Confirms what it publishes: a message is in its queues when publish() returns."""
    from broker import confirming
    return confirming(connection)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("certificates"))
