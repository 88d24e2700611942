"""confluent-kafka's AdminClient, latest and 1.9.2 (which lacks what is marked)."""

import confluent_kafka
import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka import admin as kafka_admin
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

from librdkafka import DEADLINE_S, consume, consumer, create_topic, needs_librdkafka_2, poll_until, produce
from server import wait_until


@pytest.fixture
def admin(server):
    return AdminClient({"bootstrap.servers": server.kafka})


def only(futures):
    """The result of a call about one thing."""
    (future,) = futures.values() if isinstance(futures, dict) else [futures]
    return future.result(DEADLINE_S)


def error_of(futures):
    with pytest.raises(KafkaException) as raised:
        only(futures)
    return raised.value.args[0].code()


def config_of(admin, topic):
    return {name: entry.value for name, entry
            in only(admin.describe_configs([ConfigResource("topic", topic)])).items()}


def test_create_and_delete_topic(admin, name):
    only(admin.create_topics([NewTopic(name, num_partitions=5, replication_factor=1)]))
    assert len(admin.list_topics(timeout=DEADLINE_S).topics[name].partitions) == 5
    assert error_of(admin.create_topics([NewTopic(name, 1, 1)])) == KafkaError.TOPIC_ALREADY_EXISTS
    only(admin.delete_topics([name]))
    wait_until(lambda: name not in admin.list_topics(timeout=DEADLINE_S).topics, "the topic is gone")
    assert error_of(admin.delete_topics([name])) == KafkaError.UNKNOWN_TOPIC_OR_PART


def test_topic_made_again_is_empty(server, admin, name):
    create_topic(server, name)
    produce(server, name, ["old"])
    only(admin.delete_topics([name]))
    wait_until(lambda: name not in admin.list_topics(timeout=DEADLINE_S).topics, "the topic is gone")
    create_topic(server, name)
    assert produce(server, name, ["new"]) == [(0, 0)]
    assert [message.value() for message in consume(server, name, 1)] == [b"new"]


def test_validate_only_creates_nothing(admin, name):
    only(admin.create_topics([NewTopic(name, 1, 1)], validate_only=True))
    assert name not in admin.list_topics(timeout=DEADLINE_S).topics


@pytest.mark.parametrize("topic, error", [
    (NewTopic("no spaces please", 1, 1), KafkaError.TOPIC_EXCEPTION),
    (NewTopic("x" * 250, 1, 1), KafkaError.TOPIC_EXCEPTION),
    (NewTopic("replicated", 1, 3), KafkaError.INVALID_REPLICATION_FACTOR),
    (NewTopic("configured", 1, 1, config={"no.such.config": "1"}), KafkaError.INVALID_CONFIG),
    (NewTopic("configured", 1, 1, config={"retention.ms": "soon"}), KafkaError.INVALID_CONFIG),
])
def test_wrong_topics_are_refused(admin, topic, error):
    assert error_of(admin.create_topics([topic])) == error
    assert topic.topic not in admin.list_topics(timeout=DEADLINE_S).topics


def test_create_partitions(server, admin, name):
    create_topic(server, name, partitions=1)
    produce(server, name, ["stays"])
    only(admin.create_partitions([NewPartitions(name, 4)]))
    assert len(admin.list_topics(timeout=DEADLINE_S).topics[name].partitions) == 4
    produce(server, name, ["in the new one"], partition=3)
    assert {message.value() for message in consume(server, name, 2)} == {b"stays", b"in the new one"}
    assert error_of(admin.create_partitions([NewPartitions(name, 2)])) == KafkaError.INVALID_PARTITIONS


def test_describe_configs_shows_defaults(server, admin, name):
    create_topic(server, name)
    config = config_of(admin, name)
    assert config["cleanup.policy"] == "delete"
    assert config["retention.ms"] == "604800000"
    assert config["retention.bytes"] == "-1"
    assert config["max.message.bytes"] == "1048588"
    assert config["message.timestamp.type"] == "CreateTime"
    assert config["compression.type"] == "producer"


def test_alter_configs_replaces_all(server, admin, name):
    create_topic(server, name, config={"retention.ms": "1000000"})
    resource = ConfigResource("topic", name, set_config={"max.message.bytes": "2000"})
    only(admin.alter_configs([resource]))
    config = config_of(admin, name)
    assert config["max.message.bytes"] == "2000"
    assert config["retention.ms"] == "604800000"
    with pytest.raises(AssertionError, match="MSG_SIZE_TOO_LARGE"):
        produce(server, name, ["x" * 3000])


@needs_librdkafka_2
def test_incremental_alter_configs_changes_one(server, admin, name):
    create_topic(server, name, config={"retention.ms": "1000000"})

    def alter(config, value, operation):
        entry = kafka_admin.ConfigEntry(config, value, incremental_operation=operation)
        return admin.incremental_alter_configs([ConfigResource("topic", name, incremental_configs=[entry])])

    only(alter("retention.bytes", "5000000", kafka_admin.AlterConfigOpType.SET))
    assert config_of(admin, name)["retention.bytes"] == "5000000"
    assert config_of(admin, name)["retention.ms"] == "1000000"
    only(alter("retention.ms", None, kafka_admin.AlterConfigOpType.DELETE))
    assert config_of(admin, name)["retention.ms"] == "604800000"
    assert error_of(alter("no.such.config", "1", kafka_admin.AlterConfigOpType.SET)) == KafkaError.INVALID_CONFIG


@pytest.mark.koine_only
def test_compaction_is_refused_by_name(admin, name):
    topic = NewTopic(name, 1, 1, config={"cleanup.policy": "compact"})
    with pytest.raises(KafkaException, match="(?i)compact"):
        only(admin.create_topics([topic]))


@needs_librdkafka_2
def test_delete_records(server, admin, name):
    produce(server, name, [str(number) for number in range(10)])
    deleted = only(admin.delete_records([TopicPartition(name, 0, 6)]))
    assert deleted.low_watermark == 6
    assert [message.offset() for message in consume(server, name, 4)] == [6, 7, 8, 9]
    assert error_of(admin.delete_records([TopicPartition(name, 0, 11)])) == KafkaError.OFFSET_OUT_OF_RANGE
    assert only(admin.delete_records([TopicPartition(name, 0, confluent_kafka.OFFSET_END)])).low_watermark == 10


@needs_librdkafka_2
def test_list_offsets(server, admin, name):
    from confluent_kafka.admin import OffsetSpec

    producer = confluent_kafka.Producer({"bootstrap.servers": server.kafka})
    for time_ms in (1_700_000_000_000, 1_700_000_002_000, 1_700_000_001_000):
        producer.produce(name, value="x", timestamp=time_ms)
        assert producer.flush(DEADLINE_S) == 0

    def offset(spec):
        return only(admin.list_offsets({TopicPartition(name, 0): spec})).offset

    assert offset(OffsetSpec.earliest()) == 0
    assert offset(OffsetSpec.latest()) == 3
    assert offset(OffsetSpec.for_timestamp(1_700_000_001_500)) == 1
    assert offset(OffsetSpec.max_timestamp()) == 1


@needs_librdkafka_2
def test_describe_cluster_and_topics(server, admin, name):
    cluster = admin.describe_cluster().result(DEADLINE_S)
    (node,) = cluster.nodes
    assert f"{node.host}:{node.port}" == server.kafka
    assert cluster.controller.id == node.id
    assert cluster.cluster_id

    create_topic(server, name, partitions=2)
    topics = only(admin.describe_topics(confluent_kafka.TopicCollection([name])))
    assert topics.name == name
    assert [partition.leader.id for partition in topics.partitions] == [node.id, node.id]


def test_list_groups_of_librdkafka_1(server, admin, name):
    produce(server, name, ["x"])
    consume(server, name, 1, group=name)
    (group,) = admin.list_groups(name, timeout=DEADLINE_S)
    assert (group.id, group.state) == (name, "Empty")


@needs_librdkafka_2
def test_list_describe_and_delete_groups(server, admin, name):
    produce(server, name, ["x"])
    reader = consumer(server, name, **{"client.id": "the-reader"})
    reader.subscribe([name])
    poll_until(reader, lambda messages: messages, "the record")

    listed = {group.group_id: group for group in admin.list_consumer_groups().result(DEADLINE_S).valid}
    assert listed[name].state == confluent_kafka.ConsumerGroupState.STABLE
    described = only(admin.describe_consumer_groups([name]))
    assert described.state == confluent_kafka.ConsumerGroupState.STABLE
    assert described.partition_assignor == "range"
    (member,) = described.members
    assert member.client_id == "the-reader"
    assert member.assignment.topic_partitions == [TopicPartition(name, 0)]

    assert error_of(admin.delete_consumer_groups([name])) == KafkaError.NON_EMPTY_GROUP
    reader.close()
    only(admin.delete_consumer_groups([name]))
    assert name not in {group.group_id for group in admin.list_consumer_groups().result(DEADLINE_S).valid}
    assert error_of(admin.delete_consumer_groups([name])) == KafkaError.GROUP_ID_NOT_FOUND


@needs_librdkafka_2
def test_offsets_of_a_group_are_listed_and_reset(server, admin, name):
    produce(server, name, [str(number) for number in range(10)])
    consume(server, name, 10, group=name)

    def offsets():
        request = confluent_kafka.ConsumerGroupTopicPartitions(name)
        return [(partition.topic, partition.partition, partition.offset)
                for partition in only(admin.list_consumer_group_offsets([request])).topic_partitions]

    assert offsets() == [(name, 0, 10)]
    reset = confluent_kafka.ConsumerGroupTopicPartitions(name, [TopicPartition(name, 0, 3)])
    only(admin.alter_consumer_group_offsets([reset]))
    assert offsets() == [(name, 0, 3)]
    assert [message.offset() for message in consume(server, name, 7, group=name)] == [3, 4, 5, 6, 7, 8, 9]


@needs_librdkafka_2
def test_offsets_of_an_active_group_cannot_be_reset(server, admin, name):
    produce(server, name, ["x"])
    reader = consumer(server, name)
    reader.subscribe([name])
    poll_until(reader, lambda messages: messages, "the record")
    reset = confluent_kafka.ConsumerGroupTopicPartitions(name, [TopicPartition(name, 0, 0)])
    (partition,) = only(admin.alter_consumer_group_offsets([reset])).topic_partitions
    assert partition.error.code() == KafkaError.UNKNOWN_MEMBER_ID
    reader.close()


@pytest.mark.koine_only
def test_transactions_are_refused(server, name):
    producer = confluent_kafka.Producer({"bootstrap.servers": server.kafka, "transactional.id": name})
    with pytest.raises(KafkaException):
        producer.init_transactions(10)
