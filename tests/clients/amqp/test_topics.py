"""Topics and queues meet: Kafka on one side, AMQP on the other. An exchange is a topic that retains nothing; a queue
can be bound to a topic, whose records then go into it in the same commit, with their key as the routing key."""

import pika
import pytest
from confluent_kafka import Consumer as KafkaConsumer
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from broker import (DEADLINE_S, Consumer, assert_empty, channel_refused, confirming, connection_refused, declare,
                    open_connection, publish, take, take_texts)
from server import wait_until

pytestmark = pytest.mark.koine_only


@pytest.fixture
def topic(server, name):
    """A topic of one partition, which a Kafka client has made."""
    admin = AdminClient({"bootstrap.servers": server.kafka})
    admin.create_topics([NewTopic(name, 1, 1)])[name].result(DEADLINE_S)
    return name


def produce(server, topic, records):
    """records: (key, value) or (key, value, headers)."""
    producer = Producer({"bootstrap.servers": server.kafka})
    problems = []
    for key, value, *headers in records:
        producer.produce(topic, key=key, value=value, headers=headers[0] if headers else None,
                         on_delivery=lambda error, _: problems.append(error) if error else None)
    assert producer.flush(DEADLINE_S) == 0
    assert not problems


def consume(server, topic, count):
    consumer = KafkaConsumer({"bootstrap.servers": server.kafka, "group.id": topic, "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    messages = []

    def complete():
        message = consumer.poll(0.2)
        if message is not None:
            assert message.error() is None, message.error()
            messages.append(message)
        return len(messages) >= count

    wait_until(complete, f"{count} records of {topic}", DEADLINE_S, interval_s=0)
    consumer.close()
    return messages


def bound(channel, queue, topic, pattern="#"):
    declare(channel, queue)
    channel.queue_bind(queue, topic, pattern)
    return queue


def test_kafka_produce_two_queues_consumed(server, channel, connection, topic):
    queues = [bound(channel, f"{topic}-{end}", topic) for end in ("email", "sms")]
    produce(server, topic, [(f"order-{number}", f"value {number}") for number in range(500)])
    for queue in queues:
        consumer = Consumer(connection.channel(), queue, prefetch=50, auto_ack=True)
        messages = consumer.wait(500)
        assert [message.text for message in messages] == [f"value {number}" for number in range(500)]
        assert [message.routing_key for message in messages] == [f"order-{number}" for number in range(500)]
        assert {message.exchange for message in messages} == {topic}
    assert len(consume(server, topic, 500)) == 500  # and the topic has them still


def test_amqp_publish_kafka_consume(server, channel, topic):
    for number in range(100):
        publish(channel, f"key-{number}", f"value {number}", exchange=topic)
    messages = consume(server, topic, 100)
    assert [(message.key().decode(), message.value().decode()) for message in messages] == [
        (f"key-{number}", f"value {number}") for number in range(100)]


def test_amqp_publish_reaches_topic_and_queue(server, channel, topic):
    queue = bound(channel, topic + "-q", topic)
    publish(channel, "k", "both", exchange=topic)
    assert take_texts(channel, queue, 1) == ["both"]
    assert [message.value() for message in consume(server, topic, 1)] == [b"both"]


def test_headers_of_kafka_reach_amqp(server, channel, topic):
    queue = bound(channel, topic + "-q", topic)
    produce(server, topic, [("k", "x", [("trace", b"42"), ("content-type", b"application/json")])])
    (message,) = take(channel, queue, 1)
    trace = message.headers["trace"]
    assert (trace.encode() if isinstance(trace, str) else trace) == b"42"
    assert message.properties.content_type == "application/json"


def test_properties_and_headers_of_amqp_reach_kafka(server, channel, topic):
    publish(channel, "k", "x", exchange=topic, content_type="application/json", correlation_id="7", message_id="m-1",
            reply_to="answers", headers={"trace": "42"})
    (message,) = consume(server, topic, 1)
    headers = dict(message.headers())
    expected = {"content-type": b"application/json", "correlation-id": b"7", "message-id": b"m-1",
                "reply-to": b"answers", "trace": b"42"}
    assert {name: headers.get(name) for name in expected} == expected


def test_the_key_is_matched_as_a_topic_exchange_does(server, channel, topic):
    eu = bound(channel, topic + "-eu", topic, "orders.eu.*")
    every = bound(channel, topic + "-all", topic, "orders.#")
    produce(server, topic, [("orders.eu.1", "eu"), ("orders.us.1", "us"), ("payments.eu.1", "payment")])
    assert take_texts(channel, every, 2) == ["eu", "us"]
    assert take_texts(channel, eu, 1) == ["eu"]
    for queue in (eu, every):
        assert_empty(channel, queue)


def test_records_without_a_key_have_the_empty_routing_key(server, channel, topic):
    queue = bound(channel, topic + "-q", topic)
    produce(server, topic, [(None, "no key")])
    (message,) = take(channel, queue, 1)
    assert (message.routing_key, message.text) == ("", "no key")


def test_a_queue_gets_what_comes_after_it_was_bound(server, channel, topic):
    produce(server, topic, [("k", "before")])
    queue = bound(channel, topic + "-q", topic)
    produce(server, topic, [("k", "after")])
    assert take_texts(channel, queue, 1) == ["after"]
    channel.queue_unbind(queue, topic, "#")
    produce(server, topic, [("k", "unbound")])
    assert_empty(channel, queue)


@pytest.mark.parametrize("compression", ["gzip", "lz4", "zstd", "snappy"])
def test_compressed_batches_are_routed_record_by_record(server, channel, topic, compression):
    queue = bound(channel, topic + "-q", topic)
    producer = Producer({"bootstrap.servers": server.kafka, "compression.type": compression, "linger.ms": 50})
    for number in range(200):
        producer.produce(topic, key="k", value=f"{number} " * 50)
    assert producer.flush(DEADLINE_S) == 0
    assert take_texts(channel, queue, 200) == [f"{number} " * 50 for number in range(200)]


def test_many_partitions_keep_the_order_of_each(server, channel, name):
    admin = AdminClient({"bootstrap.servers": server.kafka})
    admin.create_topics([NewTopic(name, 4, 1)])[name].result(DEADLINE_S)
    queue = bound(channel, name + "-q", name)
    produce(server, name, [(f"key-{number % 10}", str(number)) for number in range(400)])
    messages = take(channel, queue, 400)
    for key in range(10):
        own = [int(message.text) for message in messages if message.routing_key == f"key-{key}"]
        assert own == list(range(key, 400, 10))


def test_a_topic_bound_to_an_exchange(server, channel, topic):
    """Sources are exchanges and topics: an exchange may lead on from a topic."""
    exchange = topic + "-x"
    channel.exchange_declare(exchange, "direct", durable=True)
    channel.exchange_bind(exchange, topic, "orders.#")
    queue = declare(channel, topic + "-q")
    channel.queue_bind(queue, exchange, "orders.new")
    produce(server, topic, [("orders.new", "1"), ("orders.old", "2"), ("other", "3")])
    assert take_texts(channel, queue, 1) == ["1"]
    assert_empty(channel, queue)


def test_names_are_one_space(channel, connection, topic):
    with channel_refused(406, topic):
        connection.channel().exchange_declare(topic, "direct", durable=True)
    connection.channel().exchange_declare(topic, passive=True)


def stream(connection, topic, offset, prefetch=100):
    return Consumer(connection.channel(), topic, prefetch=prefetch, arguments={"x-stream-offset": offset})


def test_a_topic_is_consumed_as_a_stream(server, channel, connection, topic):
    produce(server, topic, [("k", str(number)) for number in range(10)])
    first = stream(connection, topic, "first")
    messages = first.wait(10)
    assert first.texts == [str(number) for number in range(10)]
    assert [message.headers["x-stream-offset"] for message in messages] == list(range(10))
    middle = stream(connection, topic, 7)
    middle.wait(3)
    assert middle.texts == ["7", "8", "9"]
    following = stream(connection, topic, "next")
    produce(server, topic, [("k", "10")])
    following.wait(1)
    assert following.texts == ["10"]
    first.wait(11)


def test_a_stream_wants_prefetch_and_acks(connection, topic):
    channel = connection.channel()
    with channel_refused(406, "prefetch"):
        Consumer(channel, topic, arguments={"x-stream-offset": "first"})


def test_acks_are_a_streams_credit(server, connection, topic):
    produce(server, topic, [("k", str(number)) for number in range(10)])
    consumer = stream(connection, topic, "first", prefetch=3)
    for count in (3, 6, 9, 10):
        consumer.wait(count)
        consumer.ack_all()
    assert consumer.texts == [str(number) for number in range(10)]


@pytest.mark.own_server
def test_bindings_to_topics_and_what_they_routed_survive_a_kill(server, channel, topic):
    queue = bound(channel, topic + "-q", topic)
    produce(server, topic, [("k", str(number)) for number in range(100)])
    server.kill()
    server.start()
    connection = open_connection(server)
    channel = confirming(connection)
    assert take_texts(channel, queue, 100) == [str(number) for number in range(100)]
    produce(server, topic, [("k", "after")])
    assert take_texts(channel, queue, 1) == ["after"]
    connection.close()


def test_partitions_are_read_together_or_by_name(server, connection, name):
    admin = AdminClient({"bootstrap.servers": server.kafka})
    admin.create_topics([NewTopic(name, 3, 1)])[name].result(DEADLINE_S)
    produce(server, name, [(f"key-{number}", str(number)) for number in range(60)])
    every = stream(connection, name, "first")
    messages = every.wait(60)
    assert {message.headers["x-stream-partition"] for message in messages} == {0, 1, 2}
    own = [message.text for message in messages if message.headers["x-stream-partition"] == 1]
    assert stream(connection, f"{name}-1", 0).wait(len(own)) and own
    with channel_refused(406, "partition"):
        stream(connection, name, 3)


def test_a_stream_is_declared_as_with_rabbitmq(server, channel, connection, name):
    arguments = {"x-queue-type": "stream", "x-max-age": "7D", "x-max-length-bytes": 10_000_000}
    channel.queue_declare(name, durable=True, arguments=arguments)
    publish(channel, name, "through the default exchange")
    publish(channel, "k", "as an exchange", exchange=name)
    assert channel.queue_declare(name, passive=True).method.message_count == 2
    reader = stream(connection, name, "first")
    assert [message.text for message in reader.wait(2)] == ["through the default exchange", "as an exchange"]
    assert [message.value() for message in consume(server, name, 2)] == [b"through the default exchange",
                                                                        b"as an exchange"]
    with connection_refused(540, "basic.get"):
        connection.channel().basic_get(name)


def test_a_full_queue_refuses_what_comes_to_its_topic(server, channel, topic):
    full = topic + "-full"
    channel.queue_declare(full, durable=True, arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
    channel.queue_bind(full, topic, "#")
    other = bound(channel, topic + "-other", topic)
    produce(server, topic, [("k", "first")])
    with pytest.raises(AssertionError, match="POLICY_VIOLATION"):
        produce(server, topic, [("k", "refused")])
    with pytest.raises(pika.exceptions.NackError):
        publish(channel, "k", "refused", exchange=topic)
    assert take_texts(channel, other, 1) == ["first"]
    assert_empty(channel, other)
    assert len(consume(server, topic, 1)) == 1


def test_a_dead_letter_goes_to_a_topic(server, channel, topic):
    declare(channel, topic + "-q", x_dead_letter_exchange=topic)
    publish(channel, topic + "-q", "bad")
    (message,) = take(channel, topic + "-q", 1, auto_ack=False)
    channel.basic_reject(message.tag, requeue=False)
    (record,) = consume(server, topic, 1)
    assert record.value() == b"bad"
    assert dict(record.headers())["x-first-death-reason"] == b"rejected"


def test_cloud_events_keep_their_attributes(server, channel, topic):
    queue = bound(channel, topic + "-q", topic)
    produce(server, topic, [("k", "{}", [("ce_id", b"1"), ("ce_type", b"order.placed")])])
    (message,) = take(channel, queue, 1)
    assert message.headers["cloudEvents:id"] == "1"
    publish(channel, "k", "{}", exchange=topic, headers={"cloudEvents:id": "2", "retries": 3})
    headers = dict(consume(server, topic, 2)[1].headers())
    assert headers["ce_id"] == b"2"
    assert headers["retries"] == b"3"


def test_a_tombstone_and_a_binary_key_come_through(server, channel, topic):
    queue = bound(channel, topic + "-q", topic)
    produce(server, topic, [("gone", None), (b"\x00\xff", "binary")])
    tombstone, binary = take(channel, queue, 2)
    assert (tombstone.routing_key, tombstone.text, tombstone.headers["x-null-value"]) == ("gone", "", True)
    assert (binary.routing_key, bytes(binary.headers["x-record-key"])) == ("", b"\x00\xff")
