"""HTTP/1.1 as bytes, right and wrong, for tests that a well-behaved client cannot express."""

import socket


def connect(address, timeout_s=20):
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=timeout_s)


def receive_all(connection):
    """Everything until the server ends the connection."""
    received = b""
    while True:
        try:
            piece = connection.recv(65536)
        except ConnectionError:
            return received
        if not piece:
            return received
        received += piece


def exchange(address, data):
    """Sends the bytes, and the end; everything that comes back."""
    with connect(address) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return receive_all(connection)


def statuses(answer):
    """The status codes of the responses in it, in order."""
    return [int(line.split(b" ")[1]) for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
