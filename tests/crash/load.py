"""The load of the kill loop: stock librdkafka clients that write, read and commit until they are told to stop.

They share one History. Each runs in a thread of its own, and takes for granted that the server comes back.
"""

import threading

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from history import record_value

PARTITIONS = 4
# All clients look for the server often: the loop is about the server, not about their patience.
PATIENT = {"reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 200, "log_level": 0}


class Worker(threading.Thread):
    """A thread that repeats turn() until stop()."""

    def __init__(self, server, topic, history):
        super().__init__(daemon=True)
        self.bootstrap = {"bootstrap.servers": server.kafka, **PATIENT}
        self.topic = topic
        self.history = history
        self.stopping = threading.Event()

    def run(self):
        try:
            while not self.stopping.is_set():
                self.turn()
            self.finish()
        except Exception as problem:
            self.history.problem(f"{type(self).__name__}: {problem!r}")

    def finish(self):
        pass

    def stop(self, deadline_s=120):
        self.stopping.set()
        self.join(deadline_s)
        if self.is_alive():
            self.history.problem(f"{type(self).__name__} did not end within {deadline_s} s")


class Writer(Worker):
    """An idempotent producer with acks=all; numbers its records within each partition."""

    def __init__(self, server, topic, history, name, choice):
        super().__init__(server, topic, history)
        self.name_of_producer = name
        self.choice = choice
        self.numbers = [0] * PARTITIONS
        self.producer = Producer({**self.bootstrap, "enable.idempotence": True, "acks": "all",
                                  "queue.buffering.max.messages": 3000, "message.timeout.ms": 300_000,
                                  "compression.type": choice.choice(["none", "gzip", "snappy", "lz4", "zstd"]),
                                  "linger.ms": choice.choice([0, 5])})

    def turn(self):
        for _ in range(self.choice.randrange(1, 60)):
            partition = self.choice.randrange(PARTITIONS)
            source = (self.name_of_producer, partition, self.numbers[partition])
            try:
                self.producer.produce(self.topic, record_value(*source), partition=partition,
                                      on_delivery=self.on_delivery(source))
            except BufferError:
                break
            self.numbers[partition] += 1
        self.producer.poll(0.01)

    def on_delivery(self, source):
        def delivered(error, message):
            if error is None:
                self.history.record_acknowledged(message.partition(), message.offset(), source)
            else:
                self.history.problem(f"{source} was not delivered: {error}")
        return delivered

    def finish(self):
        left = self.producer.flush(120)
        if left:
            self.history.problem(f"{left} records of {self.name_of_producer} were never acknowledged")


class Member(Worker):
    """A member of a consumer group that commits after every batch it has read."""

    def __init__(self, server, topic, history, group):
        super().__init__(server, topic, history)
        self.group = group
        self.consumer = Consumer({**self.bootstrap, "group.id": group, "auto.offset.reset": "earliest",
                                  "enable.auto.commit": False, "session.timeout.ms": 6000,
                                  "heartbeat.interval.ms": 300, "socket.timeout.ms": 5000})
        self.consumer.subscribe([topic])

    def turn(self):
        following = {}
        for message in self.consumer.consume(200, 0.05):
            if message.error() is None:
                following[message.partition()] = message.offset() + 1
        if not following:
            return
        for partition, offset in following.items():
            self.history.commit_tried(self.group, partition, offset)
        offsets = [TopicPartition(self.topic, partition, offset) for partition, offset in following.items()]
        try:
            committed = self.consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException:
            return  # not acknowledged: the group may have moved on, or the server is away
        for one in committed:
            if one.error is None:
                self.history.commit_acknowledged(self.group, one.partition, one.offset)

    def finish(self):
        self.consumer.close()


class Committer(Worker):
    """Commits 1, 2, 3, ... for a group without members, as fast as it is acknowledged."""

    def __init__(self, server, topic, history, group):
        super().__init__(server, topic, history)
        self.group = group
        self.offset = 0
        self.consumer = Consumer({**self.bootstrap, "group.id": group, "socket.timeout.ms": 5000})

    def turn(self):
        self.offset += 1
        self.history.commit_tried(self.group, 0, self.offset)
        try:
            (done,) = self.consumer.commit(offsets=[TopicPartition(self.topic, 0, self.offset)],
                                           asynchronous=False)
        except KafkaException:
            self.stopping.wait(0.01)
            return
        if done.error is None:
            self.history.commit_acknowledged(self.group, 0, self.offset)

    def finish(self):
        self.consumer.close()
