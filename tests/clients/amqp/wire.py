"""AMQP as frames, right and wrong, for tests that a well-behaved client cannot express.

pamqp makes the frames of known methods; here is the conversation, and frames that nobody should send.
"""

import socket
import struct

from pamqp import commands, frame, header, heartbeat

HEADER = b"AMQP\x00\x00\x09\x01"
METHOD, CONTENT_HEADER, BODY, HEARTBEAT = 1, 2, 3, 8
FRAME_END = b"\xce"
CAPABILITIES = {"authentication_failure_close": True, "consumer_cancel_notify": True, "connection.blocked": True}
TIMEOUT_S = 20


class Closed(Exception):
    """The server has closed the socket."""


def raw_frame(kind, channel, payload, end=FRAME_END):
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + end


def plain(user="guest", password="guest"):
    return f"\x00{user}\x00{password}"


def amqplain(user="guest", password="guest"):
    """A field table without its size."""
    def entry(key, value):
        return bytes([len(key)]) + key.encode() + b"S" + struct.pack(">I", len(value)) + value.encode()
    return entry("LOGIN", user) + entry("PASSWORD", password)


class Wire:
    """One connection, which is not more polite than it is told to be."""

    def __init__(self, server):
        host, port = server.amqp.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), TIMEOUT_S)
        self.received = b""

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.socket.close()

    def send(self, *frames, channel=0):
        """Bytes as they are, or frames of pamqp."""
        data = b"".join(one if isinstance(one, bytes) else frame.marshal(one, channel) for one in frames)
        try:
            self.socket.sendall(data)
        except OSError as problem:
            raise Closed from problem

    def receive_bytes(self, count):
        while len(self.received) < count:
            try:
                piece = self.socket.recv(65536)
            except ConnectionResetError:
                piece = b""
            if not piece:
                raise Closed(f"with {self.received!r}")
            self.received += piece
        taken, self.received = self.received[:count], self.received[count:]
        return taken

    def receive(self):
        """(channel, frame) of the next frame that is no heartbeat."""
        while True:
            head = self.receive_bytes(7)
            size = struct.unpack(">I", head[3:])[0]
            _, channel, value = frame.unmarshal(head + self.receive_bytes(size + 1))
            if not isinstance(value, heartbeat.Heartbeat):
                return channel, value

    def expect(self, kind):
        _, value = self.receive()
        assert isinstance(value, kind), f"expected {kind.__name__}, found {value.name}: {vars_of(value)}"
        return value

    def expect_end(self):
        """Nothing more comes; the socket ends."""
        try:
            while True:
                self.receive_bytes(1)
        except Closed:
            return

    def start(self, mechanism="PLAIN", response=None, properties=None):
        self.send(HEADER)
        started = self.expect(commands.Connection.Start)
        self.send(commands.Connection.StartOk({"capabilities": CAPABILITIES, **(properties or {})}, mechanism,
                                              plain() if response is None else response, "en_US"))
        return started

    def tune(self, channel_max=None, frame_max=None, heartbeat_s=0):
        tune = self.expect(commands.Connection.Tune)
        self.send(commands.Connection.TuneOk(tune.channel_max if channel_max is None else channel_max,
                                             tune.frame_max if frame_max is None else frame_max, heartbeat_s))
        return tune

    def open(self, vhost="/", **tuning):
        self.start()
        self.tune(**tuning)
        self.send(commands.Connection.Open(vhost))
        self.expect(commands.Connection.OpenOk)
        return self

    def open_channel(self, channel=1):
        self.send(commands.Channel.Open(), channel=channel)
        self.expect(commands.Channel.OpenOk)
        return self

    def expect_connection_close(self, code, *fragments):
        """Connection.Close with this code and text; answered, upon which the socket ends."""
        close = self.expect(commands.Connection.Close)
        check(close, code, fragments)
        self.send(commands.Connection.CloseOk())
        self.expect_end()

    def expect_refusal(self, codes, *fragments):
        """Connection.Close with one of these codes, or the socket ends without a word, as RabbitMQ does it before a
        connection is open and where it cannot even decode. A sentence is better, a silent end is no error."""
        try:
            close = self.expect(commands.Connection.Close)
        except Closed:
            return
        assert close.reply_code in codes
        check(close, close.reply_code, fragments)

    def expect_channel_close(self, code, *fragments, channel=1):
        close = self.expect(commands.Channel.Close)
        check(close, code, fragments)
        self.send(commands.Channel.CloseOk(), channel=channel)
        return close


def check(close, code, fragments):
    found = (close.reply_code, close.reply_text)
    assert close.reply_code == code, found
    for fragment in fragments:
        assert fragment in close.reply_text, found


def vars_of(value):
    return {key: getattr(value, key, None) for key in getattr(value, "attributes", lambda: [])()}


def content_header(size, properties=None):
    return header.ContentHeader(0, size, properties or commands.Basic.Properties())
