"""Peers that lie, stall or flood. Whatever they do, others are served and memory is bounded."""

import contextlib
import socket
import subprocess

import h2.config
import h2.connection
import h2.events
import hyperframe.frame
import pytest

import wire
from server import wait_until

MIB = 1 << 20
SLACK_BYTES = 64 * MIB


@pytest.fixture(autouse=True)
def unharmed(server):
    """Afterwards a stock client is served, and resident memory did not grow out of bounds."""
    before = server.resident_bytes()
    yield
    done = subprocess.run(["curl", "-sS", f"http://{server.http}/livez"], capture_output=True, text=True)
    assert done.stdout == "ok\n", done.stderr
    wait_until(lambda: server.resident_bytes() < before + SLACK_BYTES, "resident memory within bounds", 10)


def post(fields, body=b""):
    return b"POST /livez HTTP/1.1\r\nHost: localhost\r\n" + fields + b"\r\n\r\n" + body


HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"

SMUGGLING = {
    "cl_te": post(b"Content-Length: 6\r\nTransfer-Encoding: chunked", b"0\r\n\r\nG" + HIDDEN),
    "te_cl": post(b"Transfer-Encoding: chunked\r\nContent-Length: 4", b"5c\r\n" + HIDDEN + b"0\r\n\r\n"),
    "te_te": post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", b"0\r\n\r\n" + HIDDEN),
    "te_space": post(b"Transfer-Encoding : chunked", b"0\r\n\r\n" + HIDDEN),
    "te_tab": post(b"Transfer-Encoding:\x0bchunked", b"0\r\n\r\n" + HIDDEN),
    "te_folded": post(b"Transfer-Encoding:\r\n chunked", b"0\r\n\r\n" + HIDDEN),
    "te_list": post(b"Transfer-Encoding: identity, chunked", b"0\r\n\r\n" + HIDDEN),
    "cl_twice": post(b"Content-Length: 0\r\nContent-Length: 35", HIDDEN),
    "cl_list": post(b"Content-Length: 0, 35", HIDDEN),
    "cl_plus": post(b"Content-Length: +35", HIDDEN),
    "cl_negative": post(b"Content-Length: -1", HIDDEN),
    "cl_hexadecimal": post(b"Content-Length: 0x0", HIDDEN),
    "bare_lf": b"POST /livez HTTP/1.1\nHost: localhost\nContent-Length: 0\n\n" + HIDDEN,
    "bare_cr": post(b"X: y\rContent-Length: 35", HIDDEN),
    "nul": post(b"X: \x00", HIDDEN),
    "two_hosts": post(b"Host: y", HIDDEN),
    "http_1_0_chunked": b"POST /livez HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
}


@pytest.mark.parametrize("vector", SMUGGLING)
def test_smuggling(server, vector):
    """One answer, an error, and the end: what comes behind is not looked at."""
    answer = wire.exchange(server.http, SMUGGLING[vector])
    assert wire.statuses(answer) in ([400], [501]), answer
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize("data, status", [
    (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 40_000 + b"\r\n\r\n", 431),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
    (b"GET / HTTP/3.0\r\nHost: localhost\r\n\r\n", 505),
    (b"GET /%0d%0aX:y HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404),
    (post(b"Content-Length: 99999999999999"), 405),
])
def test_large_and_wrong_heads(server, data, status):
    answer = wire.exchange(server.http, data)
    assert wire.statuses(answer) == [status]
    assert b"\r\nX:y" not in answer


def test_endless_pipelining_without_reading(server):
    with wire.connect(server.http, timeout_s=1) as connection:
        with contextlib.suppress(TimeoutError, ConnectionError):
            for _ in range(2000):
                connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)


def test_slow_heads_hold_nobody_up(server):
    slow = [wire.connect(server.http) for _ in range(200)]
    for connection in slow:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: ")
    assert wire.statuses(wire.exchange(server.http, b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")) == [200]
    for connection in slow:
        connection.close()


@pytest.mark.slow
def test_a_slow_head_is_given_up(server):
    with wire.connect(server.http, timeout_s=60) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\n")
        assert wire.receive_all(connection) == b""


class Http2Peer:
    """A connection on which frames may be sent that h2 itself would not send."""

    def __init__(self, server):
        self.socket = wire.connect(server.http)
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=True, validate_outbound_headers=False, normalize_outbound_headers=False))
        self.h2.initiate_connection()
        self.flush()

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def send(self, *frames):
        self.socket.sendall(b"".join(frame.serialize() for frame in frames))

    def headers(self, path="/livez", more=()):
        return self.h2.encoder.encode([(":method", "GET"), (":path", path), (":scheme", "http"), (":authority", "x"),
                                       *more])

    def error_at_end(self):
        """The error of GOAWAY, when the server has ended the connection; None without one."""
        return goaway_error(wire.receive_all(self.socket))

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.socket.close()


def goaway_error(data):
    error = None
    while len(data) >= 9:
        frame, length = hyperframe.frame.Frame.parse_frame_header(memoryview(data[:9]))
        if isinstance(frame, hyperframe.frame.GoAwayFrame):
            frame.parse_body(memoryview(data[9:9 + length]))
            error = frame.error_code or error
        data = data[9 + length:]
    return error


ENHANCE_YOUR_CALM = 11


def flood(peer, make_frames, count=5000):
    with contextlib.suppress(ConnectionError):
        for number in range(count):
            peer.send(*make_frames(number))
        return peer.error_at_end()
    return ENHANCE_YOUR_CALM  # it was cut off in the middle


def test_rapid_reset(server):
    with Http2Peer(server) as peer:
        def frames(number):
            stream = 2 * number + 1
            return [hyperframe.frame.HeadersFrame(stream, data=peer.headers(), flags=["END_HEADERS", "END_STREAM"]),
                    hyperframe.frame.RstStreamFrame(stream, error_code=8)]
        assert flood(peer, frames) == ENHANCE_YOUR_CALM


def test_resets_that_the_server_is_made_to_send(server):
    """MadeYouReset: a window update of 0 on a stream is an error of the stream."""
    with Http2Peer(server) as peer:
        def frames(number):
            stream = 2 * number + 1
            return [hyperframe.frame.HeadersFrame(stream, data=peer.headers(), flags=["END_HEADERS"]),
                    hyperframe.frame.WindowUpdateFrame(stream, window_increment=0)]
        with contextlib.suppress(AssertionError):
            assert flood(peer, frames) in (ENHANCE_YOUR_CALM, 1)


@pytest.mark.parametrize("frame", [
    lambda: hyperframe.frame.PingFrame(0, opaque_data=b"12345678"),
    lambda: hyperframe.frame.SettingsFrame(0, settings={4: 65535}),
])
def test_floods_of_cheap_frames(server, frame):
    with Http2Peer(server) as peer:
        assert flood(peer, lambda _: [frame()]) == ENHANCE_YOUR_CALM


def test_priorities_are_passed_over(server):
    with Http2Peer(server) as peer:
        for _ in range(20_000):
            peer.send(hyperframe.frame.PriorityFrame(1, depends_on=0, stream_weight=1))


def test_continuation_flood(server):
    with Http2Peer(server) as peer:
        peer.send(hyperframe.frame.HeadersFrame(1, data=peer.headers()))
        with contextlib.suppress(ConnectionError):
            for _ in range(1000):
                peer.send(hyperframe.frame.ContinuationFrame(1, data=b""))
        peer.error_at_end()


def test_streams_without_end_and_windows_that_stay_shut(server):
    with Http2Peer(server) as peer:
        peer.send(hyperframe.frame.SettingsFrame(0, settings={4: 0}))
        for number in range(100):
            peer.send(hyperframe.frame.HeadersFrame(2 * number + 1, data=peer.headers("/openapi.json"),
                                                    flags=["END_HEADERS", "END_STREAM"]))
        peer.socket.settimeout(1)
        with contextlib.suppress(TimeoutError):
            wire.receive_all(peer.socket)


def test_large_header_lists_are_not_kept(server):
    with Http2Peer(server) as peer:
        fields = [(f"x-{number}", "v" * 1000) for number in range(40)]
        block = peer.headers(more=fields)
        pieces = [block[start:start + 16000] for start in range(0, len(block), 16000)]
        peer.send(hyperframe.frame.HeadersFrame(1, data=pieces[0], flags=["END_STREAM"]))
        for piece in pieces[1:-1]:
            peer.send(hyperframe.frame.ContinuationFrame(1, data=piece))
        peer.send(hyperframe.frame.ContinuationFrame(1, data=pieces[-1], flags=["END_HEADERS"]))
        peer.socket.settimeout(10)
        events = []
        while not any(isinstance(event, h2.events.ResponseReceived) for event in events):
            # h2 knows nothing of the stream: what it is told is looked at as frames.
            data = peer.socket.recv(65536)
            assert data
            if b"431" in data or b"content-type" in data or len(data) > 60:
                break


def test_a_preface_that_goes_wrong(server):
    with wire.connect(server.http) as connection:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n" + b"\0" * 100)
        connection.shutdown(socket.SHUT_WR)
        wire.receive_all(connection)
