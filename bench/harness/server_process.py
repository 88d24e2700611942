"""A running server: started, awaited until it says that it is ready, watched, and killed by its pid."""

import os
import pathlib
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable

from harness.failure import BenchFailure
from harness.process_usage import ProcessUsage, usage_of

READY_TIMEOUT_S = 1800  # RabbitMQ with 100,000 queues takes its time


class ServerProcess:
    """`address_in(line)` finds the address of the main listener in the line that means ready."""

    def __init__(self, name: str, command: list[str], log: pathlib.Path,
                 address_in: Callable[[str], str | None], environment: dict[str, str] | None = None):
        self.name = name
        self.ready_line = ""
        self.log = log
        started = time.monotonic()
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=log.open("ab"), cwd=log.parent, env=environment)
        found: queue.Queue[tuple[str | None, float]] = queue.Queue()
        threading.Thread(target=self.drain, args=(address_in, found), daemon=True).start()
        try:
            self.bootstrap, ready_at = found.get(timeout=READY_TIMEOUT_S)
        except queue.Empty:
            self.kill()
            raise BenchFailure(f"{name} was not ready after {READY_TIMEOUT_S} s; see {log}") from None
        if self.bootstrap is None:
            raise BenchFailure(f"{name} ended before it was ready:\n{self.last_lines()}")
        self.ready_after_ms = (ready_at - started) * 1e3

    def drain(self, address_in, found) -> None:
        """Reads standard output to its end, so that the server never waits for us."""
        ready = False
        with self.log.open("ab") as log:
            for line in self.process.stdout:
                if not ready:
                    now = time.monotonic()
                    address = address_in(line.decode(errors="replace"))
                    if address:
                        ready = True
                        self.ready_line = line.decode()
                        found.put((address, now))
                log.write(line)
                log.flush()
        found.put((None, 0.0))

    def usage(self) -> ProcessUsage:
        self.require_alive()
        return usage_of(self.process.pid)

    def require_alive(self) -> None:
        if self.process.poll() is not None:
            raise BenchFailure(f"{self.name} crashed, status {self.process.returncode}:\n{self.last_lines()}")

    def kill(self) -> None:
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def last_lines(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
