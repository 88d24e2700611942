"""Direct reply-to: answers without a queue for them."""

import pytest

from broker import Consumer, channel_refused, declare, publish, serve, serve_until, take

REPLY = "amq.rabbitmq.reply-to"


@pytest.fixture
def caller(connect):
    """A channel that consumes replies, on a connection of its own, and what has come."""
    connection = connect()
    return Consumer(connection.channel(), REPLY, auto_ack=True)


def test_question_and_answer(channel, connection, name, caller):
    declare(channel, name)
    publish(caller.channel, name, "2 + 2", reply_to=REPLY, correlation_id="1")
    (question,) = take(channel, name, 1)
    address = question.properties.reply_to
    assert address.startswith(REPLY + ".")
    publish(channel, address, "4", correlation_id=question.properties.correlation_id)
    (answer,) = caller.wait(1)
    assert (answer.text, answer.properties.correlation_id) == ("4", "1")
    assert (answer.exchange, answer.routing_key) == ("", address)


def test_many_callers_get_their_own_answers(channel, connect, name):
    declare(channel, name)
    callers = [Consumer(connect().channel(), REPLY, auto_ack=True) for _ in range(4)]
    for number, caller in enumerate(callers):
        publish(caller.channel, name, number, reply_to=REPLY)
    for question in take(channel, name, 4):
        publish(channel, question.properties.reply_to, f"answer {question.text}")
    for number, caller in enumerate(callers):
        assert caller.wait(1)[0].text == f"answer {number}"


def test_several_answers_to_one_question(channel, name, caller):
    declare(channel, name)
    publish(caller.channel, name, "?", reply_to=REPLY)
    (question,) = take(channel, name, 1)
    publish(channel, question.properties.reply_to, *range(5))
    assert [message.text for message in caller.wait(5)] == [str(number) for number in range(5)]


def test_the_address_can_be_looked_at(channel, name, caller):
    """A passive declare says whether somebody still waits for the answer."""
    declare(channel, name)
    publish(caller.channel, name, "?", reply_to=REPLY)
    address = take(channel, name, 1)[0].properties.reply_to
    channel.queue_declare(address, passive=True)
    caller.channel.close()
    with channel_refused(404, address):
        channel.queue_declare(address, passive=True)


def test_an_answer_to_nobody_is_dropped(channel, connection, name, caller):
    declare(channel, name)
    publish(caller.channel, name, "?", reply_to=REPLY)
    address = take(channel, name, 1)[0].properties.reply_to
    caller.channel.close()
    publish(channel, address, "too late")
    assert channel.is_open


def test_answers_must_be_taken_without_ack(connection):
    with channel_refused(406, "reply consumer cannot acknowledge"):
        Consumer(connection.channel(), REPLY)


def test_one_consumer_of_answers_for_each_channel(connection):
    channel = connection.channel()
    Consumer(channel, REPLY, auto_ack=True)
    with channel_refused(406, "reply consumer already set"):
        Consumer(channel, REPLY, auto_ack=True)


def test_a_question_without_a_consumer_for_its_answer_is_refused(connection, channel, name):
    declare(channel, name)
    with channel_refused(406, "fast reply consumer does not exist"):
        publish(channel, name, "?", reply_to=REPLY)


def test_another_reply_to_is_left_alone(channel, name):
    declare(channel, name)
    publish(channel, name, "?", reply_to="my-own-queue")
    assert take(channel, name, 1)[0].properties.reply_to == "my-own-queue"


def test_the_classic_way_with_an_exclusive_queue(channel, connect, name):
    declare(channel, name)
    client = connect().channel()
    answers = Consumer(client, client.queue_declare("", exclusive=True).method.queue, auto_ack=True)
    queue = answers.channel.queue_declare("", exclusive=True).method.queue
    second = Consumer(client, queue, auto_ack=True)
    publish(client, name, "?", reply_to=queue, correlation_id="9")
    (question,) = take(channel, name, 1)
    publish(channel, question.properties.reply_to, "!", correlation_id=question.properties.correlation_id)
    serve_until(client.connection, lambda: second.messages, "the answer")
    serve(client.connection, 0.05)
    assert answers.messages == []
    assert second.messages[0].properties.correlation_id == "9"
