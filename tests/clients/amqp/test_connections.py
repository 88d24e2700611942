"""Connections: logging in, limits, heartbeats, secrets, what ends with them."""

import threading

import pika
import pytest
from pika.exceptions import ConnectionClosedByBroker, ProbableAccessDeniedError, ProbableAuthenticationError

from broker import (Consumer, assert_empty, channel_refused, confirming, declare, open_connection,
                    parameters, publish, serve, take_texts, url, wait_for_ready)


def test_default_connection(server, name):
    """By a URL, as most programs have it."""
    connection = pika.BlockingConnection(pika.URLParameters(url(server)))
    channel = connection.channel()
    channel.queue_declare(name)
    channel.basic_publish("", name, b"hello")
    for _, _, body in channel.consume(name, auto_ack=True):
        assert body == b"hello"
        break
    connection.close()


def test_a_wrong_password_is_refused(server):
    with pytest.raises(ProbableAuthenticationError, match="403.*ACCESS_REFUSED.*PLAIN"):
        open_connection(server, password="wrong")


def test_a_virtual_host_that_is_not_there(server):
    with pytest.raises((ProbableAccessDeniedError, ConnectionClosedByBroker), match="530.*nowhere"):
        open_connection(server, virtual_host="nowhere")


@pytest.mark.own_server
def test_users_of_ones_own(start_server, name):
    server = start_server(users={"alice": "alice-secret"})
    connection = open_connection(server, user="alice", password="alice-secret")
    channel = confirming(connection)
    declare(channel, name)
    publish(channel, name, "x", user_id="alice")
    with channel_refused(406, "user_id property set to 'bob' but authenticated user was 'alice'"):
        publish(channel, name, "x", user_id="bob")
    connection.close()
    with pytest.raises(ProbableAuthenticationError, match="403"):
        open_connection(server, user="alice", password="guess")


def test_heartbeats_keep_a_quiet_connection(connect, name):
    connection = connect(heartbeat=1)
    channel = connection.channel()
    declare(channel, name)
    serve(connection, 3)
    assert channel.queue_declare(name, passive=True)


@pytest.mark.slow
def test_heartbeats_end_a_dead_connection_and_return_its_messages(channel, connect, name):
    """A client that hangs: no byte for two intervals, and its messages are somebody else's."""
    declare(channel, name)
    publish(channel, name, *range(3))
    hanging = connect(heartbeat=2)
    Consumer(hanging.channel(), name).wait(3)
    wait_for_ready(channel, name, 3)
    assert take_texts(channel, name, 3) == ["0", "1", "2"]


def test_without_heartbeats(connect, name):
    connection = connect(heartbeat=0)
    declare(connection.channel(), name)


def test_many_connections(channel, connect, name):
    declare(channel, name)
    consumers = [Consumer(connect().channel(), name, prefetch=1, auto_ack=False) for _ in range(50)]
    publish(channel, name, *range(50))
    assert sorted(int(consumer.wait(1)[0].text) for consumer in consumers) == list(range(50))


def test_publishers_on_many_connections(server, channel, name):
    declare(channel, name)
    problems = []

    def write(worker):
        try:
            connection = open_connection(server)
            publish(confirming(connection), name, *(f"{worker}/{number}" for number in range(50)))
            connection.close()
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    found = take_texts(channel, name, 400)
    for worker in range(8):  # each publisher's are in its order
        own = [text for text in found if text.startswith(f"{worker}/")]
        assert own == [f"{worker}/{number}" for number in range(50)]


def test_update_secret(connection, name):
    """What OAuth clients do before their token ends. With passwords the new one is checked, or just taken."""
    connection.update_secret("guest", "refreshed")
    declare(connection.channel(), name)


def test_closing_a_connection_closes_its_channels_and_consumers(channel, connect, name):
    declare(channel, name)
    other = connect()
    for _ in range(5):
        Consumer(other.channel(), name)
    other.close()
    publish(channel, name, "x")
    assert take_texts(channel, name, 1) == ["x"]
    assert_empty(channel, name)


def test_a_half_sent_message_is_nothing(server, channel, name):
    """The connection breaks in the middle of a body."""
    from pamqp import body, commands

    from wire import Wire, content_header
    declare(channel, name)
    with Wire(server) as wire:
        wire.open().open_channel(1)
        wire.send(commands.Basic.Publish(routing_key=name), content_header(1000), body.ContentBody(b"half"), channel=1)
    publish(channel, name, "whole")
    assert take_texts(channel, name, 1) == ["whole"]
    assert_empty(channel, name)


def test_channels_are_numbered_and_used_again(connection):
    first = connection.channel()
    number = first.channel_number
    first.close()
    assert connection.channel(number).channel_number == number


def test_client_properties_are_taken(server):
    properties = {"connection_name": "orders", "nested": {"a": [1, "two", None]}}
    connection = pika.BlockingConnection(parameters(server, client_properties=properties))
    connection.close()
