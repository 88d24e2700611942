"""Koine as a peer: the release binary, on a free port, durable on disk."""

import pathlib
import re
import subprocess

from harness.failure import BenchFailure
from harness.server_process import ServerProcess

ROOT = pathlib.Path(__file__).resolve().parents[3]
PROGRAM = ROOT / "build" / "release" / "koine"


class KoinePeer:
    name = "koine"
    durability = "disk: acknowledged after the fdatasync that covers it (its default)"
    topic_settings: dict[str, str] = {}
    queue_type = "classic"

    def __init__(self, settings: list[str], program: pathlib.Path = PROGRAM):
        self.settings = settings
        self.program = program

    def prepare(self) -> None:
        if not self.program.exists():
            raise BenchFailure(f"{self.program} is missing; ./dev build release")

    def version(self) -> str:
        return subprocess.run([self.program, "--version"], capture_output=True, text=True).stdout.strip()

    def start(self, directory: pathlib.Path) -> ServerProcess:
        """Starts on `directory`. Returns when it is ready."""
        data = directory / "data"
        command = [str(self.program), "serve", "--data", str(data), "--port", "0",
                   "--set", "listen.kafka=127.0.0.1:0"]
        for setting in self.settings:
            command += ["--set", setting]
        return ServerProcess(self.name, command, directory / "server.log", kafka_address)

    def events_path(self, topic: str) -> str:
        return f"/v1/topics/{topic}/events"

    def publish_path(self, topic: str) -> str:
        return f"/v1/topics/{topic}/records"

    def amqp_address(self, process: ServerProcess) -> str:
        found = re.search(r"\bamqp=(\S+)", process.ready_line)
        if found is None:
            raise BenchFailure(f"koine does not listen for AMQP: {process.ready_line.strip()}")
        return found.group(1)

    def http_address(self, process: ServerProcess) -> str:
        found = re.search(r"\bhttp=(\S+)", process.ready_line)
        if found is None:
            raise BenchFailure(f"koine does not listen for HTTP: {process.ready_line.strip()}")
        return found.group(1)

    def http2_address(self, process: ServerProcess) -> str:
        return self.http_address(process)


def kafka_address(line: str) -> str | None:
    found = re.match(r"READY koine .*\bkafka=(\S+)", line)
    return found.group(1) if found else None
