"""RabbitMQ as a peer: Debian's package with its default settings, on a node of its own."""

import pathlib
import sys

from harness.failure import BenchFailure
from harness.process_usage import ProcessUsage, usage_of_all
from harness.server_process import ServerProcess

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "tests"))

import rabbitmq  # noqa: E402


class RabbitmqProcess(ServerProcess):
    """The script that starts it, the Erlang machine, and what that starts."""

    def __init__(self, name: str, node: rabbitmq.RabbitmqNode):
        self.node = node
        try:
            super().__init__(name, node.command, node.home / "server.log",
                             lambda line: node.address if rabbitmq.READY in line else None, node.environment)
        except BaseException:
            node.release()
            raise

    def usage(self) -> ProcessUsage:
        self.require_alive()
        return usage_of_all(rabbitmq.process_tree(self.process.pid))

    def kill(self) -> None:
        if self.process.poll() is None:
            rabbitmq.kill_tree(self.process)
        self.node.release()


class RabbitmqPeer:
    topic_settings: dict[str, str] = {}

    def __init__(self, name: str, durability: str, queue_type: str):
        self.name = name
        self.durability = durability
        self.queue_type = queue_type

    def prepare(self) -> None:
        try:
            rabbitmq.install()
        except rabbitmq.RabbitmqError as problem:
            raise BenchFailure(str(problem)) from None

    def version(self) -> str:
        return f"RabbitMQ {rabbitmq.version()}, {self.queue_type} queues"

    def start(self, directory: pathlib.Path) -> ServerProcess:
        """Starts on `directory`. Returns when it is ready."""
        return RabbitmqProcess(self.name, rabbitmq.RabbitmqNode(directory).prepare())

    def amqp_address(self, process: RabbitmqProcess) -> str:
        return process.node.address


def classic() -> RabbitmqPeer:
    return RabbitmqPeer("rabbitmq", "page cache: confirmed without fsync (its default)", "classic")


def quorum() -> RabbitmqPeer:
    return RabbitmqPeer("rabbitmq-quorum", "disk: confirmed after fdatasync of its log", "quorum")
