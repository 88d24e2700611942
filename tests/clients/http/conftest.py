"""Fixtures of the HTTP tests: a server of its own for every test, its address, a certificate."""

import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent.parent)]

from certificates import Certificate  # noqa: E402
from server import Server  # noqa: E402


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
        server = Server(**options)
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


@pytest.fixture
def server(start_server):
    return start_server()


@pytest.fixture
def url(server):
    return f"http://{server.http}"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("certificates"))
