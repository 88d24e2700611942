"""The same bytes through nginx in front of Koine and straight to Koine: what nginx passes on, Koine reads as nginx did; there is
never one answer more, or one less, than nginx expects."""

import random
import shutil
import socket
import subprocess

import pytest

import wire
from server import wait_until
from test_hostile import SMUGGLING

pytestmark = pytest.mark.slow

CONFIGURATION = """
daemon off; master_process off; pid {home}/pid; error_log stderr crit;
events {{ }}
http {{
  access_log off; client_body_temp_path {home}/b; proxy_temp_path {home}/p; fastcgi_temp_path {home}/f;
  uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
  upstream koine {{ server {backend}; keepalive 4; }}
  server {{
    listen unix:{home}/front;
    location / {{ proxy_ignore_client_abort on; proxy_pass http://koine; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


@pytest.fixture
def server(start_server):
    """nginx asks for it by the name of its upstream, and some requests by what is no name at all."""
    return start_server(settings={"http.hosts": "*"})


@pytest.fixture
def proxy(server, tmp_path):
    """The path of a socket on which nginx listens, with one keep-alive connection to the server behind."""
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(CONFIGURATION.format(home=tmp_path, backend=server.http))
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    process = subprocess.Popen([nginx, "-c", str(configuration), "-p", str(tmp_path)])
    try:
        wait_until(lambda: listens(tmp_path / "front"), "nginx listens")
        yield tmp_path / "front"
    finally:
        process.terminate()
        process.wait()


def listens(path):
    """The socket is in the directory before it can be connected to."""
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(str(path)) == 0


def through(path, data):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return wire.receive_all(connection)


MARK = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def variants(seed):
    """Requests with things in them on which servers differ; the last of them is a mark."""
    numbers = random.Random(seed)
    names = [b"Content-Length", b"Transfer-Encoding", b"X", b"Host", b"content-length", b"Connection"]
    values = [b"0", b"5", b"chunked", b"identity", b" 5", b"5 ", b"+5", b"0005", b"x", b"close", b"\tchunked", b"chunked,",
              b"", b"chunked, chunked", b"5,5"]
    bodies = [b"", b"hello", b"5\r\nhello\r\n0\r\n\r\n", b"0\r\n\r\n", b"05;x=y\r\nhello\r\n0\r\n\r\n",
              b"5 \r\nhello\r\n0\r\n\r\n", b"5\nhello\n0\n\n"]
    ends = [b"\r\n", b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r\r\n", b" \r\n"]
    separators = [b": ", b": ", b":", b" : ", b":\t"]
    for _ in range(400):
        head = b"POST /livez HTTP/1.1\r\nHost: localhost\r\n"
        for _ in range(numbers.randrange(3)):
            head += numbers.choice(names) + numbers.choice(separators) + numbers.choice(values) + numbers.choice(ends)
        yield head + b"\r\n" + numbers.choice(bodies)


def answers_of(data):
    return wire.statuses(data)


# nginx reads lines that end without CR, and passes on what it read as two requests.
@pytest.mark.parametrize("vector", sorted(SMUGGLING.keys() - {"bare_lf"}))
def test_smuggling_through_nginx(server, proxy, vector):
    """The hidden request never gets an answer of its own, and what the proxy asks next gets its own."""
    answer = through(proxy, SMUGGLING[vector])
    assert b"/hidden" not in answer
    assert answers_of(through(proxy, MARK)) == [200]


def test_what_nginx_passes_on_is_read_as_nginx_reads_it(server, proxy):
    for request in variants(7):
        passed = answers_of(through(proxy, request + MARK))
        straight = answers_of(wire.exchange(server.http, request + MARK))
        # Koine may refuse more than nginx, and then ends the connection; it never finds more requests.
        assert len(straight) <= max(len(passed), 1), (request, passed, straight)
        # Behind the proxy: the connection that it keeps to the server is still in step.
        assert answers_of(through(proxy, MARK)) == [200], request
