"""Peers that lie, stall or talk nonsense. Whatever they do, a normal client is served and memory is bounded."""

import contextlib
import os
import random
import resource
import socket
import struct
import threading

import pytest

import wire
from librdkafka import consume_values, create_topic, produce
from server import wait_until

MIB = 1 << 20
# What a few hostile connections may add: their own bounded buffers, not what they claim to send.
SLACK_BYTES = 64 * MIB


@pytest.fixture
def unharmed(request, server, name):
    """Afterwards a stock client still produces and consumes, and resident memory did not grow out of bounds."""
    produce(server, name + "-before", ["x"])
    before = server.resident_bytes()
    yield
    produce(server, name + "-after", ["still served"])
    assert consume_values(server, name + "-after", 1) == [b"still served"]
    if not request.config.peer_is_kafka:  # a JVM grows when it likes
        wait_until(lambda: server.resident_bytes() < before + SLACK_BYTES, "resident memory within bounds", 10)


pytestmark = pytest.mark.usefixtures("unharmed")


def expect_closed(server, data, then_shut=False):
    with server.connect() as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(data)
            if then_shut:
                wire.end_writing(connection)
        assert wire.closed_by_server(connection)


@pytest.mark.parametrize("length", [-1, -(1 << 31), (1 << 31) - 1, 1 << 30])
def test_length_that_no_frame_may_have(server, length):
    expect_closed(server, wire.int32(length) + wire.header(wire.API_VERSIONS, 0))


def test_length_zero(server):
    expect_closed(server, wire.int32(0) * 3)


@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 9, 12])
def test_connection_that_ends_inside_a_frame(server, size):
    expect_closed(server, wire.api_versions()[:size], then_shut=True)


@pytest.mark.parametrize("key", [-1, 999, 32767])
def test_unknown_api(server, key):
    expect_closed(server, wire.frame(wire.header(key, 0)))


@pytest.mark.parametrize("key, version", [(wire.METADATA, 99), (wire.PRODUCE, -1), (wire.FETCH, 32767)])
def test_unknown_version(server, key, version):
    expect_closed(server, wire.frame(wire.header(key, version)))


def test_api_versions_of_the_future_is_answered_in_version_0(server):
    """KIP-511: error 35 in the oldest form, with what the server has, so that the client can ask again."""
    with server.connect() as connection:
        connection.sendall(wire.api_versions(99))
        response = wire.receive(connection)
        error, count = struct.unpack(">hi", response[:6])
        assert error == wire.UNSUPPORTED_VERSION
        ranges = [struct.unpack(">hhh", response[6 + 6 * i:12 + 6 * i]) for i in range(count)]
        assert wire.API_VERSIONS in [key for key, _, _ in ranges]
        connection.sendall(wire.api_versions(0))
        assert wire.receive(connection)[:2] == wire.int16(wire.NO_ERROR)


def test_string_and_arrays_longer_than_the_frame(server):
    for body in (wire.int32((1 << 31) - 1),  # so many topics
                 wire.int32(1) + wire.int16(32767) + b"short"):
        expect_closed(server, wire.frame(wire.header(wire.METADATA, 1) + body))


def test_client_name_longer_than_the_frame(server):
    head = wire.int16(wire.METADATA) + wire.int16(1) + wire.int32(7)
    expect_closed(server, wire.frame(head + wire.int16(30_000) + b"x"))


@pytest.mark.koine_only  # Apache Kafka waits for ever for the rest of a frame that it believes in
def test_garbage(server):
    seed = random.randrange(1 << 32)
    print("seed", seed)
    noise = random.Random(seed)
    for _ in range(50):
        with server.connect() as connection, contextlib.suppress(ConnectionError):
            connection.sendall(noise.randbytes(noise.randrange(1, 100_000)))
            wire.end_writing(connection)
            assert wire.closed_by_server(connection)


def test_frames_with_garbage_inside(server):
    seed = random.randrange(1 << 32)
    print("seed", seed)
    noise = random.Random(seed)
    for key in [*range(0, 4), *range(8, 25), 32, 33, 35, 36, 37, 42, 44, 47, 60]:
        for _ in range(3):
            body = noise.randbytes(noise.randrange(0, 300))
            with server.connect(timeout_s=1) as connection, contextlib.suppress(TimeoutError, ConnectionError):
                connection.sendall(wire.frame(wire.header(key, noise.randrange(0, 10)) + body))
                wire.end_writing(connection)
                wire.closed_by_server(connection)  # an answer is as right as an end


@pytest.mark.parametrize("batch", [
    pytest.param({"crc_change": 1}, id="wrong CRC"),
    pytest.param({"records": 5}, id="fewer records than it says"),
    pytest.param({"length_change": 1}, id="longer than the request"),
    pytest.param({"length_change": -20}, id="shorter than a batch"),
    pytest.param({"magic": 1}, id="an older format"),
    pytest.param({"magic": 9}, id="a format of the future"),
])
def test_batches_that_lie_are_not_stored(server, name, batch):
    create_topic(server, name)
    with server.connect() as connection:
        connection.sendall(wire.produce(name, wire.record_batch([b"value"], **batch)))
        try:
            error = wire.produce_error(connection, name)
        except (EOFError, ConnectionError):
            error = None
    assert error != wire.NO_ERROR
    if "crc_change" in batch:
        assert error == wire.CORRUPT_MESSAGE
    assert produce(server, name, ["first"]) == [(0, 0)]


def test_right_batch_made_by_hand_is_stored(server, name):
    """So that the refusals above are known to be for what was wrong."""
    create_topic(server, name)
    with server.connect() as connection:
        connection.sendall(wire.produce(name, wire.record_batch([b"one", b"two"])))
        assert wire.produce_error(connection, name) == wire.NO_ERROR
    assert consume_values(server, name, 2) == [b"one", b"two"]


def test_produce_to_a_partition_that_is_not_there(server, name):
    create_topic(server, name)
    with server.connect() as connection:
        connection.sendall(wire.produce(name, wire.record_batch([b"x"]), partition=5))
        assert wire.produce_error(connection, name) == wire.UNKNOWN_TOPIC_OR_PARTITION


def test_requests_byte_by_byte(server):
    with server.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in wire.api_versions() * 3:
            connection.sendall(bytes([byte]))
        for _ in range(3):
            assert wire.receive(connection)[:2] == wire.int16(wire.NO_ERROR)


def test_many_requests_before_the_first_answer_is_read(server):
    count = 2000
    with server.connect() as connection:
        sender = threading.Thread(target=connection.sendall, args=(wire.api_versions() * count,))
        sender.start()
        for _ in range(count):
            assert wire.receive(connection)[:2] == wire.int16(wire.NO_ERROR)
        sender.join()


def test_readers_that_never_read(request, server, name):
    """Each asks for far more than the socket holds, again and again, and never takes an answer."""
    create_topic(server, name)
    produce(server, name, [b"x" * 900_000] * 40)
    with contextlib.ExitStack() as open_connections:
        for _ in range(20):
            connection = open_connections.enter_context(server.connect())
            connection.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                for _ in range(500):
                    connection.send(wire.fetch(name))
        resident = [server.resident_bytes()]
        for number in range(5):  # a stock client is served while they hang
            assert len(consume_values(server, name, 40, group=f"{name}-{number}")) == 40
            resident.append(server.resident_bytes())
        if not request.config.peer_is_kafka:
            assert resident[-1] < resident[1] + SLACK_BYTES, resident


@pytest.mark.koine_only  # Apache Kafka allocates what is announced, and dies of it
def test_writer_that_claims_much_and_sends_little(server):
    """A hundred frames of 50 MiB are announced; only what has come may cost memory."""
    before = server.resident_bytes()
    with contextlib.ExitStack() as open_connections:
        for _ in range(100):
            connection = open_connections.enter_context(server.connect())
            with contextlib.suppress(ConnectionError):
                connection.sendall(wire.int32(50 * MIB) + wire.header(wire.PRODUCE, 3))
        with server.connect() as connection:
            connection.sendall(wire.api_versions())
            wire.receive(connection)
        assert server.resident_bytes() < before + 512 * MIB


@pytest.mark.slow
@pytest.mark.koine_only
def test_ten_thousand_idle_connections_cost_megabytes(server):
    count = 10_000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count + 100:
        pytest.skip(f"this machine allows {hard} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 1000), hard))
    before = server.resident_bytes()
    with contextlib.ExitStack() as open_connections:
        for _ in range(count):
            connection = open_connections.enter_context(server.connect())
            connection.sendall(wire.api_versions())
            wire.receive(connection)
        cost = server.resident_bytes() - before
        print(f"{cost / count:.0f} bytes per idle connection")
        assert cost < 200 * MIB
        assert wait_until(lambda: os.path.exists(f"/proc/{server.pid}"), "the server lives")
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
