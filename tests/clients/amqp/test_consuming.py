"""Consuming: acks, returns, order, prefetch, priorities among consumers, cancellation."""

import pika
import pytest

from broker import (Consumer, assert_empty, break_off, channel_refused, confirming, connection_refused, consumer_count, declare,
                    get, publish, ready_count, serve, serve_until, take, take_texts, texts, wait_for_ready)


def filled(channel, queue, count, **arguments):
    declare(channel, queue, **arguments)
    publish(channel, queue, *range(count))
    return queue


def numbers(first, end):
    return [str(number) for number in range(first, end)]


def test_consume_and_ack(channel, name):
    filled(channel, name, 10)
    consumer = Consumer(channel, name)
    messages = consumer.wait(10)
    assert texts(messages) == numbers(0, 10)
    assert [message.tag for message in messages] == list(range(1, 11))
    assert {message.consumer for message in messages} == {consumer.tag}
    assert not any(message.redelivered for message in messages)
    consumer.ack(-1, multiple=True)
    channel.basic_cancel(consumer.tag)
    assert_empty(channel, name)


def test_what_was_not_acked_comes_back_in_order_when_the_channel_ends(channel, connection, name):
    filled(channel, name, 6)
    other = connection.channel()
    consumer = Consumer(other, name)
    consumer.wait(6)
    consumer.ack(1)  # only the second
    other.close()
    messages = take(channel, name, 5)
    assert texts(messages) == ["0", "2", "3", "4", "5"]
    assert all(message.redelivered for message in messages)


def test_what_was_not_acked_comes_back_in_order_when_the_connection_breaks(channel, connect, name):
    filled(channel, name, 6)
    lost = connect()
    consumer = Consumer(lost.channel(), name, prefetch=4)
    consumer.wait(4)
    break_off(lost)
    wait_for_ready(channel, name, 6)
    messages = take(channel, name, 6)
    assert texts(messages) == numbers(0, 6)
    assert [message.redelivered for message in messages] == [True] * 4 + [False] * 2


def test_cancel_leaves_what_was_delivered_with_the_channel(channel, name):
    filled(channel, name, 3)
    consumer = Consumer(channel, name)
    consumer.wait(3)
    channel.basic_cancel(consumer.tag)
    assert_empty(channel, name)
    consumer.ack_all()
    assert ready_count(channel, name) == 0


def test_auto_ack(channel, connect, name):
    filled(channel, name, 3)
    other = connect()
    Consumer(other.channel(), name, auto_ack=True).wait(3)
    other.close()
    assert_empty(channel, name)


@pytest.mark.parametrize("way", ["nack", "reject", "recover"])
def test_returned_messages_keep_their_places(channel, name, way):
    filled(channel, name, 5)
    messages = [get(channel, name, auto_ack=False) for _ in range(3)]
    if way == "nack":
        channel.basic_nack(messages[-1].tag, multiple=True, requeue=True)
    elif way == "reject":
        for message in reversed(messages):
            channel.basic_reject(message.tag, requeue=True)
    else:
        channel.basic_recover(requeue=True)
    found = take(channel, name, 5)
    assert texts(found) == numbers(0, 5)
    assert [message.redelivered for message in found] == [True, True, True, False, False]


def test_one_that_is_returned_late_goes_back_to_its_place(channel, name):
    filled(channel, name, 4)
    first, second = get(channel, name, auto_ack=False), get(channel, name, auto_ack=False)
    channel.basic_nack(second.tag)
    channel.basic_nack(first.tag)
    assert take_texts(channel, name, 4) == numbers(0, 4)


def test_nack_multiple_without_requeue_drops(channel, name):
    filled(channel, name, 4)
    messages = [get(channel, name, auto_ack=False) for _ in range(3)]
    channel.basic_nack(messages[1].tag, multiple=True, requeue=False)
    channel.basic_reject(messages[2].tag, requeue=False)
    assert take_texts(channel, name, 1) == ["3"]
    assert_empty(channel, name)


def test_tag_0_with_multiple_means_all(channel, name):
    filled(channel, name, 4)
    consumer = Consumer(channel, name)
    consumer.wait(4)
    channel.basic_ack(0, multiple=True)
    channel.basic_cancel(consumer.tag)
    channel.basic_recover(requeue=True)
    assert_empty(channel, name)


def test_a_returned_message_goes_to_another_consumer_too(channel, connection, name):
    filled(channel, name, 1)
    first, second = connection.channel(), connection.channel()
    a = Consumer(first, name, prefetch=1)
    a.wait(1)
    b = Consumer(second, name, prefetch=1)
    first.basic_cancel(a.tag)
    first.basic_nack(a.messages[0].tag)
    assert b.wait(1)[0].redelivered


@pytest.mark.parametrize("settle", ["basic_ack", "basic_nack", "basic_reject"])
@pytest.mark.parametrize("tag", [1, 7])
def test_an_unknown_delivery_tag_is_refused(connection, settle, tag):
    channel = connection.channel()
    with channel_refused(406, f"unknown delivery tag {tag}"):
        getattr(channel, settle)(tag)
        channel.basic_qos(prefetch_count=1)


def test_a_second_ack_is_refused_and_returns_the_others(channel, connection, name):
    filled(channel, name, 2)
    other = connection.channel()
    consumer = Consumer(other, name)
    consumer.wait(2)
    consumer.ack(0)
    other.basic_cancel(consumer.tag)
    with channel_refused(406, "unknown delivery tag 1"):
        consumer.ack(0)
        other.basic_qos(prefetch_count=1)
    assert take_texts(channel, name, 1) == ["1"]


def test_ack_multiple_of_an_unknown_tag_is_refused(channel, connection, name):
    other = connection.channel()
    with channel_refused(406, "unknown delivery tag 5"):
        other.basic_ack(5, multiple=True)
        other.basic_qos(prefetch_count=1)


def test_get_says_how_many_are_left(channel, name):
    filled(channel, name, 3)
    assert [get(channel, name).left for _ in range(3)] == [2, 1, 0]
    assert get(channel, name) is None


def test_get_ignores_prefetch(channel, name):
    filled(channel, name, 3)
    channel.basic_qos(prefetch_count=1)
    assert [get(channel, name, auto_ack=False).text for _ in range(3)] == numbers(0, 3)


def test_prefetch_of_a_consumer(channel, connection, name):
    filled(channel, name, 10)
    consumer = Consumer(channel, name, prefetch=3)
    consumer.wait(3)
    serve(connection)
    assert consumer.texts == numbers(0, 3)
    consumer.ack(0)
    consumer.wait(4)
    serve(connection)
    assert consumer.texts == numbers(0, 4)
    consumer.ack(-1, multiple=True)
    assert texts(consumer.wait(7)) == numbers(0, 7)


def test_prefetch_is_each_new_consumers_own(channel, connection, name):
    """global=false: not what the standard says, but what RabbitMQ made of it and clients expect."""
    for end in ("a", "b", "c"):
        filled(channel, f"{name}-{end}", 10)
    first = Consumer(channel, name + "-a", prefetch=2)
    second = Consumer(channel, name + "-b", prefetch=5)
    third = Consumer(channel, name + "-c", prefetch=0)
    third.wait(10)
    serve(connection)
    assert [len(consumer.messages) for consumer in (first, second, third)] == [2, 5, 10]


def test_global_prefetch_is_the_channels(channel, connection, name):
    for end in ("a", "b"):
        filled(channel, f"{name}-{end}", 10)
    channel.basic_qos(prefetch_count=4, global_qos=True)
    first, second = Consumer(channel, name + "-a"), Consumer(channel, name + "-b")
    serve_until(connection, lambda: len(first.messages) + len(second.messages) >= 4, "four messages")
    serve(connection)
    assert len(first.messages) + len(second.messages) == 4
    channel.basic_ack(0, multiple=True)
    serve_until(connection, lambda: len(first.messages) + len(second.messages) >= 8, "four more")


def test_both_limits_hold_at_once(channel, connection, name):
    """In this order: in RabbitMQ a later global=false lifts the channel's limit."""
    for end in ("a", "b"):
        filled(channel, f"{name}-{end}", 10)
    channel.basic_qos(prefetch_count=3)
    channel.basic_qos(prefetch_count=5, global_qos=True)
    first, second = Consumer(channel, name + "-a"), Consumer(channel, name + "-b")
    serve_until(connection, lambda: len(first.messages) + len(second.messages) >= 5, "five messages")
    serve(connection)
    assert sorted([len(first.messages), len(second.messages)]) == [2, 3]


def test_a_raised_global_prefetch_holds_at_once(channel, connection, name):
    filled(channel, name, 10)
    channel.basic_qos(prefetch_count=2, global_qos=True)
    consumer = Consumer(channel, name)
    consumer.wait(2)
    serve(connection)
    assert len(consumer.messages) == 2
    channel.basic_qos(prefetch_count=6, global_qos=True)
    consumer.wait(6)


def test_prefetch_size_is_not_implemented(connection):
    with connection_refused(540, "prefetch_size!=0"):
        connection.channel().basic_qos(prefetch_size=1000)


def test_recover_without_requeue_is_not_implemented(connection):
    with connection_refused(540, "requeue=false"):
        connection.channel().basic_recover(requeue=False)


def test_consumers_take_turns(channel, connection, name):
    declare(channel, name)
    consumers = [Consumer(connection.channel(), name, prefetch=100) for _ in range(4)]
    publish(channel, name, *range(40))
    serve_until(connection, lambda: sum(len(one.messages) for one in consumers) == 40, "all messages")
    assert [len(one.messages) for one in consumers] == [10] * 4


def test_exclusive_consumer(channel, connection, name):
    declare(channel, name)
    consumer = Consumer(channel, name, exclusive=True)
    with channel_refused(403, f"queue '{name}' in vhost '/' in exclusive use"):
        Consumer(connection.channel(), name)
    channel.basic_cancel(consumer.tag)
    second = connection.channel()
    Consumer(second, name)
    with channel_refused(403, "in exclusive use"):
        Consumer(connection.channel(), name, exclusive=True)


def test_a_tag_is_used_once_on_a_channel(channel, connect, name):
    declare(channel, name)
    connection = connect()
    other = connection.channel()
    Consumer(other, name, tag="t")
    with connection_refused(530, "attempt to reuse consumer tag 't'"):
        other._impl._consumers.clear()  # pika itself would refuse
        other._consumer_infos.clear()
        other._impl._send_method(consume_method(name, "t"))
        serve_until(connection, lambda: False, "the refusal")


def consume_method(queue, tag):
    return pika.spec.Basic.Consume(queue=queue, consumer_tag=tag)


def test_the_same_tag_on_two_channels(channel, connection, name):
    filled(channel, name, 2)
    first, second = (Consumer(connection.channel(), name, prefetch=1, tag="same") for _ in range(2))
    first.wait(1)
    second.wait(1)


def test_tags_of_the_server(channel, name):
    declare(channel, name)
    answers = []
    channel._impl._rpc(pika.spec.Basic.Consume(queue=name), answers.append, [pika.spec.Basic.ConsumeOk])
    serve_until(channel.connection, lambda: answers, "consume-ok")
    assert answers[0].method.consumer_tag.startswith("amq.ctag-")


def test_cancel_of_an_unknown_tag_is_answered(channel):
    answers = []
    channel._impl._rpc(pika.spec.Basic.Cancel(consumer_tag="nobody"), answers.append, [pika.spec.Basic.CancelOk])
    serve_until(channel.connection, lambda: answers, "cancel-ok")


def test_deleting_the_queue_cancels_its_consumers(channel, connect, name):
    declare(channel, name)
    other = connect()
    consumer = Consumer(other.channel(), name)
    channel.queue_delete(name)
    serve_until(other, lambda: consumer.cancelled, "basic.cancel")
    assert consumer.channel.is_open


def test_higher_priority_first(channel, connection, name):
    declare(channel, name)
    low = Consumer(connection.channel(), name, prefetch=10)
    high = Consumer(connection.channel(), name, prefetch=2, arguments={"x-priority": 10})
    publish(channel, name, *range(5))
    serve_until(connection, lambda: len(low.messages) + len(high.messages) == 5, "all messages")
    assert (high.texts, low.texts) == (["0", "1"], ["2", "3", "4"])
    high.ack_all()
    publish(channel, name, "5")
    high.wait(3)
    assert high.texts[-1] == "5"


def test_negative_priority_is_below_none(channel, connection, name):
    declare(channel, name)
    low = Consumer(connection.channel(), name, prefetch=10, arguments={"x-priority": -1})
    usual = Consumer(connection.channel(), name, prefetch=1)
    publish(channel, name, "0", "1")
    serve_until(connection, lambda: len(low.messages) + len(usual.messages) == 2, "both messages")
    assert (usual.texts, low.texts) == (["0"], ["1"])


def test_single_active_consumer(channel, connection, name):
    declare(channel, name, x_single_active_consumer=True)
    first, second, third = (Consumer(connection.channel(), name, prefetch=5) for _ in range(3))
    publish(channel, name, *range(3))
    first.wait(3)
    serve(connection)
    assert second.messages == third.messages == []
    first.ack(0)
    first.channel.close()  # the next in line gets what came back, in order, and what follows
    second.wait(2)
    publish(channel, name, "3")
    second.wait(3)
    assert second.texts == ["1", "2", "3"]
    assert third.messages == []
    assert consumer_count(channel, name) == 2


def test_single_active_consumer_and_exclusive_exclude_each_other(channel, connection, name):
    declare(channel, name, x_single_active_consumer=True)
    with channel_refused(403, "in exclusive use"):
        Consumer(connection.channel(), name, exclusive=True)


def test_a_consumer_that_never_acks_holds_its_prefetch_and_no_more(channel, connection, name):
    filled(channel, name, 20)
    stuck = Consumer(connection.channel(), name, prefetch=4)
    stuck.wait(4)
    worker = Consumer(connection.channel(), name, prefetch=1)
    for count in range(1, 17):
        worker.wait(count)
        worker.ack()
    assert worker.texts == numbers(4, 20)


def test_one_blocked_channel_does_not_stop_another(channel, connection, name):
    filled(channel, name + "-a", 5)
    filled(channel, name + "-b", 5)
    Consumer(connection.channel(), name + "-a", prefetch=1).wait(1)
    assert len(Consumer(connection.channel(), name + "-b").wait(5)) == 5


def test_many_channels(connection, channel, name):
    declare(channel, name)
    consumers = [Consumer(connection.channel(), name, prefetch=1) for _ in range(200)]
    publish(channel, name, *range(200))
    serve_until(connection, lambda: all(one.messages for one in consumers), "one message each")
    assert sorted(int(one.texts[0]) for one in consumers) == list(range(200))
    assert consumer_count(channel, name) == 200


def test_flow_is_answered(channel, connection):
    """channel.flow(true) changes nothing; the server may refuse to stop."""
    assert channel.flow(True) is True


def test_flow_off_is_not_implemented(connection):
    with connection_refused(540, "active=false"):
        connection.channel().flow(False)


def test_publisher_and_consumer_on_one_channel(channel, name):
    declare(channel, name)
    consumer = Consumer(channel, name, prefetch=5)
    for number in range(50):
        publish(channel, name, number)
        consumer.wait(number + 1)
        consumer.ack()
    assert consumer.texts == numbers(0, 50)


def test_confirming_consumer_sees_redelivered_only_when_it_is(connection, name):
    channel = confirming(connection)
    filled(channel, name, 1)
    message = get(channel, name, auto_ack=False)
    assert message.redelivered is False
    channel.basic_nack(message.tag)
    (message,) = take(channel, name, 1, auto_ack=False)
    assert message.redelivered is True
    channel.basic_ack(message.tag)
    assert_empty(channel, name)
