"""tx: what is published and acked takes effect together at commit."""

from broker import (assert_empty, channel_refused, declare, get, publish, ready_count, take, take_texts)


def transacted(connection):
    channel = connection.channel()
    channel.tx_select()
    return channel


def test_nothing_is_there_before_commit(channel, connection, name):
    declare(channel, name)
    tx = transacted(connection)
    publish(tx, name, *range(3))
    tx.queue_declare(name, passive=True)
    assert_empty(channel, name)
    tx.tx_commit()
    assert take_texts(channel, name, 3) == ["0", "1", "2"]


def test_rollback_forgets_what_was_published(channel, connection, name):
    declare(channel, name)
    tx = transacted(connection)
    publish(tx, name, "forgotten")
    tx.tx_rollback()
    publish(tx, name, "kept")
    tx.tx_commit()
    assert take_texts(channel, name, 1) == ["kept"]
    assert_empty(channel, name)


def test_acks_wait_for_commit(channel, connection, name):
    declare(channel, name)
    publish(channel, name, *range(3))
    tx = transacted(connection)
    tags = [get(tx, name, auto_ack=False).tag for _ in range(3)]
    tx.basic_ack(tags[0])
    tx.tx_commit()
    tx.basic_ack(tags[1])
    tx.close()  # without commit
    assert take_texts(channel, name, 2) == ["1", "2"]


def test_rollback_takes_acks_back_but_does_not_redeliver(channel, connection, name):
    declare(channel, name)
    publish(channel, name, "x")
    tx = transacted(connection)
    message = get(tx, name, auto_ack=False)
    tx.basic_ack(message.tag)
    tx.tx_rollback()
    assert_empty(channel, name)  # it is still with the channel
    tx.basic_ack(message.tag)  # hence may be acked again
    tx.tx_commit()
    tx.close()
    assert_empty(channel, name)


def test_nack_in_a_transaction(channel, connection, name):
    declare(channel, name)
    publish(channel, name, "x")
    tx = transacted(connection)
    message = get(tx, name, auto_ack=False)
    tx.basic_nack(message.tag, requeue=True)
    assert_empty(channel, name)
    tx.tx_commit()
    assert take(channel, name, 1)[0].redelivered


def test_what_moves_from_one_queue_to_another(channel, connection, name):
    """The usual reason for a transaction: take here, put there."""
    source, target = declare(channel, name + "-source"), declare(channel, name + "-target")
    publish(channel, source, *range(5))
    tx = transacted(connection)
    for _ in range(5):
        message = get(tx, source, auto_ack=False)
        publish(tx, target, message.body)
        tx.basic_ack(message.tag)
        tx.tx_commit()
    tx.close()
    assert take_texts(channel, target, 5) == [str(number) for number in range(5)]
    assert ready_count(channel, source) == 0


def test_a_channel_that_closes_forgets_its_transaction(channel, connection, name):
    declare(channel, name)
    tx = transacted(connection)
    publish(tx, name, "forgotten")
    tx.close()
    assert_empty(channel, name)


def test_mandatory_is_returned_at_commit(channel, connection, name):
    tx = transacted(connection)
    returned = []
    tx.add_on_return_callback(lambda _, method, properties, body: returned.append(body))
    publish(tx, name, "back", mandatory=True)
    tx.tx_commit()
    connection.process_data_events(0.1)
    assert returned == [b"back"]


def test_select_twice_is_fine(connection):
    transacted(connection).tx_select()


def test_commit_without_select_is_refused(connection):
    with channel_refused(406, "channel is not transactional"):
        connection.channel().tx_commit()
    with channel_refused(406, "channel is not transactional"):
        connection.channel().tx_rollback()
