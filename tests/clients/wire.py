"""Kafka requests as bytes, right and wrong, for tests that a well-behaved client cannot express."""

import errno
import socket
import struct

PRODUCE, FETCH, METADATA, API_VERSIONS = 0, 1, 3, 18
UNKNOWN_TOPIC_OR_PARTITION, CORRUPT_MESSAGE, UNSUPPORTED_VERSION, NO_ERROR = 3, 2, 35, 0


def int16(value):
    return struct.pack(">h", value)


def int32(value):
    return struct.pack(">i", value)


def int64(value):
    return struct.pack(">q", value)


def string(text):
    data = text.encode()
    return int16(len(data)) + data


def header(key, version, correlation=7, client="hostile"):
    return int16(key) + int16(version) + int32(correlation) + string(client)


def frame(payload):
    return int32(len(payload)) + payload


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 & -(crc & 1))
    return crc ^ 0xFFFFFFFF


def varint(value):
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def record_batch(values, records=None, crc_change=0, magic=2, length_change=0):
    """A batch v2; `records` and the *_change arguments make it lie about itself."""
    body = b""
    for delta, value in enumerate(values):
        record = b"\0" + varint(0) + varint(delta) + varint(-1) + varint(len(value)) + value + varint(0)
        body += varint(len(record)) + record
    count = len(values) if records is None else records
    covered = (int16(0) + int32(count - 1) + int64(1_700_000_000_000) * 2 + int64(-1) + int16(-1) + int32(-1) +
               int32(count) + body)
    crc = struct.pack(">I", crc32c(covered) ^ crc_change)
    after_length = int32(0) + bytes([magic]) + crc + covered
    return int64(0) + int32(len(after_length) + length_change) + after_length


def produce(topic, batch, version=3, acks=-1, partition=0):
    """Produce 3 to 8, one partition."""
    return frame(header(PRODUCE, version) + int16(-1) + int16(acks) + int32(30_000) + int32(1) + string(topic) +
                 int32(1) + int32(partition) + int32(len(batch)) + batch)


def fetch(topic, offset=0, wait_ms=0, least_bytes=0, most_bytes=1 << 26):
    """Fetch 4, one partition."""
    return frame(header(FETCH, 4) + int32(-1) + int32(wait_ms) + int32(least_bytes) + int32(most_bytes) + b"\0" +
                 int32(1) + string(topic) + int32(1) + int32(0) + int64(offset) + int32(most_bytes))


def api_versions(version=0):
    """From version 3 on, header and body are flexible: tags, and the name and version of the client."""
    flexible = b"\0" + b"\x05test" + b"\x021" + b"\0" if version >= 3 else b""
    return frame(header(API_VERSIONS, version) + flexible)


def receive_exactly(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise EOFError("the server closed the connection")
        data += piece
    return data


def receive(connection):
    """One response without its length and correlation id."""
    (size,) = struct.unpack(">i", receive_exactly(connection, 4))
    payload = receive_exactly(connection, size)
    assert payload[:4] == int32(7), payload[:4]
    return payload[4:]


def end_writing(connection):
    """No more bytes from us; the server may have closed before."""
    try:
        connection.shutdown(socket.SHUT_WR)
    except OSError as error:
        if error.errno != errno.ENOTCONN:
            raise


def closed_by_server(connection):
    """True when the server closes without an answer; False when it answers; waits for either."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def produce_error(connection, topic):
    """The error code in a Produce 3 response about one partition."""
    response = receive(connection)
    head = 4 + 2 + len(topic) + 4 + 4
    return struct.unpack(">h", response[head:head + 2])[0]
