"""Queues while the server is stopped or killed, and starts again on the same ports."""

import pytest

from broker import (Consumer, assert_empty, channel_refused, confirming, declare, declare_exchange,
                    open_connection, publish, take, take_texts, texts, wait_for_ready)

# A stop takes RabbitMQ seconds, and so does a start.
pytestmark = [pytest.mark.own_server, pytest.mark.slow]


def stop_and_start(server):
    server.restart()


def kill_and_start(server):
    server.kill()
    server.start()


# RabbitMQ keeps acks, and queues that were just declared, in memory for a while: a kill may take them back.
ways = pytest.mark.parametrize("again", [stop_and_start, pytest.param(kill_and_start, marks=pytest.mark.koine_only)])


def make_acks_durable(channel, queue):
    """Acks have no answer. Two confirms later theirs is on the disk (tests/crash/queue_history.py says why two)."""
    publish(channel, queue, "after", "after")


@ways
def test_what_survives_and_what_does_not(server, name, again):
    """One restart for all that needs no state of its own."""
    connection = open_connection(server)
    channel = confirming(connection)
    declare(channel, name)
    publish(channel, name, *range(100))
    declare_exchange(channel, name, "topic")
    declare(channel, name + "-bound")
    channel.queue_bind(name + "-bound", name, "orders.#")
    channel.exchange_bind("amq.fanout", name, "to.fanout")
    channel.queue_declare(name + "-transient")
    channel.exchange_declare(name + "-transient", "fanout")
    declare(channel, name + "-priority", x_max_priority=5)
    for priority in (1, 5, 3):
        publish(channel, name + "-priority", priority, priority=priority, headers={"p": priority})
    declare(channel, name + "-late", x_dead_letter_exchange="", x_dead_letter_routing_key=name + "-dead")
    declare(channel, name + "-dead")
    publish(channel, name + "-late", "late", expiration="3000")
    for message in take(channel, name, 10, auto_ack=False):
        channel.basic_ack(message.tag)
    make_acks_durable(channel, name)
    connection.close()

    again(server)

    connection = open_connection(server)
    channel = confirming(connection)
    assert take_texts(channel, name, 92) == [*(str(number) for number in range(10, 100)), "after", "after"]
    assert_empty(channel, name)
    publish(channel, "orders.new", "routed", exchange=name)
    assert take_texts(channel, name + "-bound", 1) == ["routed"]
    messages = take(channel, name + "-priority", 3)
    assert [(message.text, message.headers["p"]) for message in messages] == [("5", 5), ("3", 3), ("1", 1)]
    assert take(channel, name + "-dead", 1)[0].headers["x-first-death-reason"] == "expired"
    for attempt in (lambda one: one.queue_declare(name + "-transient", passive=True),
                    lambda one: one.exchange_declare(name + "-transient", passive=True)):
        with channel_refused(404, name + "-transient"):
            attempt(connection.channel())
    with channel_refused(406, "inequivalent arg 'x-max-priority'"):
        connection.channel().queue_declare(name + "-priority", durable=True)
    connection.close()


@ways
def test_what_was_delivered_and_not_acked_is_redelivered_in_order(server, name, again):
    connection = open_connection(server)
    channel = confirming(connection)
    declare(channel, name)
    publish(channel, name, *range(10))
    Consumer(connection.channel(), name, prefetch=4).wait(4)
    again(server)
    channel = confirming(open_connection(server))
    messages = take(channel, name, 10)
    assert texts(messages) == [str(number) for number in range(10)]
    assert all(message.redelivered for message in messages[:4])


@ways
def test_deleted_queues_stay_deleted(server, name, again):
    connection = open_connection(server)
    channel = confirming(connection)
    declare(channel, name)
    publish(channel, name, "x")
    channel.queue_delete(name)
    declare(channel, name + "-purged")
    publish(channel, name + "-purged", "x")
    channel.queue_purge(name + "-purged")
    publish(channel, name + "-purged", "after")
    again(server)
    connection = open_connection(server)
    assert take_texts(connection.channel(), name + "-purged", 1) == ["after"]
    with channel_refused(404, f"no queue '{name}'"):
        connection.channel().queue_declare(name, passive=True)
    connection.close()


# RabbitMQ keeps transient messages of a durable queue, if it does, only over an orderly stop.
@ways
def test_transient_messages_in_a_durable_queue_are_no_promise(server, name, again):
    channel = confirming(open_connection(server))
    declare(channel, name)
    publish(channel, name, "transient", delivery_mode=1)
    publish(channel, name, "persistent")
    again(server)
    channel = confirming(open_connection(server))
    found = take_texts(channel, name, 1)
    if found == ["transient"]:
        found = take_texts(channel, name, 1)
    assert found == ["persistent"]
    assert_empty(channel, name)


@ways
def test_returns_are_counted_across_restarts(server, name, again):
    """A message that brings its consumer down again and again, with the server on top, is poison all the same."""
    channel = confirming(open_connection(server))
    dead = declare(channel, name + "-dead")
    declare(channel, name, x_queue_type="quorum", x_delivery_limit=2, x_dead_letter_exchange="",
            x_dead_letter_routing_key=dead)
    publish(channel, name, "poison")
    for _ in range(2):
        (message,) = take(channel, name, 1, auto_ack=False)
        channel.basic_reject(message.tag, requeue=True)
        wait_for_ready(channel, name, 1)
    make_acks_durable(channel, name)
    again(server)
    channel = confirming(open_connection(server))
    (message,) = take(channel, name, 1, auto_ack=False)
    assert message.headers["x-delivery-count"] >= 2
    channel.basic_reject(message.tag, requeue=True)
    assert take(channel, dead, 1)[0].headers["x-first-death-reason"] == "delivery_limit"
    assert take_texts(channel, name, 2) == ["after", "after"]


# RabbitMQ has both as plugins that Debian does not carry.
@pytest.mark.koine_only
@ways
def test_delayed_messages_wait_through_restarts(server, name, again):
    channel = confirming(open_connection(server))
    declare_exchange(channel, name, "x-delayed-message", x_delayed_type="direct")
    declare(channel, name)
    channel.queue_bind(name, name, "k")
    for delay in (90_000, 4000, 2000):
        publish(channel, "k", delay, exchange=name, headers={"x-delay": delay})
    again(server)
    channel = confirming(open_connection(server))
    assert take_texts(channel, name, 2) == ["2000", "4000"]
    assert_empty(channel, name)


@pytest.mark.koine_only
@ways
def test_what_was_seen_is_known_after_a_restart(server, name, again):
    channel = confirming(open_connection(server))
    declare(channel, name, x_message_deduplication=True, x_cache_ttl=600_000)
    publish(channel, name, "a", message_id="a")
    assert take_texts(channel, name, 1) == ["a"]
    make_acks_durable(channel, name)
    again(server)
    channel = confirming(open_connection(server))
    publish(channel, name, "a", message_id="a")
    publish(channel, name, "b", message_id="b")
    assert take_texts(channel, name, 3) == ["after", "after", "b"]
    assert_empty(channel, name)
