"""WebSocket: python's websockets, npm's ws; topics: credit, positions, restarts."""

import json

import pytest
from events import produce
from node_programs import node_program
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


@pytest.fixture
def stream(server):
    return f"ws://{server.http}/v1/stream"


def say(socket, **command):
    socket.send(json.dumps(command))


def hear(socket):
    return json.loads(socket.recv(timeout=20))


@pytest.mark.parametrize("compression", ["deflate", None])
def test_as_many_messages_as_there_is_credit(server, stream, compression):
    produce(server, "orders", ["a" * 1000, "b", "c"])
    with connect(stream, subprotocols=["koine.json.v1"], compression=compression) as socket:
        assert socket.subprotocol == "koine.json.v1"
        say(socket, op="subscribe", id=1, topic="orders", **{"from": "start"}, credit=2)
        assert hear(socket)["op"] == "subscribed"
        assert hear(socket)["record"]["value"] == "a" * 1000
        assert hear(socket)["record"]["value"] == "b"
        say(socket, op="ping", seq=1)
        assert hear(socket) == {"op": "pong", "seq": 1}
        say(socket, op="credit", id=1, credit=1)
        assert hear(socket)["record"]["value"] == "c"


def test_one_socket_carries_many_subscriptions(server, stream):
    for topic in ("a", "b"):
        produce(server, topic, [topic])
    with connect(stream) as socket:
        for number, topic in enumerate(("a", "b")):
            say(socket, op="subscribe", id=number, topic=topic, **{"from": "start"}, credit=10)
        heard = [hear(socket) for _ in range(4)]
    assert {(message["id"], message["record"]["value"]) for message in heard if message["op"] == "message"} == {(0, "a"), (1, "b")}


def test_a_stopping_server_says_to_come_again(server, stream):
    produce(server, "orders", ["a"])
    with connect(stream) as socket:
        say(socket, op="subscribe", id=1, topic="orders", credit=1)
        assert hear(socket)["op"] == "subscribed"
        server.stop()
        with pytest.raises(ConnectionClosed) as closed:
            hear(socket)
        assert closed.value.rcvd.code == 1012
    server.start()


def test_ws_of_node_goes_on_after_a_restart(server, stream):
    produce(server, "orders", map(str, range(100)))
    with node_program("socket.mjs", stream, "orders") as program:
        values = [json.loads(program.stdout.readline())["value"] for _ in range(100)]
        server.restart()
        produce(server, "orders", ["100"])
        values.append(json.loads(program.stdout.readline())["value"])
        server.kill()
        server.start()
        produce(server, "orders", ["101"])
        values.append(json.loads(program.stdout.readline())["value"])
    assert values == list(map(str, range(102)))
