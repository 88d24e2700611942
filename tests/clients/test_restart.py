"""Stock clients while the server is stopped or killed, and starts again on the same ports."""

import subprocess

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource

from librdkafka import DEADLINE_S, consume, consume_values, consumer, create_topic, poll_until, produce
from server import ServerError

pytestmark = pytest.mark.own_server


def stop_and_start(server):
    server.restart()


def kill_and_start(server):
    server.kill()
    server.start()


ways = pytest.mark.parametrize("again", [stop_and_start, kill_and_start])
# Apache Kafka acknowledges what is only in the page cache; that survives the death of the process, too.


@ways
def test_records_and_topics_survive(server, name, again):
    create_topic(server, name, partitions=3, config={"retention.ms": "1234567"})
    values = [str(number).encode() for number in range(1000)]
    produce(server, name, values)
    again(server)
    assert sorted(consume_values(server, name, 1000)) == sorted(values)
    produce(server, name, ["after"], partition=2)
    resource = ConfigResource("topic", name)
    admin = AdminClient({"bootstrap.servers": server.kafka})
    config = admin.describe_configs([resource])[resource].result(DEADLINE_S)
    assert config["retention.ms"].value == "1234567"


@ways
def test_consumer_resumes_from_its_committed_offset(server, name, again):
    produce(server, name, [str(number) for number in range(10)])
    first = consumer(server, name, **{"enable.auto.commit": False})
    first.subscribe([name])
    poll_until(first, lambda messages: len(messages) == 10, "ten records")
    first.commit(offsets=[TopicPartition(name, 0, 6)], asynchronous=False)
    first.close()
    again(server)
    messages = consume(server, name, 4, group=name)
    assert [message.value() for message in messages] == [b"6", b"7", b"8", b"9"]


@ways
def test_running_producer_and_member_survive(server, name, again):
    """Both keep going: nothing is lost, nothing is there twice, the member reads on."""
    create_topic(server, name)
    acknowledged = []
    producer = Producer({"bootstrap.servers": server.kafka, "enable.idempotence": True,
                         "reconnect.backoff.max.ms": 500})
    reader = Consumer({"bootstrap.servers": server.kafka, "group.id": name, "auto.offset.reset": "earliest",
                       "reconnect.backoff.max.ms": 500, "session.timeout.ms": 6000,
                       "heartbeat.interval.ms": 500})
    reader.subscribe([name])

    def on_delivery(error, message):
        assert error is None, error
        acknowledged.append(message.offset())

    def write(numbers):
        for number in numbers:
            producer.produce(name, value=str(number), on_delivery=on_delivery)
        producer.poll(0)

    write(range(0, 500))
    read = poll_until(reader, lambda messages: len(messages) >= 500, "what came before")
    write(range(500, 1000))
    again(server)
    write(range(1000, 1500))
    assert producer.flush(DEADLINE_S) == 0
    read += poll_until(reader, lambda messages: {message.offset() for message in read + messages} ==
                       set(range(1500)), "what came after")
    by_offset = {message.offset(): message.value() for message in read}
    assert by_offset == {number: str(number).encode() for number in range(1500)}
    assert sorted(acknowledged) == list(range(1500))
    reader.close()


# Apache Kafka writes the start of a log down only now and then.
@pytest.mark.parametrize("again", [stop_and_start, pytest.param(kill_and_start, marks=pytest.mark.koine_only)])
def test_deleted_records_stay_deleted(server, name, again):
    produce(server, name, [str(number) for number in range(10)])
    admin = AdminClient({"bootstrap.servers": server.kafka})
    (deleted,) = admin.delete_records([TopicPartition(name, 0, 8)]).values()
    deleted.result(DEADLINE_S)
    again(server)
    assert consume_values(server, name, 2) == [b"8", b"9"]


@ways
def test_deleted_topic_stays_deleted(server, name, again):
    create_topic(server, name)
    admin = AdminClient({"bootstrap.servers": server.kafka})
    admin.delete_topics([name])[name].result(DEADLINE_S)
    again(server)
    admin = AdminClient({"bootstrap.servers": server.kafka})
    assert name not in admin.list_topics(timeout=DEADLINE_S).topics


@pytest.mark.koine_only
@pytest.mark.parametrize("shards", [1, 3])
def test_directory_keeps_its_number_of_shards(start_server, name, shards):
    """Another number is refused, with the way out; the same one, or none given, finds everything again."""
    server = start_server(settings={"shards": shards})
    create_topic(server, name, partitions=6)
    for partition in range(6):
        produce(server, name, [f"{partition}"], partition=partition)
    server.stop()
    server.settings["shards"] = shards + 1
    with pytest.raises(ServerError, match=f"was made with {shards} shards; set shards={shards}"):
        server.start()
    for group, given in (("same", {"shards": shards}), ("none", {})):
        server.settings = given
        server.start()
        assert sorted(consume_values(server, name, 6, group=group)) == [b"0", b"1", b"2", b"3", b"4", b"5"]
        server.stop()


@pytest.mark.koine_only
def test_second_server_on_one_directory_is_refused(server):
    """It says who holds the directory, and the first does not notice."""
    command = [server.binary, "serve", "--data", str(server.data), "--port", "0"]
    second = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert second.returncode not in (0, -6, -11)
    assert second.stdout == ""
    assert str(server.data) in second.stderr
    assert str(server.pid) in second.stderr
    produce(server, "still-served", ["x"])
