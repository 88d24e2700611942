"""kafka-python, the pure Python client."""

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

from server import wait_until

DEADLINE_S = 60


def produce(server, topic, values, **client):
    producer = KafkaProducer(bootstrap_servers=server.kafka, **client)
    waiting = [producer.send(topic, value) for value in values]
    producer.flush(DEADLINE_S)
    producer.close()
    return [future.get(DEADLINE_S) for future in waiting]


def reader(server, *topics, **client):
    return KafkaConsumer(*topics, bootstrap_servers=server.kafka, auto_offset_reset="earliest", **client)


def take(consumer, count):
    taken = []

    def turn():
        for records in consumer.poll(timeout_ms=200).values():
            taken.extend(records)
        return len(taken) >= count

    wait_until(turn, f"{count} records", DEADLINE_S, interval_s=0)
    return taken


@pytest.mark.parametrize("compression", [None, "gzip", "snappy", "lz4", "zstd"])
def test_produce_and_consume(server, name, compression):
    values = [b"value %d" % number for number in range(200)]
    sent = produce(server, name, values, compression_type=compression)
    assert [record.offset for record in sent] == list(range(200))
    consumer = reader(server, name)
    assert [record.value for record in take(consumer, 200)] == values
    consumer.close()


# kafka-python 3.0.12 now and then stops its heartbeats after it led a rebalance, until its session ends: too slow for `fast`.
@pytest.mark.slow
def test_group_shares_partitions_and_gives_them_back(server, name):
    KafkaAdminClient(bootstrap_servers=server.kafka).create_topics([NewTopic(name, 4, 1)])
    group = {"group_id": name, "heartbeat_interval_ms": 300}
    first, second = reader(server, name, **group), reader(server, name, **group)
    # Metadata first: a member that leads without has to join again at once, and kafka-python 3.0.12 may then never send
    # heartbeats, so that it does not learn of the second one before its session ends (45 s).
    for consumer in (first, second):
        assert consumer.partitions_for_topic(name) == {0, 1, 2, 3}

    def polled(*consumers):
        for consumer in consumers:
            consumer.poll(timeout_ms=100)
        return [len(consumer.assignment()) for consumer in consumers]

    wait_until(lambda: polled(first, second) == [2, 2], "two partitions each", DEADLINE_S)
    second.close()
    wait_until(lambda: polled(first) == [4], "all partitions", DEADLINE_S)
    first.close()


def test_commit_and_resume(server, name):
    produce(server, name, [b"a", b"b", b"c"])
    first = reader(server, name, group_id=name, max_poll_records=2, enable_auto_commit=False)
    assert len(take(first, 2)) == 2
    first.commit()
    first.close()
    second = reader(server, name, group_id=name)
    assert [record.value for record in take(second, 1)] == [b"c"]
    assert second.committed(TopicPartition(name, 0)) == 2
    second.close()


def test_seek_by_time(server, name):
    producer = KafkaProducer(bootstrap_servers=server.kafka)
    for number in range(10):
        producer.send(name, b"%d" % number, timestamp_ms=1_700_000_000_000 + number).get(DEADLINE_S)
    producer.close()
    partition = TopicPartition(name, 0)
    consumer = reader(server)
    consumer.assign([partition])
    found = consumer.offsets_for_times({partition: 1_700_000_000_007})
    consumer.seek(partition, found[partition].offset)
    assert [record.value for record in take(consumer, 3)] == [b"7", b"8", b"9"]
    assert consumer.end_offsets([partition]) == {partition: 10}
    consumer.close()


def test_admin(server, name):
    admin = KafkaAdminClient(bootstrap_servers=server.kafka)
    admin.create_topics([NewTopic(name, 2, 1)])
    assert name in admin.list_topics()
    produce(server, name, [b"x"])
    consumer = reader(server, name, group_id=name)
    take(consumer, 1)
    consumer.close()
    offsets = admin.list_group_offsets(name)
    assert offsets
    admin.delete_groups([name])
    admin.delete_topics([name])
    wait_until(lambda: name not in admin.list_topics(), "the topic is gone")
    admin.close()


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_sasl_over_tls(start_server, certificate, name, mechanism):
    server = start_server(users={"alice": "alice-secret"}, tls=certificate)
    client = {"security_protocol": "SASL_SSL", "sasl_mechanism": mechanism, "sasl_plain_username": "alice",
              "sasl_plain_password": "alice-secret", "ssl_cafile": str(certificate.authority)}
    produce(server, name, [b"hidden"], **client)
    consumer = reader(server, name, **client)
    assert [record.value for record in take(consumer, 1)] == [b"hidden"]
    consumer.close()
