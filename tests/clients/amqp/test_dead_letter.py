"""Dead letters: why a message goes where, and what it says of its way."""

import datetime

import pytest

from broker import (Consumer, assert_empty, declare, declare_exchange, get, publish, ready_count, take, take_texts,
                    texts)
from server import wait_until


@pytest.fixture
def dead(channel, name):
    """The queue that dead letters go to."""
    return declare(channel, name + "-dead")


def deaths_of(message):
    """x-death, most recent first, without the times, which must be recent."""
    found = []
    for death in message.headers["x-death"]:
        death = dict(death)
        age = datetime.datetime.now(datetime.timezone.utc) - death.pop("time").replace(tzinfo=datetime.timezone.utc)
        assert abs(age.total_seconds()) < 120
        found.append(death)
    return found


def declare_dying(channel, queue, dead, **arguments):
    return declare(channel, queue, x_dead_letter_exchange="", x_dead_letter_routing_key=dead, **arguments)


def reject_first(channel, queue):
    channel.basic_reject(take(channel, queue, 1, auto_ack=False)[0].tag, requeue=False)


@pytest.mark.parametrize("way", ["reject", "nack"])
def test_rejected(channel, name, dead, way):
    declare_dying(channel, name, dead)
    publish(channel, name, "x", headers={"mine": 1}, correlation_id="7")
    message = get(channel, name, auto_ack=False)
    getattr(channel, "basic_" + way)(message.tag, requeue=False)
    (message,) = take(channel, dead, 1)
    assert (message.text, message.routing_key, message.exchange) == ("x", dead, "")
    assert message.properties.correlation_id == "7"
    assert message.properties.delivery_mode == 2
    assert not message.redelivered
    assert message.headers["mine"] == 1
    assert deaths_of(message) == [{"count": 1, "reason": "rejected", "queue": name, "exchange": "",
                                   "routing-keys": [name]}]
    assert message.headers["x-first-death-reason"] == "rejected"
    assert message.headers["x-first-death-queue"] == name
    assert message.headers["x-first-death-exchange"] == ""


# RabbitMQ has these since 3.13.
@pytest.mark.koine_only
def test_last_death(channel, name, dead):
    declare_dying(channel, name, dead)
    publish(channel, name, "x")
    reject_first(channel, name)
    (message,) = take(channel, dead, 1)
    assert message.headers["x-last-death-reason"] == "rejected"
    assert message.headers["x-last-death-queue"] == name
    assert message.headers["x-last-death-exchange"] == ""


def test_expired_in_the_queue(channel, name, dead):
    declare_dying(channel, name, dead, x_message_ttl=100)
    publish(channel, name, *range(3))
    messages = take(channel, dead, 3)
    assert texts(messages) == ["0", "1", "2"]
    assert [deaths_of(message)[0]["reason"] for message in messages] == ["expired"] * 3


def test_expired_by_itself_loses_its_expiration(channel, name, dead):
    """Else it would expire again where it goes."""
    declare_dying(channel, name, dead)
    publish(channel, name, "x", expiration="100")
    (message,) = take(channel, dead, 1)
    assert message.properties.expiration is None
    assert deaths_of(message) == [{"count": 1, "reason": "expired", "queue": name, "exchange": "",
                                   "routing-keys": [name], "original-expiration": "100"}]


def test_dropped_from_a_full_queue(channel, name, dead):
    declare_dying(channel, name, dead, x_max_length=2)
    publish(channel, name, *range(4))
    messages = take(channel, dead, 2)
    assert texts(messages) == ["0", "1"]
    assert deaths_of(messages[0])[0]["reason"] == "maxlen"


def test_the_exchange_and_the_keys_it_came_by(channel, name, dead):
    declare_exchange(channel, name, "topic")
    declare_dying(channel, name, dead)
    channel.queue_bind(name, name, "orders.#")
    publish(channel, "orders.new", "x", exchange=name, headers={"CC": ["also"]})
    reject_first(channel, name)
    (message,) = take(channel, dead, 1)
    assert deaths_of(message) == [{"count": 1, "reason": "rejected", "queue": name, "exchange": name,
                                   "routing-keys": ["orders.new", "also"]}]


def test_without_a_key_of_its_own_the_message_keeps_its_own(channel, name):
    exchange = declare_exchange(channel, name + "-dlx", "direct")
    dead = declare(channel, name + "-dead")
    channel.queue_bind(dead, exchange, name)
    declare(channel, name, x_dead_letter_exchange=exchange)
    publish(channel, name, "x")
    reject_first(channel, name)
    (message,) = take(channel, dead, 1)
    assert (message.exchange, message.routing_key) == (exchange, name)


def test_keys_that_were_added_by_cc_are_kept_only_without_a_key_of_its_own(channel, name):
    exchange = declare_exchange(channel, name + "-dlx", "direct")
    dead, carbon = declare(channel, name + "-dead"), declare(channel, name + "-cc")
    channel.queue_bind(dead, exchange, name)
    channel.queue_bind(carbon, exchange, "carbon")
    declare(channel, name, x_dead_letter_exchange=exchange)
    publish(channel, name, "1", headers={"CC": ["carbon"]})
    reject_first(channel, name)
    assert take_texts(channel, dead, 1) == take_texts(channel, carbon, 1) == ["1"]


def test_many_queues_behind_the_dead_letter_exchange(channel, name):
    exchange = declare_exchange(channel, name, "fanout")
    for end in ("-a", "-b"):
        declare(channel, name + end)
        channel.queue_bind(name + end, exchange)
    declare(channel, name, x_dead_letter_exchange=exchange)
    publish(channel, name, "x")
    reject_first(channel, name)
    assert take_texts(channel, name + "-a", 1) == take_texts(channel, name + "-b", 1) == ["x"]


def test_an_exchange_that_is_not_there_drops(channel, name):
    declare(channel, name, x_dead_letter_exchange=name + "-nowhere")
    publish(channel, name, "x", "y")
    reject_first(channel, name)
    assert take_texts(channel, name, 1) == ["y"]


def test_deaths_add_up_with_the_newest_first(channel, name, dead):
    """Twice through two queues: one entry each, whose count grows and which moves to the front."""
    second = name + "-second"
    declare_dying(channel, name, second)
    declare_dying(channel, second, dead)
    publish(channel, name, "x")
    reject_first(channel, name)
    reject_first(channel, second)
    (message,) = take(channel, dead, 1)
    assert [(death["queue"], death["count"]) for death in deaths_of(message)] == [(second, 1), (name, 1)]
    publish(channel, name, message.body, headers=message.headers)
    reject_first(channel, name)
    (message,) = take(channel, second, 1)
    assert [(death["queue"], death["count"]) for death in deaths_of(message)] == [(name, 2), (second, 1)]
    assert message.headers["x-first-death-queue"] == name


def test_retry_with_a_delay_by_two_queues(channel, name):
    """What many applications do: a rejected message waits in another queue and comes back."""
    waiting = name + "-waiting"
    declare(channel, name, x_dead_letter_exchange="", x_dead_letter_routing_key=waiting)
    declare(channel, waiting, x_message_ttl=100, x_dead_letter_exchange="", x_dead_letter_routing_key=name)
    publish(channel, name, "x")
    for attempt in range(3):
        (message,) = take(channel, name, 1, auto_ack=False)
        counts = {death["queue"]: death["count"] for death in message.headers.get("x-death", [])}
        assert counts == ({} if attempt == 0 else {name: attempt, waiting: attempt})
        channel.basic_nack(message.tag, requeue=False)


def test_a_circle_without_any_rejection_is_cut(channel, connection, name):
    declare(channel, name, x_message_ttl=100, x_dead_letter_exchange="", x_dead_letter_routing_key=name)
    publish(channel, name, "x")
    wait_until(lambda: ready_count(channel, name) == 0, "the message is dropped")
    assert_empty(channel, name)


def test_a_circle_of_two_that_only_expires_is_cut(channel, name):
    second = name + "-second"
    declare(channel, name, x_message_ttl=50, x_dead_letter_exchange="", x_dead_letter_routing_key=second)
    declare(channel, second, x_message_ttl=50, x_dead_letter_exchange="", x_dead_letter_routing_key=name)
    publish(channel, name, "x")
    wait_until(lambda: ready_count(channel, name) + ready_count(channel, second) == 0, "the message is dropped")


def test_deleting_or_purging_a_queue_does_not_dead_letter(channel, name, dead):
    declare_dying(channel, name, dead)
    publish(channel, name, "x")
    channel.queue_purge(name)
    publish(channel, name, "y")
    channel.queue_delete(name)
    assert_empty(channel, dead)


def test_dead_letters_keep_their_order(channel, connection, name, dead):
    declare_dying(channel, name, dead)
    publish(channel, name, *range(50))
    consumer = Consumer(connection.channel(), name)
    consumer.wait(50)
    consumer.channel.basic_nack(consumer.messages[-1].tag, multiple=True, requeue=False)
    assert take_texts(channel, dead, 50) == [str(number) for number in range(50)]


def test_delivery_limit(channel, connection, name, dead):
    """How often a message comes back before it is taken for poison: three returns, four deliveries."""
    declare_dying(channel, name, dead, x_queue_type="quorum", x_delivery_limit=3)
    publish(channel, name, "poison")
    consumer = Consumer(connection.channel(), name, prefetch=1)
    for delivery in range(4):
        message = consumer.wait(delivery + 1)[-1]
        assert message.headers.get("x-delivery-count", 0) == delivery
        assert message.redelivered == (delivery > 0)
        consumer.channel.basic_reject(message.tag, requeue=True)
    (message,) = take(channel, dead, 1)
    assert deaths_of(message)[0]["reason"] == "delivery_limit"
    assert ready_count(channel, name) == 0
