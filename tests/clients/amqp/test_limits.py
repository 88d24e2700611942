"""What a queue holds: time to live, length, bytes, priorities."""

import pytest
from pika.exceptions import NackError

from broker import (Consumer, assert_empty, channel_refused, declare, declare_exchange, get, publish, ready_count,
                    serve, take, take_texts, texts, wait_for_ready)


def test_expiration_of_a_message(channel, name):
    declare(channel, name)
    publish(channel, name, "short", expiration="200")
    publish(channel, name, "for ever")
    assert ready_count(channel, name) == 2
    wait_for_ready(channel, name, 1)
    assert take_texts(channel, name, 1) == ["for ever"]


def test_expiration_0_is_gone_unless_somebody_waits_for_it(channel, connection, name):
    declare(channel, name)
    publish(channel, name, "nobody waits", expiration="0")
    assert_empty(channel, name)
    consumer = Consumer(connection.channel(), name, auto_ack=True)
    publish(channel, name, "at once", expiration="0")
    assert texts(consumer.wait(1)) == ["at once"]


def test_expiration_stays_a_property_of_the_message(channel, name):
    declare(channel, name)
    publish(channel, name, "x", expiration="60000")
    assert take(channel, name, 1)[0].properties.expiration == "60000"


def test_ttl_of_a_queue(channel, name):
    declare(channel, name, x_message_ttl=300)
    publish(channel, name, *range(3))
    assert ready_count(channel, name) == 3
    wait_for_ready(channel, name, 0)
    assert_empty(channel, name)


def test_the_shorter_of_both_counts(channel, name):
    declare(channel, name, x_message_ttl=60_000)
    publish(channel, name, "x", expiration="100")
    wait_for_ready(channel, name, 0)
    declare(channel, name + "-2", x_message_ttl=100)
    publish(channel, name + "-2", "x", expiration="60000")
    wait_for_ready(channel, name + "-2", 0)


def test_ttl_0_delivers_only_to_who_waits(channel, connection, name):
    declare(channel, name, x_message_ttl=0)
    publish(channel, name, "nobody waits")
    consumer = Consumer(connection.channel(), name, auto_ack=True)
    publish(channel, name, "at once")
    assert texts(consumer.wait(1)) == ["at once"]


def test_what_a_consumer_has_does_not_expire(channel, connection, name):
    declare(channel, name, x_message_ttl=200)
    publish(channel, name, "x")
    consumer = Consumer(connection.channel(), name)
    consumer.wait(1)
    serve(connection, 0.4)
    consumer.ack()
    consumer.channel.basic_qos(prefetch_count=1)  # the ack was no error


def test_what_comes_back_too_late_is_gone(channel, connection, name):
    declare(channel, name, x_message_ttl=200)
    publish(channel, name, "x")
    consumer = Consumer(connection.channel(), name)
    consumer.wait(1)
    serve(connection, 0.4)
    consumer.channel.close()
    assert_empty(channel, name)


def test_max_length_drops_the_oldest(channel, name):
    declare(channel, name, x_max_length=3)
    publish(channel, name, *range(10))
    assert take_texts(channel, name, 3) == ["7", "8", "9"]
    assert_empty(channel, name)


def test_max_length_counts_what_is_ready_only(channel, connection, name):
    declare(channel, name, x_max_length=3)
    publish(channel, name, *range(3))
    consumer = Consumer(connection.channel(), name, prefetch=2)
    consumer.wait(2)
    publish(channel, name, "3", "4")
    assert ready_count(channel, name) == 3
    publish(channel, name, "5")
    assert take_texts(channel, name, 3) == ["3", "4", "5"]


def test_max_length_0_keeps_nothing_that_nobody_waits_for(channel, name):
    declare(channel, name, x_max_length=0)
    publish(channel, name, "x")
    assert_empty(channel, name)


def test_max_length_bytes(channel, name):
    declare(channel, name, x_max_length_bytes=1000)
    for number in range(10):
        publish(channel, name, str(number) * 300)
    assert [text[0] for text in take_texts(channel, name, 3)] == ["7", "8", "9"]
    assert_empty(channel, name)


def test_the_first_limit_that_is_reached_counts(channel, name):
    declare(channel, name, x_max_length=5, x_max_length_bytes=100)
    publish(channel, name, *range(20))
    assert ready_count(channel, name) == 5
    publish(channel, name, "x" * 92)
    assert ready_count(channel, name) == 5  # 92 bytes and four of two
    publish(channel, name, "x" * 10)
    assert ready_count(channel, name) == 1  # what made it too large had to go, and all before it


@pytest.mark.parametrize("limit", [{"x_max_length": 2}, {"x_max_length_bytes": 2}], ids=["length", "bytes"])
def test_reject_publish_keeps_the_oldest(channel, name, limit):
    declare(channel, name, x_overflow="reject-publish", **limit)
    publish(channel, name, "0", "1")
    for number in range(2, 5):
        with pytest.raises(NackError):
            publish(channel, name, number)
    assert take_texts(channel, name, 1) == ["0"]
    publish(channel, name, "5")  # there is room again
    assert take_texts(channel, name, 2) == ["1", "5"]


def test_reject_publish_without_confirms_is_silent(channel, connection, name):
    declare(channel, name, x_max_length=1, x_overflow="reject-publish")
    plain = connection.channel()
    publish(plain, name, "0", "1", "2")
    plain.queue_declare(name, passive=True)
    assert take_texts(channel, name, 1) == ["0"]
    assert_empty(channel, name)


def test_drop_head_dead_letters_what_it_drops(channel, name):
    dead = name + "-dead"
    declare(channel, dead)
    declare(channel, name, x_max_length=1, x_dead_letter_exchange="", x_dead_letter_routing_key=dead)
    publish(channel, name, *range(3))
    messages = take(channel, dead, 2)
    assert texts(messages) == ["0", "1"]
    assert {message.headers["x-first-death-reason"] for message in messages} == {"maxlen"}


def test_reject_publish_dlx_dead_letters_what_it_refuses(channel, name):
    dead = name + "-dead"
    declare(channel, dead)
    declare(channel, name, x_max_length=1, x_overflow="reject-publish-dlx", x_dead_letter_exchange="",
            x_dead_letter_routing_key=dead)
    publish(channel, name, "0")
    for number in (1, 2):
        with pytest.raises(NackError):
            publish(channel, name, number)
    messages = take(channel, dead, 2)
    assert texts(messages) == ["1", "2"]
    assert {message.headers["x-first-death-reason"] for message in messages} == {"maxlen"}
    assert take_texts(channel, name, 1) == ["0"]


def test_limits_of_one_queue_do_not_stop_another(channel, name):
    declare_exchange(channel, name, "fanout")
    declare(channel, name + "-small", x_max_length=2)
    declare(channel, name + "-large")
    for end in ("-small", "-large"):
        channel.queue_bind(name + end, name)
    publish(channel, "", *range(6), exchange=name)
    assert take_texts(channel, name + "-large", 6) == [str(number) for number in range(6)]
    assert take_texts(channel, name + "-small", 2) == ["4", "5"]


def test_priorities(channel, name):
    declare(channel, name, x_max_priority=10)
    for number, priority in enumerate([0, 5, None, 10, 5, 1, 99]):
        properties = {} if priority is None else {"priority": priority}
        publish(channel, name, number, **properties)
    # Without a priority is 0; above the queue's is the queue's; equal ones keep their order.
    assert take_texts(channel, name, 7) == ["3", "6", "1", "4", "5", "0", "2"]


def test_priorities_in_a_queue_that_has_none(channel, name):
    declare(channel, name)
    for priority in (0, 9, 5):
        publish(channel, name, priority, priority=priority)
    messages = take(channel, name, 3)
    assert texts(messages) == ["0", "9", "5"]
    assert [message.properties.priority for message in messages] == [0, 9, 5]


def test_all_priorities(channel, name):
    declare(channel, name, x_max_priority=255)
    for priority in range(0, 256, 5):
        publish(channel, name, priority, priority=priority)
    assert take_texts(channel, name, 52) == [str(priority) for priority in range(255, -1, -5)]


def test_a_returned_message_keeps_its_priority(channel, name):
    declare(channel, name, x_max_priority=3)
    for priority in (1, 3, 2):
        publish(channel, name, priority, priority=priority)
    message = get(channel, name, auto_ack=False)
    channel.basic_nack(message.tag)
    assert take_texts(channel, name, 3) == ["3", "2", "1"]


def test_a_priority_overtakes_what_waits_for_a_slow_consumer(channel, connection, name):
    declare(channel, name, x_max_priority=5)
    publish(channel, name, *range(4), priority=1)
    consumer = Consumer(connection.channel(), name, prefetch=1)
    consumer.wait(1)
    publish(channel, name, "urgent", priority=5)
    for count in range(2, 6):
        consumer.ack()
        consumer.wait(count)
    assert consumer.texts == ["0", "urgent", "1", "2", "3"]


def test_max_length_drops_the_head_whatever_its_priority(channel, name):
    """RabbitMQ says so: the head is what would be delivered next, hence the highest priority."""
    declare(channel, name, x_max_priority=5, x_max_length=3)
    for priority in (5, 1, 3, 4):
        publish(channel, name, priority, priority=priority)
    assert take_texts(channel, name, 3) == ["4", "3", "1"]


def test_expiration_below_a_priority(channel, name):
    declare(channel, name, x_max_priority=5)
    publish(channel, name, "low", priority=0, expiration="150")
    publish(channel, name, "high", priority=5)
    assert ready_count(channel, name) == 2
    message = get(channel, name, auto_ack=False)
    assert message.text == "high"
    wait_for_ready(channel, name, 0)
    channel.basic_ack(message.tag)


def test_limits_are_not_negative(channel, name):
    with channel_refused(406, "invalid arg 'x-max-length'"):
        declare(channel, name, x_max_length=-5)
