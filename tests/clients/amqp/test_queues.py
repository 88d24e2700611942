"""Queues themselves: declaring, finding, exclusive and auto-delete ones, redeclaring, deleting."""

import pytest
from pika.exceptions import UnroutableError

from broker import (Consumer, channel_refused, confirming, connection_refused, consumer_count, declare, publish,
                    ready_count, serve, take_texts, wait_for_ready)
from server import wait_until


def test_declare_says_what_is_there(channel, connection, name):
    answer = channel.queue_declare(name, durable=True).method
    assert (answer.queue, answer.message_count, answer.consumer_count) == (name, 0, 0)
    publish(channel, name, *range(3))
    Consumer(connection.channel(), name, prefetch=1).wait(1)
    answer = channel.queue_declare(name, durable=True).method
    assert (answer.queue, answer.message_count, answer.consumer_count) == (name, 2, 1)


def test_passive_declare_only_looks(channel, connection, name):
    channel.queue_declare(name, durable=True)
    assert channel.queue_declare(name, passive=True).method.queue == name
    channel.queue_declare(name, passive=True, durable=False, auto_delete=True)  # the rest is not looked at
    with channel_refused(404, f"no queue '{name}-other' in vhost '/'"):
        channel.queue_declare(name + "-other", passive=True)


def test_passive_declare_of_an_exchange(channel, connection, name):
    channel.exchange_declare(name, "fanout")
    channel.exchange_declare(name, "fanout", passive=True)
    with channel_refused(404, f"no exchange '{name}-other' in vhost '/'"):
        channel.exchange_declare(name + "-other", passive=True)


def test_names_of_the_server(channel, name):
    first, second = (channel.queue_declare("", exclusive=True).method.queue for _ in range(2))
    assert first != second
    assert first.startswith("amq.gen-")
    publish(channel, first, "x")
    assert take_texts(channel, first, 1) == ["x"]


def test_no_name_means_the_channels_last_queue(channel, connection, name):
    declare(channel, name)
    channel.exchange_declare(name, "fanout")
    channel.queue_bind("", name, "")
    publish(channel, "", "x", exchange=name)
    assert channel.queue_purge("").method.message_count == 1
    publish(channel, "", "y", exchange=name)
    assert take_texts(channel, "", 1) == ["y"]
    with channel_refused(404, "no previously declared queue"):
        connection.channel().queue_bind("", name, "")


def test_names_that_are_reserved(channel, name):
    with channel_refused(403, "queue name 'amq.mine' contains reserved prefix 'amq.*'"):
        channel.queue_declare("amq.mine")


def test_names_of_exchanges_that_are_reserved(channel):
    with channel_refused(403, "exchange name 'amq.mine' contains reserved prefix 'amq.*'"):
        channel.exchange_declare("amq.mine", "fanout")


@pytest.mark.parametrize("queue", ["ünïcode", "with space", "a/b", "%2F", "'quoted'", "x" * 255], ids=str)
def test_names_may_have_any_text(channel, name, queue):
    queue = (name[-8:] + queue)[:255] if len(queue.encode()) == 255 else name + queue
    declare(channel, queue)
    publish(channel, queue, "x")
    assert take_texts(channel, queue, 1) == ["x"]
    channel.queue_delete(queue)


def test_exclusive_queue_is_of_its_connection(channel, connect, name):
    other = connect()
    channel.queue_declare(name, exclusive=True)
    channel.queue_declare(name, exclusive=True)
    locked = f"cannot obtain exclusive access to locked queue '{name}' in vhost '/'"
    attempts = [
        lambda one: one.queue_declare(name, exclusive=True),
        lambda one: one.queue_declare(name, passive=True),
        lambda one: one.basic_consume(name, lambda *_: None),
        lambda one: one.basic_get(name),
        lambda one: one.queue_bind(name, "amq.direct", "k"),
        lambda one: one.queue_purge(name),
        lambda one: one.queue_delete(name),
    ]
    for attempt in attempts:
        with channel_refused(405, locked):
            attempt(other.channel())
    publish(confirming(other), name, "publishing is not locked")
    assert ready_count(channel, name) == 1


def test_exclusive_queue_goes_with_its_connection(channel, connect, name):
    owner = connect()
    owner.channel().queue_declare(name, exclusive=True)
    owner.close()
    with channel_refused(404, f"no queue '{name}'"):
        channel.queue_declare(name, passive=True)


def test_exclusive_queue_does_not_go_with_its_channel(connection, name):
    first = connection.channel()
    first.queue_declare(name, exclusive=True)
    first.close()
    assert ready_count(connection.channel(), name) == 0


def test_auto_delete_queue_goes_with_its_last_consumer(channel, connection, name):
    channel.queue_declare(name, auto_delete=True)
    first, second = Consumer(connection.channel(), name), Consumer(connection.channel(), name)
    first.channel.basic_cancel(first.tag)
    assert consumer_count(channel, name) == 1
    second.channel.close()
    with channel_refused(404, f"no queue '{name}'"):
        wait_until(lambda: channel.queue_declare(name, passive=True) is None, "the queue is gone")


def test_auto_delete_queue_without_consumers_stays(channel, connection, name):
    channel.queue_declare(name, auto_delete=True)
    publish(channel, name, "x")
    assert take_texts(channel, name, 1) == ["x"]
    assert ready_count(channel, name) == 0


DECLARED = dict(durable=True, auto_delete=False, exclusive=False)
DIFFERENCES = [  # declared with, again with, and other flags: the argument, what was asked and what is
    ({}, {}, dict(durable=False), "durable", "'false'", "'true'"),
    ({}, {}, dict(auto_delete=True), "auto_delete", "'true'", "'false'"),
    ({"x-message-ttl": 1000}, {"x-message-ttl": 2000}, {}, "x-message-ttl",
     "'2000'", "'1000'"),
    ({}, {"x-message-ttl": 2000}, {}, "x-message-ttl", "the value '2000' of type 'signedint'", "none"),
    ({"x-max-priority": 5}, {}, {}, "x-max-priority", "none", "the value '5' of type 'signedint'"),
    ({"x-max-length": 5}, {"x-max-length": 6}, {}, "x-max-length",
     "'6'", "'5'"),
    ({"x-overflow": "drop-head"}, {"x-overflow": "reject-publish"}, {}, "x-overflow",
     "'reject-publish'", "'drop-head'"),
    ({"x-dead-letter-exchange": "a"}, {"x-dead-letter-exchange": "b"}, {}, "x-dead-letter-exchange",
     "'b'", "'a'"),
    ({"x-single-active-consumer": True}, {}, {}, "x-single-active-consumer", "none",
     "the value 'true' of type 'bool'"),
]


@pytest.mark.parametrize("arguments, again, flags, argument, asked, found", DIFFERENCES)
def test_declaring_otherwise_says_what_differs(channel, name, arguments, again, flags, argument, asked, found):
    channel.queue_declare(name, arguments=arguments, **DECLARED)
    with channel_refused(406, f"inequivalent arg '{argument}' for queue '{name}' in vhost '/': received {asked} but "
                              f"current is {found}"):
        channel.queue_declare(name, arguments=again, **{**DECLARED, **flags})


def test_declaring_the_same_again_is_fine_whatever_the_integers_width(channel, name):
    channel.queue_declare(name, durable=True, arguments={"x-message-ttl": 1000, "x-max-length": 5})
    channel.queue_declare(name, durable=True, arguments={"x-message-ttl": 1000, "x-max-length": 5})


def test_arguments_that_nobody_knows_do_not_matter_when_declaring_again(channel, name):
    channel.queue_declare(name, durable=True)
    channel.queue_declare(name, durable=True)
    channel.queue_declare(name, durable=True, passive=True, arguments={"x-anything": 1})


BAD_ARGUMENTS = [
    ({"x-message-ttl": -1}, "x-message-ttl"),
    ({"x-message-ttl": "soon"}, "x-message-ttl"),
    ({"x-expires": 0}, "x-expires"),
    ({"x-expires": "never"}, "x-expires"),
    ({"x-max-length": -1}, "x-max-length"),
    ({"x-max-length-bytes": "many"}, "x-max-length-bytes"),
    ({"x-max-priority": 256}, "x-max-priority"),
    ({"x-max-priority": -1}, "x-max-priority"),
    ({"x-overflow": "explode"}, "x-overflow"),
    ({"x-dead-letter-routing-key": "k"}, "x-dead-letter-routing-key"),  # without an exchange
    ({"x-single-active-consumer": "yes"}, "x-single-active-consumer"),
    ({"x-queue-type": "nonsense"}, "x-queue-type"),
]


@pytest.mark.parametrize("arguments, named", BAD_ARGUMENTS, ids=[str(bad) for bad, _ in BAD_ARGUMENTS])
def test_bad_arguments_are_refused_by_name(channel, name, arguments, named):
    with channel_refused(406, f"invalid arg '{named}' for queue '{name}' in vhost '/'"):
        channel.queue_declare(name, durable=True, arguments=arguments)


def test_a_dead_letter_exchange_that_is_no_text_is_refused(channel, name):
    with channel_refused(406, f"invalid type 'signedint' for arg 'x-dead-letter-exchange' in queue '{name}'"):
        channel.queue_declare(name, durable=True, arguments={"x-dead-letter-exchange": 5})


# RabbitMQ takes arguments that it does not know and ignores them.
@pytest.mark.koine_only
def test_an_unknown_argument_is_refused_by_name(channel, name):
    with channel_refused(406, "x-no-such-thing"):
        channel.queue_declare(name, durable=True, arguments={"x-no-such-thing": 1})


@pytest.mark.parametrize("kind", ["classic", "quorum"])
def test_queue_types_that_clients_ask_for(channel, connection, name, kind):
    channel.queue_declare(name, durable=True, arguments={"x-queue-type": kind})
    channel.queue_declare(name, durable=True, arguments={"x-queue-type": kind})
    publish(channel, name, "x")
    consumer = Consumer(connection.channel(), name, prefetch=1)
    assert consumer.wait(1)[0].text == "x"
    consumer.ack()


def test_purge(channel, connection, name):
    declare(channel, name)
    publish(channel, name, *range(10))
    consumer = Consumer(connection.channel(), name, prefetch=3)
    consumer.wait(3)
    assert channel.queue_purge(name).method.message_count == 7
    assert ready_count(channel, name) == 0
    consumer.channel.close()  # what was delivered is not purged
    wait_for_ready(channel, name, 3)


def test_delete_says_how_many_went_with_it(channel, name):
    declare(channel, name)
    publish(channel, name, *range(4))
    assert channel.queue_delete(name).method.message_count == 4
    assert channel.queue_delete(name).method.message_count == 0  # what is not there is not an error


def test_delete_if_unused(channel, connection, name):
    declare(channel, name)
    consumer = Consumer(connection.channel(), name)
    with channel_refused(406, f"queue '{name}' in vhost '/' in use"):
        connection.channel().queue_delete(name, if_unused=True)
    consumer.channel.basic_cancel(consumer.tag)
    channel.queue_delete(name, if_unused=True)


def test_delete_if_empty(channel, connection, name):
    declare(channel, name)
    publish(channel, name, "x")
    with channel_refused(406, f"queue '{name}' in vhost '/' not empty"):
        connection.channel().queue_delete(name, if_empty=True)
    assert take_texts(channel, name, 1) == ["x"]
    channel.queue_delete(name, if_empty=True)


def test_a_queue_that_was_deleted_and_declared_again_is_empty(channel, name):
    for _ in range(3):
        declare(channel, name)
        publish(channel, name, "old")
        channel.queue_delete(name)
    declare(channel, name)
    assert ready_count(channel, name) == 0


def is_routable(channel, queue):
    """Publishing is no use of a queue: it does not keep it from expiring, as declaring and basic.get do."""
    try:
        publish(channel, queue, "x", mandatory=True)
        return True
    except UnroutableError:
        return False


def test_unused_queue_expires(channel, name):
    declare(channel, name, x_expires=400)
    assert is_routable(channel, name)
    wait_until(lambda: not is_routable(channel, name), "the queue is gone")


def test_a_consumer_keeps_a_queue_from_expiring(channel, connection, name):
    declare(channel, name, x_expires=300)
    consumer = Consumer(connection.channel(), name, auto_ack=True)
    serve(connection, 0.8)
    assert is_routable(channel, name)
    consumer.channel.close()
    wait_until(lambda: not is_routable(channel, name), "the queue is gone")


def test_binding_what_is_not_there(channel, connection, name):
    with channel_refused(404, f"no queue '{name}' in vhost '/'"):
        connection.channel().queue_bind(name, "amq.direct", "k")
    declare(channel, name)
    with channel_refused(404, f"no exchange '{name}' in vhost '/'"):
        connection.channel().queue_bind(name, name, "k")
    with channel_refused(404, f"no exchange '{name}' in vhost '/'"):
        connection.channel().exchange_bind("amq.direct", name, "k")


def test_the_default_exchange_is_not_to_be_bound_declared_or_deleted(channel, connection, name):
    declare(channel, name)
    for attempt in (lambda one: one.queue_bind(name, "", "k"), lambda one: one.queue_unbind(name, "", name),
                    lambda one: one.exchange_delete(""), lambda one: one.exchange_bind("amq.direct", "")):
        with channel_refused(403, "operation not permitted on the default exchange"):
            attempt(connection.channel())


def test_predeclared_exchanges_are_not_to_be_deleted(channel):
    with channel_refused(403, "amq.direct"):
        channel.exchange_delete("amq.direct")


EXCHANGE_DIFFERENCES = [
    (dict(exchange_type="topic"), "inequivalent arg 'type' for exchange '{}' in vhost '/': received 'topic' but "
                                  "current is 'direct'"),
    (dict(durable=False), "inequivalent arg 'durable' for exchange '{}' in vhost '/': received 'false' but current is "
                          "'true'"),
    (dict(auto_delete=True), "inequivalent arg 'auto_delete' for exchange '{}' in vhost '/': received 'true' but "
                             "current is 'false'"),
    (dict(internal=True), "inequivalent arg 'internal' for exchange '{}' in vhost '/': received 'true' but current is "
                          "'false'"),
    (dict(arguments={"alternate-exchange": "spare"}), "inequivalent arg 'alternate-exchange' for exchange '{}' in "
     "vhost '/': received"),
]


@pytest.mark.parametrize("difference, sentence", EXCHANGE_DIFFERENCES)
def test_declaring_an_exchange_otherwise_says_what_differs(channel, name, difference, sentence):
    declared = dict(exchange_type="direct", durable=True)
    channel.exchange_declare(name, **declared)
    channel.exchange_declare(name, **declared)
    with channel_refused(406, sentence.format(name)):
        channel.exchange_declare(name, **{**declared, **difference})


def test_an_exchange_type_that_is_not_there(connection, name):
    with connection_refused(503, "unknown exchange type 'no-such-type'"):
        connection.channel().exchange_declare(name, "no-such-type")


def test_many_queues(channel, name):
    for number in range(300):
        declare(channel, f"{name}-{number}")
    publish(channel, f"{name}-299", "x")
    assert ready_count(channel, f"{name}-299") == 1
    for number in range(300):
        channel.queue_delete(f"{name}-{number}")
