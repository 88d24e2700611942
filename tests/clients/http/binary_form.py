"""koine.binary.v1 as docs/streams.md has it: commands as bytes, what the server says as dictionaries."""

import json
import struct

NULL = 0xFFFFFFFF


def sized(data):
    if data is None:
        return struct.pack(">I", NULL)
    data = data.encode() if isinstance(data, str) else data
    return struct.pack(">I", len(data)) + data


def listed(items):
    return struct.pack(">I", len(items)) + b"".join(items)


def pairs(headers):
    return listed([sized(name) + sized(value) for name, value in headers])


def subscribe_topic(id, topic, credit, start=b"\x01", partitions=(), key=None, headers=()):
    return (struct.pack(">BII", 1, id, credit) + sized(topic) + start + listed([struct.pack(">i", each) for each in partitions])
            + sized(key) + pairs(headers))


def after(position):
    return b"\x02" + sized(position)


def subscribe_queue(id, queue, credit, lease_ms=30000, vhost=""):
    return struct.pack(">BIII", 2, id, credit, lease_ms) + sized(vhost) + sized(queue)


def credit(id, count):
    return struct.pack(">BII", 3, id, count)


def unsubscribe(id):
    return struct.pack(">BI", 4, id)


def publish_record(seq, topic, key, value, headers=(), partition=-1, timestamp_ms=-1):
    return (struct.pack(">BI", 5, seq) + sized(topic) + struct.pack(">iq", partition, timestamp_ms) + sized(key) + sized(value)
            + pairs(headers))


def publish_to_queue(seq, queue, body, properties=b"", vhost="", delay_ms=0):
    return struct.pack(">BI", 6, seq) + sized(vhost) + sized(queue) + struct.pack(">I", delay_ms) + sized(properties) + sized(body)


def publish_to_exchange(seq, exchange, routing_key, body, properties=b"", vhost="", delay_ms=0, mandatory=False):
    return (struct.pack(">BIB", 7, seq, mandatory) + sized(vhost) + sized(exchange) + sized(routing_key)
            + struct.pack(">I", delay_ms) + sized(properties) + sized(body))


def settle(kind, seq, leases):
    return struct.pack(">BI", {"ack": 8, "release": 9, "reject": 10}[kind], seq) + listed(leases)


def extend(seq, leases, lease_ms):
    return struct.pack(">BII", 11, seq, lease_ms) + listed(leases)


class Reader:
    def __init__(self, data):
        self.data = data

    def take(self, size):
        assert len(self.data) >= size
        taken, self.data = self.data[:size], self.data[size:]
        return taken

    def number(self, form):
        return struct.unpack(">" + form, self.take(struct.calcsize(">" + form)))[0]

    def bytes(self):
        size = self.number("I")
        return None if size == NULL else self.take(size)

    def text(self):
        data = self.bytes()
        return None if data is None else data.decode()

    def listed(self, item):
        return [item() for _ in range(self.number("I"))]

    def headers(self):
        return self.listed(lambda: (self.text(), self.bytes()))


def heard(message):
    reader = Reader(message)
    kind, number = reader.number("B"), reader.number("I")
    fields = {
        0x81: ("subscribed", "id", lambda: {"position": reader.text()}),
        0x82: ("record", "id", lambda: {"position": reader.text(), "partition": reader.number("i"), "offset": reader.number("q"),
                                        "timestamp_ms": reader.number("q"), "key": reader.bytes(), "value": reader.bytes(),
                                        "headers": reader.headers()}),
        0x83: ("message", "id", lambda: {"lease": reader.take(25), "redelivered": bool(reader.number("B")),
                                         "failed_deliveries": reader.number("I"), "published_ms": reader.number("q"),
                                         "exchange": reader.text(), "routing_key": reader.text(),
                                         "properties": reader.bytes(), "body": reader.bytes()}),
        0x84: ("appended", "seq", lambda: {"partition": reader.number("i"), "offset": reader.number("q")}),
        0x85: ("routed", "seq", lambda: {"routed": reader.number("I")}),
        0x86: ("settled", "seq", lambda: {"lost": reader.listed(lambda: reader.take(25))}),
        0x87: ("extended", "seq", lambda: {"lost": reader.listed(lambda: reader.take(25))}),
        0x88: ("pong", "seq", lambda: {}),
        0x89: ("end", "id", lambda: {"reason": reader.text(), "problem": reader.text()}),
        0x8A: ("error", "number", lambda: {"about": reader.number("B"), "problem": json.loads(reader.text())}),
    }
    name, subject, rest = fields[kind]
    said = {"op": name, subject: number, **rest()}
    assert reader.data == b""
    return said
