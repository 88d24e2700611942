"""confluent-kafka (librdkafka), latest and 1.9.2: consumer groups whose members join, leave and die."""

import confluent_kafka
import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions

from librdkafka import DEADLINE_S, consumer, create_topic, needs_librdkafka_2, poll_until, produce

PARTITIONS = 6
# Members learn of a rebalance at their next heartbeat; the default of 3000 only makes the tests slower.
HEARTBEAT = {"heartbeat.interval.ms": 300}
STRATEGIES = ["range", "roundrobin", "cooperative-sticky"]


def member(server, topic, group, **client):
    one = consumer(server, group, **HEARTBEAT, **client)
    one.subscribe([topic])
    return one


def owned(one):
    return {partition.partition for partition in one.assignment()}


def all_owned_once(members):
    shares = [owned(one) for one in members]
    return sum(map(len, shares)) == PARTITIONS and set().union(*shares) == set(range(PARTITIONS))


def wait_shared(members, least=1):
    """Every partition has one owner and every member has a share."""
    return poll_until(members, lambda messages: all_owned_once(members) and
                      all(len(owned(one)) >= least for one in members), "a stable assignment")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_members_join_and_leave(server, name, strategy):
    create_topic(server, name, partitions=PARTITIONS)
    client = {"partition.assignment.strategy": strategy}
    members = [member(server, name, name, **client)]
    wait_shared(members, least=6)
    members.append(member(server, name, name, **client))
    wait_shared(members, least=3)
    members.append(member(server, name, name, **client))
    wait_shared(members, least=2)

    for partition in range(PARTITIONS):
        produce(server, name, [f"{partition}"], partition=partition)
    poll_until(members, lambda messages: {message.value() for message in messages} ==
               {b"%d" % partition for partition in range(PARTITIONS)}, "the records of all partitions")

    while len(members) > 1:
        members.pop(0).close()
        wait_shared(members)
    members[0].close()


def test_cooperative_rebalance_takes_only_what_moves(server, name):
    create_topic(server, name, partitions=PARTITIONS)
    revoked = []
    client = {"partition.assignment.strategy": "cooperative-sticky", **HEARTBEAT}
    first = consumer(server, name, **client)
    first.subscribe([name], on_revoke=lambda _, partitions: revoked.extend(partitions))
    wait_shared([first])
    second = consumer(server, name, **client)
    second.subscribe([name])
    wait_shared([first, second], least=3)
    assert len(revoked) == 3
    assert {partition.partition for partition in revoked} == owned(second)
    first.close()
    second.close()


def test_static_member_returns_without_rebalance(server, name):
    create_topic(server, name, partitions=PARTITIONS)
    rebalances = []

    def static(instance):
        one = consumer(server, name, **{"group.instance.id": f"{name}-{instance}", **HEARTBEAT})
        one.subscribe([name], on_assign=lambda _, partitions: rebalances.append(instance))
        return one

    first, second = static("first"), static("second")
    wait_shared([first, second], least=3)
    before = owned(first)
    seen = rebalances.count("second")
    first.close()
    first = static("first")
    poll_until([first, second], lambda messages: owned(first), "the static member's partitions")
    assert owned(first) == before
    assert rebalances.count("second") == seen
    first.close()
    second.close()


def test_two_members_with_one_static_name_are_fenced(server, name):
    create_topic(server, name, partitions=PARTITIONS)
    client = {"group.instance.id": name}
    old = member(server, name, name, **client)
    wait_shared([old])
    new = member(server, name, name, **client)
    poll_until(new, lambda messages: owned(new), "the newer member's partitions")
    with pytest.raises(confluent_kafka.KafkaException) as raised:
        poll_until(old, lambda messages: False, "the older member is told")
    assert raised.value.args[0].code() in (confluent_kafka.KafkaError.FENCED_INSTANCE_ID,
                                           confluent_kafka.KafkaError._FATAL)
    new.close()


def test_dead_member_loses_its_partitions(server, name):
    create_topic(server, name, partitions=PARTITIONS)
    client = {"session.timeout.ms": 6000, "max.poll.interval.ms": 6000}
    silent = member(server, name, name, **client)
    alive = member(server, name, name)
    wait_shared([silent, alive])
    poll_until(alive, lambda messages: len(owned(alive)) == PARTITIONS, "the silent member's partitions")
    alive.close()


@pytest.mark.parametrize("asynchronous", [False, True])
def test_group_continues_where_it_committed(server, name, asynchronous):
    produce(server, name, [str(number) for number in range(10)])
    first = member(server, name, name, **{"enable.auto.commit": False})
    poll_until(first, lambda messages: len(messages) >= 10, "ten records")
    first.commit(offsets=[TopicPartition(name, 0, 4)], asynchronous=asynchronous)
    first.close()

    second = member(server, name, name)
    messages = poll_until(second, lambda messages: len(messages) >= 6, "the six that were not committed")
    assert [message.value() for message in messages] == [b"4", b"5", b"6", b"7", b"8", b"9"]
    second.close()  # commits by itself

    third = member(server, name, name)
    assert third.committed([TopicPartition(name, 0)], timeout=DEADLINE_S)[0].offset == 10
    third.close()


@needs_librdkafka_2
def test_committed_metadata_and_what_was_never_committed(server, name):
    create_topic(server, name, partitions=2)
    one = consumer(server, name)
    one.commit(offsets=[TopicPartition(name, 0, 7, "checkpoint α")], asynchronous=False)
    first, second = one.committed([TopicPartition(name, 0), TopicPartition(name, 1)], timeout=DEADLINE_S)
    assert (first.offset, first.metadata) == (7, "checkpoint α")
    assert second.offset == confluent_kafka.OFFSET_INVALID
    one.close()


def test_groups_do_not_disturb_each_other(server, name):
    values = [str(number).encode() for number in range(20)]
    produce(server, name, values)
    for group in ("a", "b", "c"):
        reader = member(server, name, f"{name}-{group}")
        messages = poll_until(reader, lambda messages: len(messages) >= 20, "all records")
        assert [message.value() for message in messages] == values
        reader.close()


def test_members_with_no_common_strategy_are_refused(server, name):
    create_topic(server, name, partitions=PARTITIONS)
    one = member(server, name, name, **{"partition.assignment.strategy": "range"})
    wait_shared([one])
    other = member(server, name, name, **{"partition.assignment.strategy": "cooperative-sticky"})
    with pytest.raises(confluent_kafka.KafkaException) as raised:
        poll_until(other, lambda messages: False, "the stranger is refused")
    assert raised.value.args[0].code() == confluent_kafka.KafkaError.INCONSISTENT_GROUP_PROTOCOL
    one.close()
    other.close()


@pytest.mark.slow
def test_many_members(server, name):
    create_topic(server, name, partitions=PARTITIONS)
    members = [member(server, name, name) for _ in range(10)]
    poll_until(members, lambda messages: all_owned_once(members) and
               sum(bool(owned(one)) for one in members) == PARTITIONS, "one partition each, four idle")
    for one in members:
        one.close()


def test_new_partitions_reach_the_group(server, name):
    create_topic(server, name, partitions=1)
    one = member(server, name, name, **{"topic.metadata.refresh.interval.ms": 300})
    poll_until(one, lambda messages: owned(one) == {0}, "the first partition")
    admin = AdminClient({"bootstrap.servers": server.kafka})
    admin.create_partitions([NewPartitions(name, 3)])[name].result(DEADLINE_S)
    poll_until(one, lambda messages: owned(one) == {0, 1, 2}, "three partitions")
    one.close()
