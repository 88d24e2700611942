"""The load of the queue kill loop: py-amqp clients (Celery's) that publish with confirms, ack, return, reject and move
until the server is killed. They share one QueueHistory; each runs in a thread of its own, on a connection of its own.

    crash (fanout) --> first   <-- two Workers: ack, return, reject to `dead`
                   \\-> second  <-- one Mover: by transactions to `moved`
"""

import collections
import threading

import amqp

from queue_history import CONFIRMS_AFTER_ACK, message_body, parse_body

EXCHANGE = "crash"
FIRST, SECOND, MOVED, DEAD = "first", "second", "moved", "dead"
QUEUES = [FIRST, SECOND, MOVED, DEAD]
WINDOW = 500
ANSWER_S = 60


def connect(server):
    connection = amqp.Connection(server.amqp, userid="guest", password="guest", connect_timeout=ANSWER_S,
                                 read_timeout=ANSWER_S, write_timeout=ANSWER_S)
    connection.connect()
    return connection


def declare_all(server):
    with connect(server) as connection:
        channel = connection.channel()
        channel.exchange_declare(EXCHANGE, "fanout", durable=True, auto_delete=False)
        for queue in QUEUES:
            arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": DEAD} if queue == FIRST else None
            channel.queue_declare(queue, durable=True, auto_delete=False, arguments=arguments)
        for queue in (FIRST, SECOND):
            channel.queue_bind(queue, EXCHANGE)


def persistent(source, number):
    return amqp.Message(message_body(source, number), delivery_mode=2)


def body_of(message):
    return message.body.encode("latin1") if isinstance(message.body, str) else bytes(message.body)


class Confirms:
    """Which of a channel's publishes are confirmed."""

    def __init__(self, channel, on_confirmed):
        channel.confirm_select()
        channel.events["basic_ack"].add(self.on_ack)
        channel.events["basic_nack"].add(self.on_nack)
        self.on_confirmed = on_confirmed
        self.waiting = collections.OrderedDict()  # delivery tag -> message
        self.last_tag = 0

    def published(self, message):
        self.last_tag += 1
        self.waiting[self.last_tag] = message

    def on_ack(self, tag, multiple):
        tags = [one for one in self.waiting if one <= tag] if multiple else [tag]
        self.on_confirmed([self.waiting.pop(one) for one in tags])

    def on_nack(self, tag, _):
        raise AssertionError(f"publish {tag} was refused")


class Client(threading.Thread):
    """Repeats turn() until its connection breaks, which it does when the server is killed."""

    def __init__(self, server, history, choice):
        super().__init__(daemon=True)
        self.server = server
        self.history = history
        self.choice = choice

    def run(self):
        try:
            self.connection = connect(self.server)
            self.channel = self.connection.channel()
            self.begin()
            while True:
                self.turn()
        except Exception as problem:
            if not self.history.is_killed:
                self.history.problem(f"{type(self).__name__}: {problem!r}")

    def drain(self, timeout_s):
        """Serves what has come; waits at most so long for something."""
        try:
            self.connection.drain_events(timeout=timeout_s)
        except TimeoutError:
            return False
        return True


class Publisher(Client):
    """Publishes to the exchange without waiting for each confirm."""

    def __init__(self, server, history, choice, source, first_number):
        super().__init__(server, history, choice)
        self.source = source
        self.number = first_number

    def begin(self):
        self.confirms = Confirms(self.channel, lambda done: self.history.confirmed([FIRST, SECOND], done))

    def turn(self):
        for _ in range(self.choice.randrange(1, 60)):
            self.history.tried([FIRST, SECOND], self.source, self.number)
            self.confirms.published((self.source, self.number))
            self.channel.basic_publish(persistent(self.source, self.number), exchange=EXCHANGE)
            self.number += 1
        while self.drain(0.001 if len(self.confirms.waiting) < WINDOW else 1):
            pass


class Consumer(Client):
    """Collects what is delivered; subclasses say what becomes of it."""

    queue = None
    prefetch = 200

    def begin(self):
        self.held = collections.OrderedDict()  # delivery tag -> message
        self.highest = {}                      # source -> number that was delivered last, for the first time
        self.channel.basic_qos(0, self.prefetch, False)
        self.channel.basic_consume(self.queue, callback=self.on_message)

    def on_message(self, delivery):
        message = parse_body(body_of(delivery))
        if message is None:
            return self.history.problem(f"{self.queue}: delivered {body_of(delivery)[:40]!r}, which nobody published")
        self.history.received(self.queue, message)
        if not delivery.delivery_info["redelivered"]:
            source, number = message
            if number <= self.highest.get(source, -1):
                self.history.problem(f"{self.queue}: {message} was delivered after {self.highest[source]}")
            self.highest[source] = number
        self.held[delivery.delivery_info["delivery_tag"]] = message

    def pick(self, share):
        """Some of what it has, out of its hands."""
        return [(tag, self.held.pop(tag)) for tag in list(self.held) if self.choice.random() < share]


class Worker(Consumer):
    """Acks, returns, rejects; then publishes to its own queue until the acks are certain (queue_history.py)."""

    queue = FIRST

    def __init__(self, server, history, choice, source, first_number):
        super().__init__(server, history, choice)
        self.source = source
        self.number = first_number

    def begin(self):
        self.confirms = Confirms(self.channel, lambda done: self.history.confirmed([FIRST], done))
        super().begin()

    def turn(self):
        self.drain(0.02)
        acked = self.ack_in_one_go() if self.choice.random() < 0.3 else self.pick_and_ack()
        for tag, _ in self.pick(0.05):
            self.channel.basic_reject(tag, requeue=True)
        rejected = self.pick(0.05)
        for tag, message in rejected:
            self.history.moving(FIRST, DEAD, message)
            self.channel.basic_reject(tag, requeue=False)
        if acked or rejected:
            for _ in range(CONFIRMS_AFTER_ACK):
                self.publish_and_wait()
            self.history.ack_certain(FIRST, acked)

    def pick_and_ack(self):
        acked = self.pick(0.4)
        self.history.ack_sent(FIRST, [message for _, message in acked])
        for tag, _ in acked:
            self.channel.basic_ack(tag)
        return [message for _, message in acked]

    def ack_in_one_go(self):
        """multiple=true: everything up to a tag."""
        if not self.held:
            return []
        last = self.choice.choice(list(self.held))
        acked = [self.held.pop(tag) for tag in list(self.held) if tag <= last]
        self.history.ack_sent(FIRST, acked)
        self.channel.basic_ack(last, multiple=True)
        return acked

    def publish_and_wait(self):
        self.history.tried([FIRST], self.source, self.number)
        self.confirms.published((self.source, self.number))
        self.channel.basic_publish(persistent(self.source, self.number), routing_key=FIRST)
        self.number += 1
        while self.confirms.waiting:
            self.drain(1)


class Mover(Consumer):
    """Takes from one queue and puts into another, a few messages in each transaction."""

    queue = SECOND
    prefetch = 50

    def begin(self):
        self.channel.tx_select()
        super().begin()

    def turn(self):
        self.drain(0.02)
        moving = self.pick(0.5)
        if not moving:
            return
        for tag, message in moving:
            self.history.moving(SECOND, MOVED, message)
            self.channel.basic_publish(persistent(*message), routing_key=MOVED)
            self.channel.basic_ack(tag)
        if self.choice.random() < 0.1:
            self.channel.tx_rollback()  # they are still with us
            self.held.update(moving)
            return
        self.channel.tx_commit()
        messages = [message for _, message in moving]
        self.history.ack_certain(SECOND, messages)
        self.history.confirmed([MOVED], messages)
