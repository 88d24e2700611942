"""The same queues over AMQP and over HTTP: what one sends, the other takes, with all that the message says of itself."""

import json
import urllib.error
import urllib.request

import pika
import pytest

from server import wait_until

pytestmark = pytest.mark.koine_only


@pytest.fixture
def http(server):
    """http(method, path, body, **fields): status, decoded body."""

    def call(method, path, body=None, fields=None):
        if isinstance(body, (dict, list)):
            body, fields = json.dumps(body).encode(), {"Content-Type": "application/json", **(fields or {})}
        request = urllib.request.Request(f"http://{server.http}{path}", body, method=method, headers=fields or {})
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as problem:
            return problem.code, json.loads(problem.read())

    return call


def test_a_queue_declared_over_http_is_the_same_for_pika(http, channel):
    settings = {"message_ttl_ms": 60000, "priority_max": 9, "dead_letter_exchange": "dead"}
    assert http("PUT", "/v1/queues/email", settings)[0] == 201
    channel.queue_declare("email", durable=True, arguments={
        "x-message-ttl": 60000, "x-max-priority": 9, "x-dead-letter-exchange": "dead"})
    channel.queue_declare("sms", durable=True, arguments={"x-max-length": 5})
    assert http("PUT", "/v1/queues/sms", {"length_max": 5})[0] == 200
    status, problem = http("PUT", "/v1/queues/sms", {"length_max": 6})
    assert status == 409 and "length_max 5, expected 6" in problem["detail"]


def test_http_sends_and_pika_gets_all_of_it(http, channel):
    http("PUT", "/v1/queues/email")
    status, sent = http("POST", "/v1/queues/email/messages", b'{"total": 12}', {
        "Content-Type": "application/json", "Koine-Message-Id": "17", "Koine-Correlation-Id": "c", "Koine-Reply-To": "r",
        "Koine-Type": "order", "Koine-App-Id": "shop", "Koine-Priority": "3", "Koine-Expiration-Ms": "60000",
        "Koine-Header-City": "M%C3%BCnchen", "traceparent": "00-a-b-01",
        "ce-specversion": "1.0", "ce-id": "9", "ce-source": "/shop", "ce-type": "order.placed"})
    assert (status, sent) == (201, {"sent": 1})
    method, properties, body = channel.basic_get("email", auto_ack=True)
    assert body == b'{"total": 12}' and not method.redelivered
    assert properties.content_type == "application/json" and properties.message_id == "17"
    assert (properties.correlation_id, properties.reply_to, properties.type, properties.app_id) == ("c", "r", "order", "shop")
    assert properties.priority == 3 and properties.expiration == "60000" and properties.delivery_mode == 2
    assert properties.headers == {
        "City": "München", "traceparent": "00-a-b-01", "cloudEvents:specversion": "1.0", "cloudEvents:id": "9",
        "cloudEvents:source": "/shop", "cloudEvents:type": "order.placed"}


def test_pika_publishes_and_http_peeks(http, channel):
    channel.queue_declare("email", durable=True)
    channel.basic_publish("", "email", b"\xff\x00", pika.BasicProperties(
        message_id="1", headers={"n": 1, "list": ["a", True, None], "bytes": b"\xff"}))
    status, peeked = http("GET", "/v1/queues/email/messages")
    message, = peeked["messages"]
    assert status == 200 and message["value_base64"] == "/wA=" and message["message_id"] == "1"
    assert message["headers"]["n"] == 1 and message["headers"]["list"] == ["a", True, None]
    assert http("GET", "/v1/queues/email")[1]["ready"] == 1


def test_http_publishes_through_an_exchange_to_two_consumers(http, channel):
    http("PUT", "/v1/exchanges/shop", {"type": "topic"})
    for queue, key in (("email", "order.*"), ("sms", "#")):
        channel.queue_declare(queue, durable=True)
        http("POST", "/v1/bindings", {"source": "shop", "target": queue, "routing_key": key})
    assert http("POST", "/v1/exchanges/shop/messages", b"hello", {"Koine-Routing-Key": "order.new"})[1] == {"routed": 2}
    for queue in ("email", "sms"):
        method, _, body = channel.basic_get(queue, auto_ack=True)
        assert (method.exchange, method.routing_key, body) == ("shop", "order.new", b"hello")
    status, _ = http("POST", "/v1/exchanges/amq.direct/messages", b"x", {"Koine-Mandatory": "true"})
    assert status == 404


def test_a_message_that_pika_rejects_is_redriven_over_http(http, channel):
    http("PUT", "/v1/queues/dead")
    http("PUT", "/v1/queues/work", {"dead_letter_exchange": "", "dead_letter_routing_key": "dead"})
    channel.basic_publish("", "work", b"task")
    method, _, _ = channel.basic_get("work")
    channel.basic_nack(method.delivery_tag, requeue=False)
    wait_until(lambda: http("GET", "/v1/queues/dead")[1]["ready"] == 1, "the dead letter")
    holder, = http("GET", "/v1/dead-letters")[1]["items"]
    assert holder["from"] == [{"queue": "work", "reason": "rejected", "exchange": "", "routing_key": "work", "count": 1}]
    assert http("POST", "/v1/queues/dead/redrive", {})[1]["destinations"] == {"work": 1}
    method, properties, body = channel.basic_get("work", auto_ack=True)
    assert body == b"task" and properties.headers["x-death"][0]["count"] == 1


def test_an_exclusive_queue_is_seen_and_not_touched(http, channel):
    channel.queue_declare("mine", exclusive=True)
    assert http("GET", "/v1/queues/mine")[1]["exclusive"] is True
    for method, path in (("DELETE", ""), ("DELETE", "/messages"), ("PUT", "")):
        status, problem = http(method, f"/v1/queues/mine{path}")
        assert status == 409 and "belongs to one connection" in problem["detail"]


def test_http_leases_what_pika_publishes_and_settles_it(http, channel):
    channel.queue_declare("work", durable=True, arguments={"x-delivery-limit": 5})
    for number in range(4):
        channel.basic_publish("", "work", str(number).encode())
    leased = http("POST", "/v1/queues/work/leases", {"max": 4, "lease_ms": 60000})[1]["messages"]
    assert [message["value"] for message in leased] == ["0", "1", "2", "3"]
    assert channel.basic_get("work")[0] is None
    acked, released, rejected, late = (message["lease"] for message in leased)
    status, outcome = http("POST", "/v1/queues/work/leases/settle",
                           {"ack": [acked], "release": [released], "reject": [rejected]})
    assert (status, outcome) == (200, {"settled": 3, "lost": []})
    method, _, body = channel.basic_get("work", auto_ack=True)
    assert body == b"1" and method.redelivered
    assert http("PATCH", f"/v1/queues/work/leases/{late}", {"lease_ms": 1})[0] == 204
    for method, _, body in channel.consume("work", auto_ack=True, inactivity_timeout=30):
        assert body == b"3" and method.redelivered
        break
    channel.cancel()
    assert http("DELETE", f"/v1/queues/work/leases/{late}")[0] == 409


def test_pika_and_a_long_poll_take_turns(http, channel, connection):
    """A lease that waits is served as any consumer is."""
    import threading
    channel.queue_declare("work", durable=True)
    got = []
    channel.basic_consume("work", lambda *arguments: got.append(arguments[3]), auto_ack=True)
    leased = []
    poll = threading.Thread(target=lambda: leased.extend(
        http("POST", "/v1/queues/work/leases", {"max": 1, "wait_ms": 30000})[1]["messages"]))
    poll.start()
    while http("GET", "/v1/queues/work")[1]["consumers"] < 2:
        connection.process_data_events(0.05)
    for number in range(4):
        channel.basic_publish("", "work", str(number).encode())
    poll.join(30)
    while len(got) < 3:
        connection.process_data_events(0.05)
    assert len(leased) == 1
    assert sorted(got + [leased[0]["value"].encode()]) == [b"0", b"1", b"2", b"3"]
