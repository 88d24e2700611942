"""A WebSocket over a stream of HTTP/2 (RFC 8441): python's h2 and wsproto; several may share a connection."""

import collections

import h2.config
import h2.connection
import h2.events
import h2.settings
import wire
import wsproto.connection
import wsproto.events
from wsproto.extensions import PerMessageDeflate


class Http2Connection:
    """With prior knowledge, in plain text or on a socket that is given (TLS)."""

    def __init__(self, address, socket=None):
        self.socket = socket or wire.connect(address)
        self.address = address
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.events = collections.defaultdict(collections.deque)  # by stream
        self.goaway = None
        self.send()
        while not self.h2.remote_settings.get(h2.settings.SettingCodes.ENABLE_CONNECT_PROTOCOL):
            self.receive()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self):
        self.socket.sendall(self.h2.data_to_send())

    def receive(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.DataReceived):
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            if isinstance(event, h2.events.ConnectionTerminated):
                self.goaway = event.error_code
            if getattr(event, "stream_id", None):
                self.events[event.stream_id].append(event)
        self.send()

    def next(self, stream):
        while not self.events[stream]:
            self.receive()
        return self.events[stream].popleft()

    def open(self, path="/v1/stream", more=(), deflate=True):
        """(status, headers, socket)"""
        stream = self.h2.get_next_available_stream_id()
        extensions = [PerMessageDeflate()] if deflate else []
        offers = [("sec-websocket-extensions", f"{each.name}; {each.offer()}") for each in extensions]
        self.h2.send_headers(stream, [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":path", path),
                                      (":authority", self.address), ("sec-websocket-version", "13"), *offers, *more])
        self.send()
        while not isinstance(answer := self.next(stream), h2.events.ResponseReceived):
            pass
        headers = dict(answer.headers)
        for each in extensions:
            each.finalize(headers.get("sec-websocket-extensions", ""))
        return int(headers[":status"]), headers, WebSocket(self, stream, extensions)


class WebSocket:
    def __init__(self, connection, stream, extensions):
        self.connection = connection
        self.stream = stream
        self.frames = wsproto.connection.Connection(wsproto.connection.ConnectionType.CLIENT, extensions)
        self.text = ""
        self.closed = None  # the server's close code

    def send(self, event):
        data = self.frames.send(event)
        while data:
            room = min(self.connection.h2.local_flow_control_window(self.stream), self.connection.h2.max_outbound_frame_size)
            if room == 0:
                self.connection.receive()
                continue
            self.connection.h2.send_data(self.stream, data[:room])
            self.connection.send()
            data = data[room:]

    def say(self, text):
        self.send(wsproto.events.TextMessage(data=text))

    def hear(self):
        """The next text; None: the server has closed."""
        while True:
            for event in self.frames.events():
                if isinstance(event, wsproto.events.Ping):
                    self.send(event.response())
                elif isinstance(event, wsproto.events.CloseConnection):
                    self.closed = event.code
                    return None
                elif isinstance(event, wsproto.events.TextMessage):
                    self.text += event.data
                    if event.message_finished:
                        text, self.text = self.text, ""
                        return text
            event = self.connection.next(self.stream)
            if isinstance(event, h2.events.DataReceived):
                self.frames.receive_data(event.data)
            elif isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset)):
                return None
