"""`/metrics/compat/rabbitmq`: every figure that RabbitMQ's overview dashboard asks for moves when it should."""

import re
import urllib.request

import pika
import pytest
from broker import confirming

from server import wait_until

pytestmark = pytest.mark.koine_only

GLOBAL = "rabbitmq_global_"
SAMPLE = re.compile(r'^(\w+)(?:\{([^}]*)\})? (\S+)$')


def figures(server) -> dict[str, float]:
    """By name; of a histogram's buckets by name and limit."""
    with urllib.request.urlopen(f"http://{server.http}/metrics/compat/rabbitmq") as answer:
        lines = answer.read().decode().splitlines()
    found = {}
    for name, labels, value in (SAMPLE.match(line).groups() for line in lines if not line.startswith("#")):
        limit = re.search(r'le="([^"]+)"', labels or "")
        found[name + (limit.group(1) if limit else "")] = float(value)
    return found


@pytest.fixture
def moved(server):
    """moved(action): what changed by it, by name."""

    def measure(action):
        before = figures(server)
        action()
        after = figures(server)
        return {name: after[name] - before[name] for name in after if after[name] != before.get(name)}

    return measure


def test_publishing_moves_what_is_received_routed_and_confirmed(server, connect, moved):
    channel = confirming(connect())
    channel.queue_declare("q")
    change = moved(lambda: [channel.basic_publish("", "q", b"x" * size) for size in (10, 100, 101, 5000)])
    for name in ("received", "confirmed", "routed"):
        assert change[f"{GLOBAL}messages_{name}_total"] == 4
    assert change[f"{GLOBAL}publishers"] == 1
    assert change["rabbitmq_queue_messages_ready"] == 4
    assert change["rabbitmq_message_size_bytes_count"] == 4 and change["rabbitmq_message_size_bytes_sum"] == 5211
    buckets = [change.get(f"rabbitmq_message_size_bytes_bucket{limit}") for limit in ("100", "1000", "10000", "+Inf")]
    assert buckets == [2, 3, 4, 4]


def test_what_has_no_way_is_dropped_or_returned(server, connect, moved):
    channel = connect().channel()
    change = moved(lambda: (channel.basic_publish("", "none", b"x"), channel.queue_declare("later")))
    assert change[f"{GLOBAL}messages_unroutable_dropped_total"] == 1
    assert f"{GLOBAL}messages_routed_total" not in change

    def publish_mandatory():
        confirmed = confirming(connect())
        with pytest.raises(pika.exceptions.UnroutableError):
            confirmed.basic_publish("", "none", b"x", mandatory=True)

    change = moved(publish_mandatory)
    assert change[f"{GLOBAL}messages_unroutable_returned_total"] == 1
    assert f"{GLOBAL}messages_unroutable_dropped_total" not in change


def test_consuming_moves_what_is_delivered_acknowledged_and_redelivered(server, connect, moved):
    channel = confirming(connect())
    channel.queue_declare("q")
    for _ in range(3):
        channel.basic_publish("", "q", b"x")

    def consume(auto_ack, settle):
        reader = connect().channel()
        for method, _, _ in reader.consume("q", auto_ack=auto_ack):
            settle(reader, method.delivery_tag)
            break
        reader.cancel()
        reader.connection.close()

    change = moved(lambda: consume(False, lambda reader, tag: reader.basic_nack(tag, requeue=True)))
    assert change[f"{GLOBAL}messages_delivered_consume_manual_ack_total"] >= 1
    assert f"{GLOBAL}messages_acknowledged_total" not in change
    change = moved(lambda: consume(False, lambda reader, tag: reader.basic_ack(tag)))
    assert change[f"{GLOBAL}messages_acknowledged_total"] == 1
    assert change[f"{GLOBAL}messages_redelivered_total"] >= 1
    change = moved(lambda: consume(True, lambda reader, tag: None))
    assert change[f"{GLOBAL}messages_delivered_consume_auto_ack_total"] >= 1
    assert change[f"{GLOBAL}messages_delivered_total"] == change[f"{GLOBAL}messages_delivered_consume_auto_ack_total"]


def test_getting_moves_its_figures(server, connect, moved):
    channel = confirming(connect())
    channel.queue_declare("q")
    for _ in range(2):
        channel.basic_publish("", "q", b"x")
    change = moved(lambda: channel.basic_get("q", auto_ack=True))
    assert change[f"{GLOBAL}messages_delivered_get_auto_ack_total"] == 1
    change = moved(lambda: channel.basic_get("q"))
    assert change[f"{GLOBAL}messages_delivered_get_manual_ack_total"] == 1
    assert change["rabbitmq_queue_messages_unacked"] == 1
    change = moved(lambda: channel.basic_get("q"))
    assert change[f"{GLOBAL}messages_get_empty_total"] == 1
    assert not any(name.startswith(f"{GLOBAL}messages_delivered") for name in change)


def test_queues_are_counted_when_they_are_declared_made_and_deleted(server, connect, moved):
    channel = connect().channel()
    change = moved(lambda: channel.queue_declare("q"))
    assert {change[f"rabbitmq_queues{name}"] for name in ("", "_declared_total", "_created_total")} == {1}
    change = moved(lambda: channel.queue_declare("q"))
    assert change["rabbitmq_queues_declared_total"] == 1 and "rabbitmq_queues_created_total" not in change
    change = moved(lambda: channel.queue_delete("q"))
    assert change["rabbitmq_queues_deleted_total"] == 1 and change["rabbitmq_queues"] == -1


def test_connections_channels_and_consumers_come_and_go(server, connect, moved):
    opened = []
    change = moved(lambda: opened.append(connect()))
    assert change["rabbitmq_connections"] == change["rabbitmq_connections_opened_total"] == 1
    assert change["rabbitmq_process_open_tcp_sockets"] == change["rabbitmq_process_open_fds"] == 1
    connection = opened[0]
    change = moved(lambda: opened.append(connection.channel()))
    channel = opened[1]
    assert change["rabbitmq_channels"] == change["rabbitmq_channels_opened_total"] == 1
    channel.queue_declare("q")
    change = moved(lambda: channel.basic_consume("q", lambda *_: None, consumer_tag="c"))
    assert change["rabbitmq_consumers"] == change[f"{GLOBAL}consumers"] == 1
    channel.basic_publish("", "elsewhere", b"x")
    channel.queue_declare("q")
    change = moved(channel.close)
    assert change["rabbitmq_channels"] == change[f"{GLOBAL}consumers"] == change[f"{GLOBAL}publishers"] == -1
    assert change["rabbitmq_channels_closed_total"] == 1
    before = figures(server)["rabbitmq_connections_closed_total"]
    connection.close()
    wait_until(lambda: figures(server)["rabbitmq_connections_closed_total"] == before + 1, "the end of the connection")


def test_what_does_not_move_is_there(server):
    found = figures(server)
    for name in ("identity_info", "build_info", "process_max_fds", "process_resident_memory_bytes",
                 "disk_space_available_bytes", "disk_space_available_limit_bytes"):
        assert found[f"rabbitmq_{name}"] > 0
