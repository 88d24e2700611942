"""Short words for confluent-kafka, used by every test that needs some client but is not about it."""

import confluent_kafka
import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from server import wait_until

DEADLINE_S = 60

needs_librdkafka_2 = pytest.mark.skipif(confluent_kafka.libversion()[1] < 0x02000000,
                                        reason="confluent-kafka 1.x has no such call")


def create_topic(server, topic, partitions=1, config=None, **client):
    admin = AdminClient({"bootstrap.servers": server.kafka, **client})
    admin.create_topics([NewTopic(topic, num_partitions=partitions, replication_factor=1, config=config or {})]
                        )[topic].result(DEADLINE_S)
    return topic


def produce(server, topic, values, partition=None, **client):
    """Produces in order, waits for every acknowledgement, returns them as (partition, offset)."""
    acknowledged = []

    def on_delivery(error, message):
        acknowledged.append(error or (message.partition(), message.offset()))

    producer = confluent_kafka.Producer({"bootstrap.servers": server.kafka, **client})
    where = {} if partition is None else {"partition": partition}
    for value in values:
        producer.produce(topic, value=value, on_delivery=on_delivery, **where)
    assert producer.flush(DEADLINE_S) == 0, "some records were not acknowledged in time"
    failed = [item for item in acknowledged if isinstance(item, confluent_kafka.KafkaError)]
    assert not failed, failed
    return acknowledged


def consumer(server, group, **client):
    return confluent_kafka.Consumer({"bootstrap.servers": server.kafka, "group.id": group,
                                     "auto.offset.reset": "earliest", **client})


def poll_until(consumers, done, what, deadline_s=DEADLINE_S):
    """Polls consumers in turn until done(messages) is true; returns the messages in order of arrival."""
    consumers = consumers if isinstance(consumers, list) else [consumers]
    messages = []

    def turn():
        for one in consumers:
            for message in one.consume(500, 0.05):
                if message.error():
                    raise confluent_kafka.KafkaException(message.error())
                messages.append(message)
        return done(messages)

    wait_until(turn, what, deadline_s, interval_s=0)
    return messages


def consume(server, topic, count, group=None, **client):
    """The first count messages of a topic; a group of its own unless given one."""
    one = consumer(server, group or "reader-of-" + topic, **client)
    try:
        one.subscribe([topic])
        return poll_until(one, lambda messages: len(messages) >= count, f"{count} records of {topic}")
    finally:
        one.close()


def consume_values(server, topic, count, **client):
    return [message.value() for message in consume(server, topic, count, **client)]
