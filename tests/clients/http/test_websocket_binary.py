"""The binary form of WebSockets, koine.binary.v1, with python's websockets; the other side with Kafka's, AMQP's and HTTP's clients."""

import binary_form as form
import httpx
import pika
import pytest
from events import produce
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


@pytest.fixture
def socket(server):
    with connect(f"ws://{server.http}/v1/stream", subprotocols=["koine.json.v1", "koine.binary.v1"]) as opened:
        assert opened.subprotocol == "koine.binary.v1"
        yield opened


def hear(socket):
    return form.heard(socket.recv(timeout=20))


def test_records_come_as_they_are(server, socket):
    produce(server, "orders", [b"\x00\xff", None, b"x" * 100_000], key=b"k", headers=[("kind", b"\xfe"), ("none", None)])
    socket.send(form.subscribe_topic(1, "orders", credit=2))
    assert hear(socket)["op"] == "subscribed"
    first, second = hear(socket), hear(socket)
    assert (first["id"], first["partition"], first["offset"], first["key"], first["value"]) == (1, 0, 0, b"k", b"\x00\xff")
    assert first["headers"] == [("kind", b"\xfe"), ("none", None)]
    assert second["value"] is None
    socket.send(form.credit(1, 1))
    assert hear(socket)["value"] == b"x" * 100_000
    socket.send(form.subscribe_topic(2, "orders", credit=1, start=form.after(second["position"])))
    assert hear(socket)["op"] == "subscribed"
    assert hear(socket)["offset"] == 2
    socket.send(form.unsubscribe(2))
    assert hear(socket) == {"op": "end", "id": 2, "reason": "unsubscribed", "problem": None}


def test_what_is_published_is_there_for_everybody(server, url, socket):
    httpx.put(f"{url}/v1/topics/orders", json={"partitions": 2}).raise_for_status()
    httpx.put(f"{url}/v1/queues/email").raise_for_status()
    for number in range(300):
        if number % 2:
            socket.send(form.publish_to_queue(number, "email", str(number), b"\x90\x00\x0atext/plain\x02"))
        else:
            socket.send(form.publish_record(number, "orders", None, str(number), [("content-type", "text/plain")], partition=1))
    answers = [hear(socket) for _ in range(300)]
    assert [answer["seq"] for answer in answers] == list(range(300))
    assert answers[298] == {"op": "appended", "seq": 298, "partition": 1, "offset": 149}
    assert answers[299] == {"op": "routed", "seq": 299, "routed": 1}
    records = httpx.get(f"{url}/v1/topics/orders/records", params={"limit": 1000}).json()["records"]
    assert [record["value"] for record in records] == [str(number) for number in range(0, 300, 2)]
    with pika.BlockingConnection(pika.URLParameters(f"amqp://guest:guest@{server.addresses['amqp']}/%2F")) as connection:
        _, properties, body = connection.channel().basic_get("email", auto_ack=True)
    assert (properties.content_type, properties.delivery_mode, body) == ("text/plain", 2, b"1")


def test_messages_are_leased_and_settled(url, socket):
    httpx.put(f"{url}/v1/queues/email").raise_for_status()
    for number in range(4):
        socket.send(form.publish_to_exchange(number, "", "email", str(number), mandatory=True))
        assert hear(socket) == {"op": "routed", "seq": number, "routed": 1}
    socket.send(form.subscribe_queue(1, "email", credit=3))
    assert hear(socket) == {"op": "subscribed", "id": 1, "position": ""}
    messages = [hear(socket) for _ in range(3)]
    assert [(message["body"], message["redelivered"], message["routing_key"]) for message in messages] == [
        (b"0", False, "email"), (b"1", False, "email"), (b"2", False, "email")]
    leases = [message["lease"] for message in messages]
    socket.send(form.extend(1, leases, 60_000))
    assert hear(socket) == {"op": "extended", "seq": 1, "lost": []}
    socket.send(form.settle("ack", 2, leases[:1]))
    assert hear(socket) == {"op": "settled", "seq": 2, "lost": []}
    socket.send(form.settle("release", 3, leases[:2]))
    assert hear(socket) == {"op": "settled", "seq": 3, "lost": leases[:1]}
    socket.send(form.credit(1, 1))
    again = hear(socket)
    assert (again["body"], again["redelivered"]) == (b"1", True)


def test_mistakes_are_answered_and_text_is_not(socket):
    socket.send(form.publish_record(7, "nowhere", None, b"x"))
    error = hear(socket)
    assert (error["about"], error["number"], error["problem"]["status"]) == (1, 7, 404)
    socket.send(form.credit(3, 1) + b"x")
    assert hear(socket)["problem"]["detail"] == "bytes after the last field"
    socket.send("{}")
    with pytest.raises(ConnectionClosed) as closed:
        hear(socket)
    assert closed.value.rcvd.code == 1003
