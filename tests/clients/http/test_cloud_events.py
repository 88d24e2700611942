"""CloudEvents in queues: HTTP on one side, AMQP and Kafka clients on the other."""

import json

import httpx
import pika
import pytest
from confluent_kafka import Consumer

EVENT = {"specversion": "1.0", "id": "7", "source": "/shop", "type": "order.placed", "data": {"total": 5}}
BATCH = "application/cloudevents-batch+json"


@pytest.fixture
def channel(server):
    with pika.BlockingConnection(pika.URLParameters(f"amqp://guest:guest@{server.addresses['amqp']}/%2F")) as connection:
        yield connection.channel()


@pytest.fixture
def queue(url):
    httpx.put(f"{url}/v1/queues/events").raise_for_status()
    return "events"


def test_amqp_clients_get_what_http_sends(url, channel, queue):
    messages = f"{url}/v1/queues/{queue}/messages"
    httpx.post(messages, json=EVENT["data"], headers={
        "ce-specversion": "1.0", "ce-id": "7", "ce-source": "/shop", "ce-type": "order.placed"}).raise_for_status()
    httpx.post(messages, content=json.dumps(EVENT), headers={"Content-Type": "application/cloudevents+json"}).raise_for_status()
    exchange = f"{url}/v1/exchanges/amq.default/messages"
    sent = httpx.post(exchange, content=json.dumps([EVENT, EVENT]), headers={"Content-Type": BATCH, "Koine-Routing-Key": queue})
    assert sent.json() == {"routed": [1, 1]}
    _, properties, body = channel.basic_get(queue, auto_ack=True)
    assert properties.headers == {"cloudEvents:specversion": "1.0", "cloudEvents:id": "7", "cloudEvents:source": "/shop",
                                  "cloudEvents:type": "order.placed"}
    assert (properties.content_type, json.loads(body)) == ("application/json", EVENT["data"])
    for _ in range(3):
        _, properties, body = channel.basic_get(queue, auto_ack=True)
        assert (properties.content_type, json.loads(body)) == ("application/cloudevents+json", EVENT)


@pytest.mark.parametrize("prefix", ["cloudEvents:", "cloudEvents_"])
def test_http_clients_get_what_amqp_sends(url, channel, queue, prefix):
    headers = {prefix + name: EVENT[name] for name in ("specversion", "id", "source", "type")}
    channel.confirm_delivery()
    channel.basic_publish("", queue, json.dumps(EVENT["data"]), pika.BasicProperties("application/json", headers=headers))
    channel.basic_publish("", queue, json.dumps(EVENT), pika.BasicProperties("application/cloudevents+json"))
    events = httpx.get(f"{url}/v1/queues/{queue}/messages", headers={"Accept": BATCH}).json()
    assert events == [{**EVENT, "datacontenttype": "application/json"}, EVENT]
    leased = httpx.post(f"{url}/v1/queues/{queue}/leases", json={"max": 2}, headers={"Accept": BATCH}).json()
    for event in leased:
        assert httpx.delete(f"{url}/v1/queues/{queue}/leases/{event.pop('koinelease')}").status_code == 204
    assert leased == events


def test_events_for_a_topic_have_the_names_of_its_binding(server, url):
    httpx.put(f"{url}/v1/topics/orders", json={"partitions": 1}).raise_for_status()
    sent = httpx.post(f"{url}/v1/exchanges/orders/messages", json=EVENT["data"], headers={
        "ce-specversion": "1.0", "ce-id": "7", "ce-source": "/shop", "ce-type": "order.placed"})
    assert sent.json() == {"routed": 1}
    consumer = Consumer({"bootstrap.servers": server.kafka, "group.id": "g", "auto.offset.reset": "earliest"})
    consumer.subscribe(["orders"])
    record = consumer.poll(30)
    consumer.close()
    headers = dict(record.headers())
    assert (headers["ce_id"], headers["ce_source"], headers["content-type"]) == (b"7", b"/shop", b"application/json")
    events = httpx.get(f"{url}/v1/topics/orders/records", headers={"Accept": BATCH}).json()
    assert events == [{**EVENT, "datacontenttype": "application/json"}]
