"""confluent-kafka (librdkafka), latest and 1.9.2: producing and consuming."""

import confluent_kafka
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from librdkafka import DEADLINE_S, consume, consume_values, consumer, create_topic, poll_until, produce

MAX_MESSAGE_BYTES = 1048588  # the default of max.message.bytes
# Batch header; then of a record of 1 MiB without key: length 3, attributes 1, timestamp 1, offset 1,
# key length 1, value length 3, number of headers 1.
BATCH_OVERHEAD_BYTES = 61 + 11


def test_default_producer_and_consumer(server, name):
    producer = Producer({"bootstrap.servers": server.kafka})
    for number in range(100):
        producer.produce(name, key=f"key {number % 7}", value=f"value {number}")
    assert producer.flush(DEADLINE_S) == 0

    reader = Consumer({"bootstrap.servers": server.kafka, "group.id": name, "auto.offset.reset": "earliest"})
    reader.subscribe([name])
    messages = poll_until(reader, lambda messages: len(messages) == 100, "100 records")
    reader.close()
    assert [message.offset() for message in messages] == list(range(100))
    assert [message.value().decode() for message in messages] == [f"value {number}" for number in range(100)]
    assert messages[8].key() == b"key 1"


@pytest.mark.parametrize("compression", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_compression(server, name, compression):
    values = [b"%d " % number * 200 for number in range(1000)]
    produce(server, name, values, **{"compression.type": compression})
    assert consume_values(server, name, len(values)) == values


def test_headers_null_key_null_value_and_empty_value(server, name):
    producer = Producer({"bootstrap.servers": server.kafka})
    headers = [("trace", b"\x00\xff"), ("trace", b"again"), ("empty", b""), ("null", None)]
    producer.produce(name, key=None, value="with headers", headers=headers)
    producer.produce(name, key="removed", value=None)
    producer.produce(name, key="", value="")
    assert producer.flush(DEADLINE_S) == 0
    first, second, third = consume(server, name, 3)
    assert (first.key(), first.headers()) == (None, headers)
    assert (second.key(), second.value()) == (b"removed", None)
    assert (third.key(), third.value()) == (b"", b"")


def test_timestamps_of_the_producer_are_kept(server, name):
    producer = Producer({"bootstrap.servers": server.kafka})
    producer.produce(name, value="then", timestamp=1_600_000_000_123)
    assert producer.flush(DEADLINE_S) == 0
    (message,) = consume(server, name, 1)
    assert message.timestamp() == (confluent_kafka.TIMESTAMP_CREATE_TIME, 1_600_000_000_123)


def test_log_append_time_replaces_timestamps(server, name):
    create_topic(server, name, config={"message.timestamp.type": "LogAppendTime"})
    producer = Producer({"bootstrap.servers": server.kafka})
    producer.produce(name, value="now", timestamp=1_600_000_000_123)
    assert producer.flush(DEADLINE_S) == 0
    (message,) = consume(server, name, 1)
    kind, time_ms = message.timestamp()
    assert kind == confluent_kafka.TIMESTAMP_LOG_APPEND_TIME
    assert time_ms > 1_700_000_000_000


@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_seek_by_time(server, name, compression):
    create_topic(server, name)
    producer = Producer({"bootstrap.servers": server.kafka, "compression.type": compression, "linger.ms": 100})
    start_ms = 1_700_000_000_000
    for number in range(100):
        producer.produce(name, value=str(number), timestamp=start_ms + number * 1000)
    assert producer.flush(DEADLINE_S) == 0

    reader = consumer(server, name)

    def offset_at(time_ms):
        (found,) = reader.offsets_for_times([TopicPartition(name, 0, time_ms)], timeout=DEADLINE_S)
        return found.offset

    assert offset_at(start_ms - 5000) == 0
    assert offset_at(start_ms + 41_000) == 41
    assert offset_at(start_ms + 41_001) == 42
    assert offset_at(start_ms + 100_000) == confluent_kafka.OFFSET_END
    reader.assign([TopicPartition(name, 0, offset_at(start_ms + 97_500))])
    messages = poll_until(reader, lambda messages: len(messages) == 2, "the two records after the time")
    assert [message.value() for message in messages] == [b"98", b"99"]
    reader.close()


def test_seek_to_any_offset_inside_a_batch(server, name):
    produce(server, name, [str(number) for number in range(50)], **{"linger.ms": 200})
    reader = consumer(server, name)
    reader.assign([TopicPartition(name, 0, 0)])
    poll_until(reader, lambda messages: messages, "the first record")
    for offset in (49, 17, 33, 0):
        reader.seek(TopicPartition(name, 0, offset))
        messages = poll_until(reader, lambda messages: messages, f"the record at {offset}")
        assert messages[0].offset() == offset
        assert messages[0].value() == str(offset).encode()
    reader.close()


def test_watermarks_and_end_of_partition(server, name):
    produce(server, name, ["a", "b", "c"])
    reader = consumer(server, name, **{"enable.partition.eof": True})
    assert reader.get_watermark_offsets(TopicPartition(name, 0), timeout=DEADLINE_S) == (0, 3)
    reader.assign([TopicPartition(name, 0, confluent_kafka.OFFSET_END)])
    message = reader.poll(DEADLINE_S)
    assert message.error().code() == confluent_kafka.KafkaError._PARTITION_EOF
    assert message.offset() == 3
    reader.close()


def test_offset_out_of_range_is_told(server, name):
    produce(server, name, ["a"])
    reader = consumer(server, name, **{"auto.offset.reset": "error"})
    reader.assign([TopicPartition(name, 0, 1000)])
    message = reader.poll(DEADLINE_S)
    assert message.error() is not None
    assert message.error().code() in (confluent_kafka.KafkaError._AUTO_OFFSET_RESET,
                                      confluent_kafka.KafkaError.OFFSET_OUT_OF_RANGE)
    reader.close()


def test_largest_record_that_the_default_allows(server, name):
    value = b"x" * (MAX_MESSAGE_BYTES - BATCH_OVERHEAD_BYTES)
    limits = {"message.max.bytes": 2_000_000, "compression.type": "none"}
    produce(server, name, [value], **limits)
    assert consume_values(server, name, 1) == [value]


@pytest.mark.parametrize("idempotent", [False, True])
def test_larger_record_is_refused(server, name, idempotent):
    limits = {"message.max.bytes": 2_000_000, "enable.idempotence": idempotent}
    value = b"x" * (MAX_MESSAGE_BYTES - BATCH_OVERHEAD_BYTES + 1)
    with pytest.raises(AssertionError, match="MSG_SIZE_TOO_LARGE"):
        produce(server, name, [value], **limits)
    create_topic(server, name + "-wide", config={"max.message.bytes": "1500000"})
    produce(server, name + "-wide", [value], **limits)
    assert consume_values(server, name + "-wide", 1) == [value]


def test_record_larger_than_what_one_fetch_asks_for(server, name):
    values = [bytes([65 + number]) * 900_000 for number in range(5)]
    produce(server, name, values)
    small = {"max.partition.fetch.bytes": 10_000, "fetch.max.bytes": 1_100_000}
    assert consume_values(server, name, len(values), **small) == values


def test_idempotent_producer(server, name):
    create_topic(server, name, partitions=4)
    values = [str(number) for number in range(5000)]
    produce(server, name, values, **{"enable.idempotence": True})
    assert sorted(consume_values(server, name, 5000), key=int) == [value.encode() for value in values]


@pytest.mark.parametrize("acks", ["0", "1", "all"])
def test_acks(server, name, acks):
    produce(server, name, ["first", "second"], acks=acks)
    assert consume_values(server, name, 2) == [b"first", b"second"]


def test_consumer_waits_for_what_comes_later(server, name):
    create_topic(server, name)
    reader = consumer(server, name)
    reader.assign([TopicPartition(name, 0, 0)])
    for number in range(5):
        produce(server, name, [str(number)])
        (message,) = poll_until(reader, lambda messages: messages, f"record {number}")
        assert message.value() == str(number).encode()
    reader.close()


def test_read_committed_sees_what_is_not_transactional(server, name):
    produce(server, name, ["a", "b"])
    assert consume_values(server, name, 2, **{"isolation.level": "read_committed"}) == [b"a", b"b"]


def test_metadata_creates_topic_with_default_partitions(start_server, name):
    server = start_server(settings={"topics.auto_create": "true", "topics.default_partitions": "3"})
    acknowledged = produce(server, name, ["x"])
    assert len(acknowledged) == 1
    metadata = consumer(server, name).list_topics(name, timeout=DEADLINE_S)
    assert sorted(metadata.topics[name].partitions) == [0, 1, 2]


def test_without_auto_creation_an_unknown_topic_is_an_error(start_server, name):
    server = start_server(settings={"topics.auto_create": "false"})
    with pytest.raises(AssertionError, match="UNKNOWN_TOPIC|_UNKNOWN_PARTITION"):
        produce(server, name, ["x"], **{"topic.metadata.propagation.max.ms": 100})
    create_topic(server, name)
    produce(server, name, ["x"])


def test_consumer_does_not_create_topics(server, name):
    reader = consumer(server, name)
    reader.subscribe([name])
    message = reader.poll(DEADLINE_S)
    assert message.error().code() == confluent_kafka.KafkaError.UNKNOWN_TOPIC_OR_PART
    assert name not in reader.list_topics(timeout=DEADLINE_S).topics
    reader.close()


def test_subscription_by_pattern_finds_new_topics(server, name):
    create_topic(server, name + "-a")
    reader = consumer(server, name, **{"topic.metadata.refresh.interval.ms": 300})
    reader.subscribe([f"^{name}-.*"])
    produce(server, name + "-a", ["a"])
    poll_until(reader, lambda messages: messages, "the record of the first topic")
    create_topic(server, name + "-b")
    produce(server, name + "-b", ["b"])
    (message,) = poll_until(reader, lambda messages: messages, "the record of the second topic")
    assert message.topic() == name + "-b"
    reader.close()


@pytest.mark.parametrize("shards", [1, 2, 3])
@pytest.mark.koine_only
def test_any_number_of_shards(start_server, name, shards):
    server = start_server(settings={"shards": shards})
    create_topic(server, name, partitions=12)
    values = [str(number).encode() for number in range(2000)]
    for partition in range(12):
        produce(server, name, [f"partition {partition}"], partition=partition)
    produce(server, name, values)
    assert sorted(consume_values(server, name, 2012))[12 - 12:2000] == sorted(values)
