"""WebSockets over HTTP/2 (RFC 8441): python's h2 and wsproto; many sockets on one connection."""

import json
import socket
import ssl

import httpx
import pytest
import wire
from events import produce
from hyperframe.frame import DataFrame, Frame, GoAwayFrame
from socket_over_http2 import Http2Connection


def frames_of(data):
    while data:
        frame, size = Frame.parse_frame_header(memoryview(data[:9]))
        frame.parse_body(memoryview(data[9:9 + size]))
        yield frame
        data = data[9 + size:]


@pytest.mark.parametrize("deflate", [True, False])
def test_records_as_far_as_credit_goes(server, deflate):
    produce(server, "orders", ["a" * 1000, "b"])
    with Http2Connection(server.http) as connection:
        status, headers, stream = connection.open(more=[("sec-websocket-protocol", "koine.json.v1")], deflate=deflate)
        assert (status, headers["sec-websocket-protocol"]) == (200, "koine.json.v1")
        assert ("sec-websocket-extensions" in headers) is deflate
        assert "sec-websocket-accept" not in headers
        stream.say('{"op": "subscribe", "id": 1, "topic": "orders", "from": "start", "credit": 1}')
        assert json.loads(stream.hear())["op"] == "subscribed"
        assert json.loads(stream.hear())["record"]["value"] == "a" * 1000
        stream.say('{"op": "credit", "id": 1, "credit": 5}')
        assert json.loads(stream.hear())["record"]["value"] == "b"


def test_many_sockets_share_a_connection_with_requests(server, url):
    produce(server, "orders", map(str, range(200)), key="k")
    httpx.put(f"{url}/v1/queues/email").raise_for_status()
    with Http2Connection(server.http) as connection:
        sockets = [connection.open()[2] for _ in range(20)]
        for stream in sockets:
            stream.say('{"op": "subscribe", "id": 1, "topic": "orders", "from": "start", "credit": 1000}')
        for stream in sockets:
            assert json.loads(stream.hear())["op"] == "subscribed"
            assert [json.loads(stream.hear())["record"]["value"] for _ in range(200)] == list(map(str, range(200)))
        sockets[0].say(json.dumps({"op": "publish", "seq": 1, "queue": "email", "value": "x" * 300_000}))
        assert json.loads(sockets[0].hear()) == {"op": "published", "seq": 1, "routed": 1}
        sockets[1].say('{"op": "subscribe", "id": 2, "queue": "email", "credit": 1}')
        assert json.loads(sockets[1].hear())["op"] == "subscribed"
        assert json.loads(sockets[1].hear())["message"]["value"] == "x" * 300_000
        # A stream that is reset is a socket that is gone: its lease goes back.
        connection.h2.reset_stream(sockets[1].stream)
        connection.send()
        sockets[2].say('{"op": "subscribe", "id": 2, "queue": "email", "credit": 1}')
        assert json.loads(sockets[2].hear())["op"] == "subscribed"
        assert json.loads(sockets[2].hear())["message"]["redelivered"] is True


def test_a_stopping_server_says_to_come_again(server):
    produce(server, "orders", ["a"])
    with Http2Connection(server.http) as connection:
        stream = connection.open()[2]
        stream.say('{"op": "subscribe", "id": 1, "topic": "orders", "credit": 1}')
        assert json.loads(stream.hear())["op"] == "subscribed"
        server.stop()
        # h2 takes nothing after a GOAWAY, so this is looked at as frames.
        frames = list(frames_of(wire.receive_all(connection.socket)))
    goaway = next(frame for frame in frames if isinstance(frame, GoAwayFrame))
    assert (goaway.error_code, goaway.last_stream_id) == (0, stream.stream)
    assert any(isinstance(frame, DataFrame) and frame.data == b"\x88\x12\x03\xf4the server stops" for frame in frames)
    server.start()


def test_over_tls(start_server, certificate):
    server = start_server(tls=certificate)
    context = ssl.create_default_context(cafile=certificate.authority)
    context.set_alpn_protocols(["h2"])
    host, port = server.http.rsplit(":", 1)
    wrapped = context.wrap_socket(socket.create_connection((host, int(port)), timeout=20), server_hostname="localhost")
    assert wrapped.selected_alpn_protocol() == "h2"
    with Http2Connection(server.http, wrapped) as connection:
        stream = connection.open()[2]
        stream.say('{"op": "ping", "seq": 1}')
        assert json.loads(stream.hear()) == {"op": "pong", "seq": 1}


def test_what_is_no_handshake_is_refused(server):
    with Http2Connection(server.http) as connection:
        assert connection.open(more=[("sec-websocket-protocol", "mqtt")])[0] == 400
        assert connection.open(more=[("origin", "https://evil.example")])[0] == 403
        assert connection.open(path="/v1/topics")[0] == 501
        status, _, stream = connection.open()
        assert status == 200
        stream.say('{"op": "ping", "seq": 1}')
        assert json.loads(stream.hear()) == {"op": "pong", "seq": 1}
