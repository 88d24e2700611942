"""One peer's server during one measurement: on a fresh directory, with the topics a row asks for."""

import contextlib
import pathlib
import shutil
import tempfile
from collections.abc import Iterator

from harness import generators, page_cache
from harness.failure import BenchFailure
from harness.process_usage import ProcessUsage
from harness.server_process import ServerProcess
from harness.volume import RECORD_BYTES, records_in

SCRATCH = generators.ROOT / "build" / "bench" / "scratch"


class BenchServer:
    def __init__(self, peer, directory: pathlib.Path):
        self.peer = peer
        self.directory = directory
        self.process: ServerProcess = peer.start(directory)

    @property
    def bootstrap(self) -> str:
        return self.process.bootstrap

    @property
    def amqp(self) -> str:
        """HOST:PORT of the AMQP listener."""
        return self.peer.amqp_address(self.process)

    def usage(self) -> ProcessUsage:
        return self.process.usage()

    def create_topic(self, topic: str, partitions: int) -> None:
        settings = ",".join(f"{name}={value}" for name, value in self.peer.topic_settings.items())
        generators.run("topic", do="create", bootstrap=self.bootstrap, topic=topic,
                       partitions=partitions, settings=settings)

    def require_records(self, topic: str, records: int) -> None:
        """Every acknowledged record must be there, and none twice."""
        held = generators.run("topic", do="count", bootstrap=self.bootstrap, topic=topic)["records"]
        if held != records:
            raise BenchFailure(f"{self.peer.name}: {topic} holds {held} records of {records} acknowledged")

    def warm_up(self, gigabytes: float) -> None:
        """So that a just-in-time compiler is not what is measured."""
        records = records_in(gigabytes)
        self.create_topic("warm-up", 6)
        generators.run("produce", bootstrap=self.bootstrap, topic="warm-up", records=records)
        generators.run("consume", bootstrap=self.bootstrap, topic="warm-up", records=records)

    def write_once_to_each(self, topic: str, partitions: int) -> None:
        """One record to each partition of a new topic."""
        generators.run("append", bootstrap=self.bootstrap, topic=topic, partitions=partitions,
                       total_bytes=partitions * RECORD_BYTES, batch_bytes=RECORD_BYTES, connections=1)
        self.require_records(topic, partitions)

    def restart_after_kill(self) -> None:
        self.process.kill()
        self.process = self.peer.start(self.directory)


@contextlib.contextmanager
def serving(peer) -> Iterator[BenchServer]:
    """A server on an empty directory below build/, which is on the disk that is measured."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    directory = pathlib.Path(tempfile.mkdtemp(prefix=f"{peer.name}-", dir=SCRATCH))
    try:
        page_cache.write_back()
        server = BenchServer(peer, directory)
        try:
            yield server
            server.process.require_alive()
        finally:  # no orderly end: the directory goes anyway
            server.process.kill()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
