"""Queues over WebSocket: python's websockets, npm's ws; leases, credit, workers that die, servers that do."""

import json

import httpx
import pika
import pytest
from node_programs import node_program
from websockets.sync.client import connect


@pytest.fixture
def stream(server):
    return f"ws://{server.http}/v1/stream"


@pytest.fixture
def queue(url):
    httpx.put(f"{url}/v1/queues/email").raise_for_status()
    return "email"


def say(socket, **command):
    socket.send(json.dumps(command))


def hear(socket):
    return json.loads(socket.recv(timeout=20))


def counts(url, queue):
    answer = httpx.get(f"{url}/v1/queues/{queue}").raise_for_status().json()
    return answer["ready"], answer["unsettled"]


def test_what_is_published_is_leased_and_acked(url, stream, queue):
    with connect(stream) as socket:
        for number in range(100):
            say(socket, op="publish", seq=number, queue=queue, value=str(number), message_id=f"m-{number}")
        assert [hear(socket) for _ in range(100)] == [{"op": "published", "seq": number, "routed": 1} for number in range(100)]
        say(socket, op="subscribe", id=1, queue=queue, credit=60)
        assert hear(socket) == {"op": "subscribed", "id": 1}
        messages = [hear(socket)["message"] for _ in range(60)]
        assert [message["value"] for message in messages] == [str(number) for number in range(60)]
        assert counts(url, queue) == (40, 60)
        leases = [message["lease"] for message in messages]
        say(socket, op="ack", seq=1, leases=leases[:50])
        assert hear(socket) == {"op": "settled", "seq": 1, "lost": []}
        # A lease is a lease, wherever it was given.
        assert httpx.delete(f"{url}/v1/queues/{queue}/leases/{leases[50]}").status_code == 204
        say(socket, op="ack", leases=leases[50:52])
        assert hear(socket) == {"op": "settled", "lost": [leases[50]]}
        say(socket, op="credit", id=1, credit=1)
        assert hear(socket)["message"]["value"] == "60"
        assert counts(url, queue) == (39, 9)


def test_a_worker_that_dies_loses_its_leases_in_order(server, url, stream, queue):
    with pika.BlockingConnection(pika.URLParameters(f"amqp://guest:guest@{server.addresses['amqp']}/%2F")) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        for number in range(5):
            channel.basic_publish("", queue, str(number).encode())
        with connect(stream) as socket:
            say(socket, op="subscribe", id=1, queue=queue, credit=3)
            assert [hear(socket)["op"] for _ in range(4)] == ["subscribed", "message", "message", "message"]
            socket.socket.close()
        seen = []
        for method, _, body in channel.consume(queue, inactivity_timeout=20):
            seen.append((body.decode(), method.redelivered))
            channel.basic_ack(method.delivery_tag)
            if len(seen) == 5:
                break
        channel.cancel()
    assert seen == [("0", True), ("1", True), ("2", True), ("3", False), ("4", False)]


def test_an_exchange_routes_what_is_published(url, stream, queue):
    httpx.put(f"{url}/v1/exchanges/shop", json={"type": "topic"}).raise_for_status()
    httpx.post(f"{url}/v1/bindings", json={"source": "shop", "target_kind": "queue", "target": queue,
                                           "routing_key": "order.*"}).raise_for_status()
    with connect(stream) as socket:
        say(socket, op="publish", seq=1, exchange="shop", routing_key="order.new", value={"id": 1}, headers={"kind": "test"})
        assert hear(socket) == {"op": "published", "seq": 1, "routed": 1}
        say(socket, op="publish", seq=2, exchange="shop", routing_key="other", value="x", mandatory=True)
        assert hear(socket)["problem"]["status"] == 404
        say(socket, op="subscribe", id=1, queue=queue, credit=1)
        assert hear(socket)["op"] == "subscribed"
        message = hear(socket)["message"]
    assert (message["value"], message["headers"], message["exchange"]) == ({"id": 1}, {"kind": "test"}, "shop")


def test_a_deleted_queue_ends_its_subscription(url, stream, queue):
    with connect(stream) as socket:
        say(socket, op="subscribe", id=1, queue=queue, credit=1)
        assert hear(socket)["op"] == "subscribed"
        httpx.delete(f"{url}/v1/queues/{queue}").raise_for_status()
        assert hear(socket) == {"op": "end", "id": 1, "reason": "queue_deleted"}


def test_ws_of_node_works_a_queue_off_through_restarts(server, url, stream, queue):
    def send(*values):
        for value in values:
            httpx.post(f"{url}/v1/queues/{queue}/messages", content=str(value)).raise_for_status()

    send(*range(50))
    with node_program("worker.mjs", stream, queue) as program:
        done = [program.stdout.readline().strip() for _ in range(50)]
        server.restart()
        send("after a restart")
        done.append(program.stdout.readline().strip())
        server.kill()
        server.start()
        send("after a kill")
        done.append(program.stdout.readline().strip())
    assert done == [*map(str, range(50)), "after a restart", "after a kill"]
    assert counts(url, queue) == (0, 0)
