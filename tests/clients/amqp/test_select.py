"""pika's asynchronous connection: callbacks, publisher confirms, consumer cancellation."""

import pika
import pytest

from broker import parameters

DEADLINE_S = 30


class Program:
    """Runs one SelectConnection until finish() is called; fails if that does not happen in time."""

    def __init__(self, server):
        self.problem = "not finished in time"
        self.connection = pika.SelectConnection(parameters(server), on_open_callback=self.on_open,
                                                on_open_error_callback=lambda _, problem: self.fail(problem),
                                                on_close_callback=lambda *_: self.connection.ioloop.stop())

    def run(self):
        self.connection.ioloop.call_later(DEADLINE_S, self.connection.ioloop.stop)
        self.connection.ioloop.start()
        assert self.problem is None, self.problem

    def on_open(self, connection):
        connection.channel(on_open_callback=self.on_channel)

    def on_channel(self, channel):
        raise NotImplementedError

    def fail(self, problem):
        self.problem = problem
        self.connection.ioloop.stop()

    def finish(self):
        self.problem = None
        self.connection.close()


class ConfirmAndConsume(Program):
    """Publishes without waiting, counts the confirms (which may cover many), then consumes."""

    def __init__(self, server, queue, count):
        super().__init__(server)
        self.queue, self.count = queue, count
        self.confirmed, self.received = 0, []

    def on_channel(self, channel):
        self.channel = channel
        channel.confirm_delivery(self.on_confirm)
        channel.queue_declare(self.queue, durable=True, callback=self.on_declared)

    def on_declared(self, _):
        for number in range(self.count):
            self.channel.basic_publish("", self.queue, str(number).encode(), pika.BasicProperties(delivery_mode=2))

    def on_confirm(self, frame):
        if not isinstance(frame.method, pika.spec.Basic.Ack):
            return self.fail(f"not confirmed: {frame.method}")
        if frame.method.delivery_tag <= self.confirmed and frame.method.multiple:
            return self.fail(f"confirmed twice: {frame.method}")
        self.confirmed = max(self.confirmed, frame.method.delivery_tag)
        if self.confirmed == self.count:
            self.channel.basic_qos(prefetch_count=100)
            self.channel.basic_consume(self.queue, self.on_message)

    def on_message(self, channel, method, _, body):
        self.received.append(body.decode())
        channel.basic_ack(method.delivery_tag)
        if len(self.received) == self.count:
            self.finish()


def test_confirm_and_consume(server, name):
    program = ConfirmAndConsume(server, name, 2000)
    program.run()
    assert program.received == [str(number) for number in range(2000)]


class CancelNotify(Program):
    def __init__(self, server, queue):
        super().__init__(server)
        self.queue = queue

    def on_channel(self, channel):
        self.channel = channel
        channel.add_on_cancel_callback(lambda _: self.finish())
        channel.queue_declare(self.queue, callback=self.on_declared)

    def on_declared(self, _):
        self.channel.basic_consume(self.queue, lambda *_: None, callback=self.on_consuming)

    def on_consuming(self, _):
        self.connection.channel(on_open_callback=lambda channel: channel.queue_delete(self.queue))


def test_cancel_notify(server, name):
    CancelNotify(server, name).run()


class Refused(Program):
    def __init__(self, server, queue):
        super().__init__(server)
        self.queue = queue
        self.reason = None

    def on_channel(self, channel):
        channel.add_on_close_callback(self.on_close)
        channel.queue_declare(self.queue, passive=True)

    def on_close(self, _, reason):
        self.reason = reason
        self.finish()


def test_a_refused_channel_says_why(server, name):
    program = Refused(server, name)
    program.run()
    assert program.reason.reply_code == 404
    assert f"no queue '{name}' in vhost '/'" in program.reason.reply_text


@pytest.mark.parametrize("mandatory", [True, False])
def test_return_comes_before_the_confirm(server, name, mandatory):
    class Unroutable(Program):
        seen = []

        def on_channel(self, channel):
            channel.add_on_return_callback(lambda *_: self.seen.append("return"))
            channel.confirm_delivery(self.on_confirm)
            channel.basic_publish("", name, b"x", mandatory=mandatory)

        def on_confirm(self, frame):
            self.seen.append(type(frame.method).__name__)
            self.finish()

    program = Unroutable(server)
    program.run()
    assert program.seen == (["return", "Ack"] if mandatory else ["Ack"])
    program.seen.clear()
