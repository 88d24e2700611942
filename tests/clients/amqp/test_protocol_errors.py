"""Frames that no client should send: each gets AMQP's code and a sentence, and nobody else notices."""

import struct

import pytest
from pamqp import body, commands, heartbeat

from wire import (BODY, CONTENT_HEADER, HEADER, HEARTBEAT, METHOD, Closed, Wire, amqplain, content_header, plain,
                  raw_frame)

DECLARE = commands.Queue.Declare(queue="x", exclusive=True)


@pytest.fixture
def wire(server):
    with Wire(server) as wire:
        yield wire
    with Wire(server) as another:  # whatever happened: the next one is served
        another.open()


def publish(key="x", **arguments):
    return commands.Basic.Publish(routing_key=key, **arguments)


@pytest.mark.parametrize("first", [b"AMQP\x00\x01\x00\x00", b"AMQP\x01\x01\x00\x0a", b"AMQP\x00\x00\x08\x00",
                                   b"HELO\r\n\r\n", b"\x00" * 8, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"])
def test_another_protocol_is_told_ours(wire, first):
    wire.send(first)
    assert wire.receive_bytes(8) == HEADER
    wire.expect_end()


def test_start_says_who_we_are(wire):
    wire.send(HEADER)
    start = wire.expect(commands.Connection.Start)
    assert (start.version_major, start.version_minor) == (0, 9)
    assert {"PLAIN", "AMQPLAIN"} <= set(start.mechanisms.split())
    assert "en_US" in start.locales.split()
    assert start.server_properties["product"]
    assert start.server_properties["version"]
    for capability in ("publisher_confirms", "exchange_exchange_bindings", "basic.nack", "consumer_cancel_notify",
                       "connection.blocked", "consumer_priorities", "authentication_failure_close",
                       "per_consumer_qos", "direct_reply_to"):
        assert start.server_properties["capabilities"][capability] is True


def test_tune_says_the_limits(wire):
    wire.start()
    tune = wire.tune()
    assert (tune.channel_max, tune.frame_max, tune.heartbeat) == (2047, 131072, 60)


@pytest.mark.parametrize("mechanism, response", [("PLAIN", plain()), ("AMQPLAIN", amqplain().decode("latin1"))])
def test_mechanisms(wire, mechanism, response):
    wire.start(mechanism, response)
    wire.tune()
    wire.send(commands.Connection.Open("/"))
    wire.expect(commands.Connection.OpenOk)


@pytest.mark.parametrize("mechanism, response", [
    ("PLAIN", plain(password="wrong")), ("PLAIN", plain("nobody")),
    ("AMQPLAIN", amqplain(password="wrong").decode("latin1"))])
def test_a_wrong_login_is_refused(wire, mechanism, response):
    wire.start(mechanism, response)
    wire.expect_connection_close(403, "ACCESS_REFUSED - Login was refused using authentication mechanism " + mechanism)


def test_a_client_that_cannot_be_told_is_cut_off(wire):
    wire.start(response=plain("nobody"), properties={"capabilities": {}})
    wire.expect_end()


def test_a_mechanism_that_is_not_there(wire):
    wire.start("NONSENSE", "x")
    wire.expect_refusal({503}, "unknown authentication mechanism 'NONSENSE'")


@pytest.mark.slow
@pytest.mark.parametrize("response", ["", "no separators", "\x00only-one"])
def test_a_login_that_is_malformed(wire, response):
    wire.start("PLAIN", response)
    wire.expect_refusal({502, 403})


@pytest.mark.parametrize("vhost", ["no-such-vhost", ""])
def test_a_virtual_host_that_is_not_there(wire, vhost):
    wire.start()
    wire.tune()
    wire.send(commands.Connection.Open(vhost))
    wire.expect_connection_close(530, f"vhost {vhost} not found")


@pytest.mark.parametrize("tuning, named", [
    (dict(frame_max=1000), "frame_max"),
    (dict(channel_max=5000), "channel_max"),
    # No limit is more than was offered. RabbitMQ takes 3 s to end such a connection.
    pytest.param(dict(frame_max=0), "frame_max", marks=pytest.mark.slow),
    pytest.param(dict(channel_max=0), "channel_max", marks=pytest.mark.slow),
    pytest.param(dict(frame_max=200_000), "frame_max", marks=pytest.mark.slow),
])
def test_limits_that_were_not_offered(wire, tuning, named):
    wire.start()
    wire.tune(**tuning)
    try:
        wire.send(commands.Connection.Open("/"))
    except Closed:
        return
    wire.expect_refusal({530}, named)


def test_more_channels_than_agreed(wire):
    wire.open(channel_max=2)
    wire.open_channel(1).open_channel(2)
    wire.send(commands.Channel.Open(), channel=3)
    wire.expect_connection_close(530, "number of channels opened (2) has reached the negotiated channel_max (2)")


def test_a_channel_that_was_closed_may_be_opened_again(wire):
    wire.open(channel_max=1)
    for _ in range(3):
        wire.open_channel(1)
        wire.send(commands.Channel.Close(200, "done", 0, 0), channel=1)
        wire.expect(commands.Channel.CloseOk)


BROKEN = [  # what is sent on an open connection with channel 1 open; the code; a piece of the sentence
    ("bad end marker", [raw_frame(METHOD, 1, b"\x00\x0a\x00\x0a", end=b"\x00")], 501, "FRAME_ERROR"),
    ("unknown frame type", [raw_frame(77, 1, b"x")], 501, "FRAME_ERROR"),
    ("channel.open twice", [commands.Channel.Open()], 504, "second 'channel.open' seen"),
    ("body without method", [body.ContentBody(b"x")], 505, "UNEXPECTED_FRAME - expected method frame, got non method "
                                                          "frame instead"),
    ("header without method", [content_header(1)], 505, "UNEXPECTED_FRAME - expected method frame"),
    ("body before header", [publish(), body.ContentBody(b"x")], 505, "expected content header for class 60, got non "
                                                                    "content header frame instead"),
    ("method before body", [publish(), content_header(5), DECLARE], 505, "expected content body, got non content body "
                                                                        "frame instead"),
    ("method before header", [publish(), DECLARE], 505, "expected content header for class 60"),
    ("header of another class", [publish(), raw_frame(CONTENT_HEADER, 1, struct.pack(">HHQH", 50, 0, 1, 0))], 505,
     "expected content header for class 60, got one for class 50 instead"),
    ("method cut short", [raw_frame(METHOD, 1, b"\x00\x32\x00\x0a\x00")], 501, "FRAME_ERROR"),
    ("a method that only servers send", [commands.Queue.DeclareOk("x", 0, 0)], 503, "COMMAND_INVALID - unimplemented "
                                                                               "method"),
    ("heartbeat on a channel", [raw_frame(HEARTBEAT, 1, b"")], 505, "UNEXPECTED_FRAME"),
]


@pytest.mark.parametrize("frames, code, sentence", [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_broken_frames_end_the_connection(wire, frames, code, sentence):
    wire.open().open_channel(1)
    try:
        wire.send(*frames, channel=1)
    except Closed:
        pass  # it may have answered before everything was sent
    wire.expect_connection_close(code, sentence)


@pytest.mark.parametrize("payload", [struct.pack(">HH", 999, 1), struct.pack(">HH", 50, 99), b"", b"\x00"],
                         ids=["class", "method", "nothing", "one byte"])
def test_methods_that_nobody_knows(wire, payload):
    wire.open().open_channel(1)
    wire.send(raw_frame(METHOD, 1, payload))
    wire.expect_refusal({501, 503})


# RabbitMQ 3.10 never answers.
@pytest.mark.koine_only
def test_more_body_than_announced(wire):
    wire.open().open_channel(1)
    wire.send(publish(), content_header(2), body.ContentBody(b"too much"), channel=1)
    wire.expect_refusal({501, 505})


def test_a_frame_above_frame_max(wire):
    """By more than its head and end, which RabbitMQ tolerates."""
    wire.open().open_channel(1)
    try:
        wire.send(publish(), content_header(1 << 20), raw_frame(BODY, 1, b"x" * 131_100), channel=1)
    except Closed:
        return
    wire.expect_refusal({501}, "FRAME_ERROR")


def test_a_method_on_a_channel_that_is_not_open(wire):
    wire.open()
    wire.send(DECLARE, channel=5)
    wire.expect_connection_close(504, "expected 'channel.open'")


def test_a_method_after_the_channel_was_refused_is_ignored(wire):
    """Between a channel's close and the client's answer frames may be on their way."""
    wire.open().open_channel(1)
    wire.send(commands.Queue.Declare(queue="no-such-queue", passive=True), channel=1)
    wire.send(DECLARE, publish(), content_header(1), body.ContentBody(b"x"), channel=1)
    wire.expect_channel_close(404, "no queue 'no-such-queue'")
    wire.open_channel(1)


def test_close_says_which_method_it_was(wire):
    wire.open().open_channel(1)
    wire.send(commands.Queue.Declare(queue="no-such-queue", passive=True), channel=1)
    close = wire.expect_channel_close(404)
    assert (close.class_id, close.method_id) == (50, 10)


def test_other_channels_live_on_when_one_is_refused(wire):
    wire.open().open_channel(1).open_channel(2)
    wire.send(commands.Queue.Declare(queue="no-such-queue", passive=True), channel=1)
    wire.expect_channel_close(404)
    wire.send(DECLARE, channel=2)
    wire.expect(commands.Queue.DeclareOk)


def test_frames_of_two_channels_may_be_mixed(wire):
    wire.open().open_channel(1).open_channel(2)
    wire.send(commands.Queue.Declare(queue="mixed", exclusive=True), channel=1)
    wire.expect(commands.Queue.DeclareOk)
    for channel in (1, 2):
        wire.send(commands.Confirm.Select(), channel=channel)
        wire.expect(commands.Confirm.SelectOk)
    for piece in (publish("mixed"), content_header(4), body.ContentBody(b"ab"), body.ContentBody(b"cd")):
        wire.send(piece, channel=1)
        wire.send(piece, channel=2)
    assert sorted(wire.receive()[0] for _ in range(2)) == [1, 2]
    wire.send(commands.Queue.Declare(queue="mixed", passive=True), channel=1)
    assert wire.expect(commands.Queue.DeclareOk).message_count == 2


def test_every_byte_by_itself(wire):
    from pamqp import frame
    wire.start()
    wire.tune()
    for piece in (frame.marshal(commands.Connection.Open("/"), 0), frame.marshal(commands.Channel.Open(), 1)):
        for byte in piece:
            wire.send(bytes([byte]))
    wire.expect(commands.Connection.OpenOk)
    wire.expect(commands.Channel.OpenOk)


def test_heartbeats_come(wire):
    wire.open(heartbeat_s=1)
    head = wire.receive_bytes(8)
    assert head == raw_frame(HEARTBEAT, 0, b"")
    wire.send(heartbeat.Heartbeat())


@pytest.mark.slow
def test_a_client_without_a_sign_of_life_is_cut_off(wire):
    wire.open(heartbeat_s=1)
    wire.expect_end()


@pytest.mark.slow
def test_nothing_before_the_login(wire):
    wire.send(HEADER)
    wire.expect(commands.Connection.Start)
    wire.send(commands.Connection.Open("/"))
    wire.expect_refusal({503, 504})
