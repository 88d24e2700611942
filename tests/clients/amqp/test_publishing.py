"""Publishing: confirms, returns, refusals, properties, sizes."""

import datetime
import decimal

import pika
import pytest
from pika.exceptions import NackError, UnroutableError

from broker import (Consumer, assert_empty, channel_refused, confirming, connection_refused, declare,
                    declare_exchange, publish, serve_until, take, take_texts)

MIB = 1 << 20


def test_confirm_comes_for_every_message(channel, name):
    declare(channel, name)
    publish(channel, name, *range(200))  # each waits for its confirm
    assert take_texts(channel, name, 200) == [str(number) for number in range(200)]


def test_unroutable_and_not_mandatory_is_confirmed(channel, name):
    publish(channel, name + "-nowhere", "gone")


def test_mandatory_returns_what_goes_nowhere(channel, name):
    with pytest.raises(UnroutableError) as unroutable:
        publish(channel, name, "back", mandatory=True, headers={"k": "v"}, correlation_id="7")
    (returned,) = unroutable.value.messages
    assert (returned.method.reply_code, returned.method.reply_text) == (312, "NO_ROUTE")
    assert (returned.method.exchange, returned.method.routing_key) == ("", name)
    assert (returned.body, returned.properties.headers) == (b"back", {"k": "v"})
    assert returned.properties.correlation_id == "7"


def test_mandatory_without_confirms_is_returned_too(connection, name):
    channel = connection.channel()
    returned = []
    channel.add_on_return_callback(lambda _, method, properties, body: returned.append((method.reply_code, body)))
    publish(channel, name, "back", mandatory=True)
    serve_until(connection, lambda: returned, "the message comes back")
    assert returned == [(312, b"back")]


def test_several_targets_of_which_none_is_missing(channel, name):
    """Mandatory asks for one queue, not for all bindings."""
    declare_exchange(channel, name, "direct")
    declare(channel, name)
    channel.queue_bind(name, name, "k")
    publish(channel, "k", "x", exchange=name, mandatory=True)
    assert take_texts(channel, name, 1) == ["x"]


def test_a_full_queue_that_rejects_answers_nack(channel, name):
    declare(channel, name, x_max_length=1, x_overflow="reject-publish")
    publish(channel, name, "kept")
    with pytest.raises(NackError):
        publish(channel, name, "refused")
    assert take_texts(channel, name, 1) == ["kept"]
    assert_empty(channel, name)


def test_one_full_queue_of_two_is_enough_for_nack(channel, name):
    declare_exchange(channel, name, "fanout")
    declare(channel, name, x_max_length=1, x_overflow="reject-publish")
    declare(channel, name + "-other")
    for queue in (name, name + "-other"):
        channel.queue_bind(queue, name)
    publish(channel, "", "1", exchange=name)
    with pytest.raises(NackError):
        publish(channel, "", "2", exchange=name)
    assert take_texts(channel, name + "-other", 2) == ["1", "2"]  # the other one has it


def test_immediate_is_not_implemented(connection, name):
    channel = connection.channel()
    channel.queue_declare(name)
    with connection_refused(540, "immediate=true"):
        channel._impl._send_method(pika.spec.Basic.Publish(routing_key=name, immediate=True), (pika.BasicProperties(), b""))
        serve_until(connection, lambda: False, "the refusal")


ALL_PROPERTIES = {
    "content_type": "application/json", "content_encoding": "gzip", "delivery_mode": 1, "priority": 9,
    "correlation_id": "c-1", "reply_to": "somewhere", "expiration": "60000", "message_id": "m-1",
    "timestamp": 1_700_000_000, "type": "order", "user_id": "guest", "app_id": "tests", "cluster_id": "c",
}


def test_every_property_arrives_as_it_was(channel, name):
    declare(channel, name)
    publish(channel, name, "x", **ALL_PROPERTIES)
    (message,) = take(channel, name, 1)
    assert {key: getattr(message.properties, key) for key in ALL_PROPERTIES} == ALL_PROPERTIES


def test_a_message_without_properties_has_none(connection, name):
    channel = confirming(connection)
    declare(channel, name)
    channel.basic_publish("", name, b"")
    (message,) = take(channel, name, 1)
    assert (message.body, message.properties) == (b"", pika.BasicProperties())


def test_headers_of_every_type(channel, name):
    """Of those that pika can write; java/ and test_wire.py have the others."""
    headers = {
        "bool": True, "int": -5, "long": 1 << 40, "negative": -(1 << 62), "text": "ünïcode", "empty": "",
        "decimal": decimal.Decimal("3.14"), "time": datetime.datetime(2024, 2, 29, 12, 30), "void": None,
        "list": [1, "two", [3], {"four": 4}], "table": {"deep": {"deeper": {"deepest": True}}},
        "bytes": b"\x00\xff", "x" * 128: "a name of the greatest length that clients allow",
    }
    declare(channel, name)
    publish(channel, name, "x", headers=headers)
    (message,) = take(channel, name, 1)
    found = dict(message.headers)
    found["time"] = found["time"].replace(tzinfo=None)
    assert found == headers


@pytest.mark.parametrize("size", [0, 1, 131064, 131065, 131072, MIB, 10 * MIB], ids=str)
def test_sizes(channel, name, size):
    """131,064 is what fits into one frame of the default frame-max: 131,072 less its head and end."""
    declare(channel, name)
    body = bytes(range(256)) * (size // 256) + b"z" * (size % 256)
    publish(channel, name, body)
    (message,) = take(channel, name, 1)
    assert message.body == body


def test_a_large_message_to_many_queues(channel, name):
    declare_exchange(channel, name, "fanout")
    for number in range(5):
        declare(channel, f"{name}-{number}")
        channel.queue_bind(f"{name}-{number}", name)
    body = b"large" * 200_000
    publish(channel, "", body, exchange=name)
    for number in range(5):
        assert take(channel, f"{name}-{number}", 1)[0].body == body


def test_a_small_frame_max_is_kept_both_ways(connect, name):
    connection = connect(frame_max=8192)
    channel = confirming(connection)
    declare(channel, name)
    body = b"0123456789" * 10_000
    publish(channel, name, body)
    assert take(channel, name, 1)[0].body == body


def test_messages_keep_the_order_of_their_channel(connection, name):
    channel = connection.channel()  # without confirms: nothing waits
    declare(channel, name)
    consumer = Consumer(channel, name, auto_ack=True)
    publish(channel, name, *range(5000))
    assert [message.text for message in consumer.wait(5000)] == [str(number) for number in range(5000)]


def test_user_id_must_be_the_ones_own(channel, connection, name):
    declare(channel, name)
    publish(channel, name, "mine", user_id="guest")
    assert take(channel, name, 1)[0].properties.user_id == "guest"
    with channel_refused(406, "user_id property set to 'mallory' but authenticated user was 'guest'"):
        publish(channel, name, "forged", user_id="mallory")


@pytest.mark.parametrize("expiration", ["soon", "-1", "1.5", "10 ", ""])
def test_an_expiration_that_is_no_number_is_refused(channel, name, expiration):
    declare(channel, name)
    with channel_refused(406, "invalid expiration"):
        publish(channel, name, "x", expiration=expiration)


def test_publishing_to_no_exchange(channel, name):
    with channel_refused(404, f"no exchange '{name}' in vhost '/'"):
        publish(channel, "k", "x", exchange=name)


def test_confirms_and_transactions_exclude_each_other(connection):
    channel = confirming(connection)
    with channel_refused(406, "cannot switch from confirm to tx mode"):
        channel.tx_select()
    channel = connection.channel()
    channel.tx_select()
    with channel_refused(406, "cannot switch from tx to confirm mode"):
        channel.confirm_delivery()


# RabbitMQ 3.10 has no limit below 512 MiB in its configuration that a small test could pass; today's has 16 MiB.
@pytest.mark.koine_only
def test_a_message_that_is_too_large_is_refused(connection, name):
    channel = confirming(connection)
    declare(channel, name)
    with channel_refused(406, "larger than"):
        publish(channel, name, b"x" * (16 * MIB + 1))


# It grows on its way by what tells of its death.
@pytest.mark.koine_only
def test_the_largest_message_is_taken_and_can_die(connection, name):
    channel = confirming(connection)
    dead = declare(channel, name + "-dead")
    declare(channel, name, x_dead_letter_exchange="", x_dead_letter_routing_key=dead, x_message_ttl=1)
    publish(channel, name, b"x" * (16 * MIB))
    [message] = take(channel, dead, 1)
    assert len(message.body) == 16 * MIB
    assert message.properties.headers["x-death"][0]["reason"] == "expired"


# RabbitMQ has it as a plugin that Debian does not carry.
@pytest.mark.koine_only
def test_deduplication_by_message_id(channel, name):
    declare(channel, name, x_message_deduplication=True, x_cache_ttl=60_000)
    for message_id in ("a", "b", "a", "c", "b"):
        publish(channel, name, message_id, message_id=message_id)
    publish(channel, name, "without", "without")
    assert take_texts(channel, name, 5) == ["a", "b", "c", "without", "without"]
    assert_empty(channel, name)


@pytest.mark.koine_only
def test_deduplication_by_header_also_of_what_was_consumed(channel, name):
    declare(channel, name, x_message_deduplication=True, x_cache_ttl=60_000, x_cache_size=1000)
    publish(channel, name, "first", headers={"x-deduplication-header": "order-1"}, message_id="1")
    assert take_texts(channel, name, 1) == ["first"]
    publish(channel, name, "again", headers={"x-deduplication-header": "order-1"}, message_id="2")
    assert_empty(channel, name)


@pytest.mark.koine_only
def test_deduplication_needs_a_time(channel, name):
    with channel_refused(406, "x-message-deduplication", "x-cache-ttl"):
        declare(channel, name, x_message_deduplication=True)


def test_confirms_of_many_channels_at_once(connection, name):
    channels = [confirming(connection) for _ in range(20)]
    declare(channels[0], name)
    for number in range(200):
        publish(channels[number % 20], name, number)
    assert len(take(channels[0], name, 200)) == 200
