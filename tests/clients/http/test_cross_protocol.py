"""One topic, every protocol: what Kafka, AMQP, HTTP and WebSocket clients write, event streams and WebSockets read; and the reverse."""

import json

import httpx
import pika
import pytest
from confluent_kafka import Consumer
from events import Events, produce
from server import wait_until
from websockets.sync.client import connect

DEADLINE_S = 30


@pytest.fixture
def topic(url):
    httpx.put(f"{url}/v1/topics/orders", json={"partitions": 1}).raise_for_status()
    return "orders"


@pytest.fixture
def channel(server):
    host, port = server.amqp.split(":")
    with pika.BlockingConnection(pika.ConnectionParameters(host, int(port))) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        yield channel


@pytest.fixture
def socket(server):
    with connect(f"ws://{server.http}/v1/stream") as socket:
        yield socket


def say(socket, **command):
    socket.send(json.dumps(command))


def hear(socket):
    return json.loads(socket.recv(timeout=DEADLINE_S))


def publish(socket, seq, **record):
    say(socket, op="publish", seq=seq, topic="orders", **record)
    answer = hear(socket)
    assert (answer["op"], answer["seq"]) == ("published", seq), answer
    return answer


def test_what_all_write_streams_read(server, url, topic, channel, socket):
    produce(server, topic, ["by kafka"], key="k1")
    channel.basic_publish(topic, "k2", b"by amqp")
    httpx.post(f"{url}/v1/topics/{topic}/records", content="by http", headers={"Koine-Key": "k3"}).raise_for_status()
    assert publish(socket, 1, key="k4", value="by websocket")["offset"] == 3
    expected = [("k1", "by kafka"), ("k2", "by amqp"), ("k3", "by http"), ("k4", "by websocket")]
    read = Events(url, topic, **{"from": "start"}).take(lambda records: len(records) == 4)
    assert [(record["key"], record["value"]) for record in read] == expected
    say(socket, op="subscribe", id=1, topic=topic, **{"from": "start"}, credit=10)
    assert hear(socket)["op"] == "subscribed"
    heard = [hear(socket)["record"] for _ in expected]
    assert heard == read


def test_what_a_websocket_writes_kafka_and_amqp_read(server, topic, channel, socket):
    channel.queue_declare("email", durable=True)
    channel.queue_bind("email", topic, "#")
    publish(socket, 1, key="k", value={"total": 12}, headers={"trace": "42"})
    publish(socket, 2, key="k", value_base64="/w==")
    consumer = Consumer({"bootstrap.servers": server.kafka, "group.id": "g", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    messages = []
    wait_until(lambda: messages.extend(filter(None, [consumer.poll(0.2)])) or len(messages) == 2, "records", DEADLINE_S,
               interval_s=0)
    consumer.close()
    assert [(message.key(), message.value()) for message in messages] == [(b"k", b'{"total":12}'), (b"k", b"\xff")]
    assert ("trace", b"42") in messages[0].headers()
    bodies = [channel.basic_get("email", auto_ack=True)[2] for _ in messages]
    assert bodies == [b'{"total":12}', b"\xff"]
