"""What the tests with pika share: connections, publishing, reading, and errors that must come.

The `channel` of a test confirms what it publishes, so that a message is in its queues when publish() returns.
"""

import contextlib
import socket
import time

import pika
import pytest
from pika.exceptions import AMQPError, ChannelClosedByBroker, ConnectionClosedByBroker

from server import wait_until

DEADLINE_S = 30
# How long nothing must come for a test to believe that nothing does.
QUIET_S = 0.3


def parameters(server, user="guest", password="guest", **options):
    """A connection's default parameters for pika, except for what the caller says."""
    host, port = server.amqp.rsplit(":", 1)
    return pika.ConnectionParameters(host, int(port), credentials=pika.PlainCredentials(user, password), **options)


def url(server, user="guest", password="guest", vhost="%2F"):
    return f"amqp://{user}:{password}@{server.amqp}/{vhost}"


def open_connection(server, **options):
    return pika.BlockingConnection(parameters(server, **options))


def close_quietly(connection):
    if connection.is_open:
        with contextlib.suppress(AMQPError):
            connection.close()


def break_off(connection):
    """Ends the TCP connection without a word."""
    connection._impl._transport._sock.shutdown(socket.SHUT_RDWR)


def confirming(connection):
    channel = connection.channel()
    channel.confirm_delivery()
    return channel


def declare(channel, queue, **arguments):
    """A durable queue; x_message_ttl=5 becomes the argument x-message-ttl. Returns the queue's name."""
    return channel.queue_declare(queue, durable=True, arguments=with_dashes(arguments)).method.queue


def declare_exchange(channel, exchange, kind, **arguments):
    channel.exchange_declare(exchange, kind, durable=True, arguments=with_dashes(arguments))
    return exchange


def with_dashes(arguments):
    return {name.replace("_", "-"): value for name, value in arguments.items()}


def publish(channel, routing_key, *bodies, exchange="", mandatory=False, **properties):
    """Persistent messages, in this order."""
    for body in bodies:
        channel.basic_publish(exchange, routing_key, body if isinstance(body, bytes) else str(body).encode(),
                              pika.BasicProperties(**{"delivery_mode": 2, **properties}), mandatory)


class Message:
    """A message from basic.get or from a consumer."""

    def __init__(self, method, properties, body):
        self.tag = method.delivery_tag
        self.redelivered = method.redelivered
        self.exchange = method.exchange
        self.routing_key = method.routing_key
        self.left = getattr(method, "message_count", None)
        self.consumer = getattr(method, "consumer_tag", None)
        self.properties = properties
        self.headers = properties.headers or {}
        self.body = body

    @property
    def text(self):
        return self.body.decode()


def get(channel, queue, auto_ack=True):
    """One message by basic.get, or None."""
    method, properties, body = channel.basic_get(queue, auto_ack)
    return None if method is None else Message(method, properties, body)


def take(channel, queue, count, auto_ack=True):
    """The next `count` messages by basic.get, waiting for those that are still on their way."""
    messages = []

    def complete():
        message = get(channel, queue, auto_ack)
        if message is not None:
            messages.append(message)
        return len(messages) >= count

    wait_until(complete, f"{count} messages in {queue}", DEADLINE_S, interval_s=0.005)
    return messages


def texts(messages):
    return [message.text for message in messages]


def take_texts(channel, queue, count, auto_ack=True):
    return texts(take(channel, queue, count, auto_ack))


def assert_empty(channel, queue):
    message = get(channel, queue)
    assert message is None, f"{queue} has {message.body[:80]!r}"


def ready_count(channel, queue):
    return channel.queue_declare(queue, passive=True).method.message_count


def consumer_count(channel, queue):
    return channel.queue_declare(queue, passive=True).method.consumer_count


def wait_for_ready(channel, queue, count):
    wait_until(lambda: ready_count(channel, queue) == count, f"{count} ready messages in {queue}", DEADLINE_S, 0.01)


class Consumer:
    """A consumer that keeps what it is given; wait() serves the connection until there is enough."""

    def __init__(self, channel, queue, prefetch=None, tag=None, **options):
        self.channel = channel
        self.messages = []
        self.cancelled = False
        if prefetch is not None:
            channel.basic_qos(prefetch_count=prefetch)
        channel.add_on_cancel_callback(self.on_cancel)
        arguments = {"consumer_tag": tag} if tag else {}
        self.tag = channel.basic_consume(queue, self.on_message, **options, **arguments)

    def on_message(self, _, method, properties, body):
        self.messages.append(Message(method, properties, body))

    def on_cancel(self, frame):
        self.cancelled |= frame.method.consumer_tag == self.tag

    def wait(self, count):
        """Until `count` messages have come since the consumer began."""
        serve_until(self.channel.connection, lambda: len(self.messages) >= count, f"{count} messages")
        return self.messages

    def ack(self, index=-1, multiple=False):
        self.channel.basic_ack(self.messages[index].tag, multiple)

    def ack_all(self):
        if self.messages:
            self.ack(-1, multiple=True)

    @property
    def texts(self):
        return texts(self.messages)


def serve_until(connection, condition, what):
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, f"waited {DEADLINE_S} s for: {what}"
        connection.process_data_events(0.02)


def serve(connection, seconds=QUIET_S):
    """Lets come what comes for so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        connection.process_data_events(0.02)


@contextlib.contextmanager
def channel_refused(code, *fragments):
    """What is done inside makes the server close the channel with this code and a text with these fragments."""
    with pytest.raises(ChannelClosedByBroker) as refusal:
        yield
    check_refusal(refusal.value, code, fragments)


@contextlib.contextmanager
def connection_refused(code, *fragments):
    """The same for the connection."""
    with pytest.raises(ConnectionClosedByBroker) as refusal:
        yield
    check_refusal(refusal.value, code, fragments)


def check_refusal(refusal, code, fragments):
    found = (refusal.reply_code, refusal.reply_text)
    assert refusal.reply_code == code, found
    for fragment in fragments:
        assert fragment in refusal.reply_text, found
