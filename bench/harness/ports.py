"""Free ports on loopback, for a server that cannot choose its own."""

import socket
import time


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for_listener(address: str, deadline_s: float = 10) -> None:
    """Returns when somebody takes connections at `host:port`."""
    host, port = address.rsplit(":", 1)
    give_up = time.monotonic() + deadline_s
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.01)
