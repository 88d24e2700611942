"""Apache Kafka as a peer: KRaft, one node, the settings and Java options of its own start script."""

import pathlib
import subprocess

from harness.failure import BenchFailure
from harness.ports import free_port
from harness.server_process import ServerProcess
from peers.kafka import install

HERE = pathlib.Path(__file__).resolve().parent

# bin/kafka-server-start.sh and bin/kafka-run-class.sh of the release, less its GC log.
JAVA_OPTIONS = ["-Xmx1G", "-Xms1G", "-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20",
                "-XX:InitiatingHeapOccupancyPercent=35", "-XX:+ExplicitGCInvokesConcurrent",
                "-XX:MaxInlineLevel=15", "-Djava.awt.headless=true"]

# config/server.properties of the release, on loopback ports.
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
num.network.threads=3
num.io.threads=8
socket.send.buffer.bytes=102400
socket.receive.buffer.bytes=102400
socket.request.max.bytes=104857600
log.dirs={directory}/log
num.partitions=1
num.recovery.threads.per.data.dir=2
offsets.topic.replication.factor=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
log.retention.hours=168
log.segment.bytes=1073741824
log.retention.check.interval.ms=300000
"""


class KafkaPeer:
    def __init__(self, name: str, durability: str, topic_settings: dict[str, str]):
        self.name = name
        self.durability = durability
        self.topic_settings = topic_settings

    def prepare(self) -> None:
        install.class_path()

    def version(self) -> str:
        return f"Apache Kafka {install.version()}"

    def start(self, directory: pathlib.Path) -> ServerProcess:
        """Starts on `directory`, which is formatted first if it is new. Returns when it is ready."""
        port, controller_port = free_port(), free_port()
        properties = directory / "server.properties"
        properties.write_text(PROPERTIES.format(
            directory=directory, port=port, controller_port=controller_port))
        if not (directory / "log" / "meta.properties").exists():
            self.format(properties)

        def address(line: str) -> str | None:
            return f"127.0.0.1:{port}" if "Kafka Server started" in line else None

        command = self.java("kafka.Kafka", JAVA_OPTIONS) + [str(properties)]
        return ServerProcess(self.name, command, directory / "server.log", address)

    def format(self, properties: pathlib.Path) -> None:
        command = self.java("kafka.tools.StorageTool", []) + [
            "format", "-t", "a29pbmUtYmVuY2gtb25lLQ", "-c", str(properties)]
        outcome = subprocess.run(command, capture_output=True, text=True)
        if outcome.returncode != 0:
            raise BenchFailure(f"kafka storage format: {outcome.stdout[-400:]}{outcome.stderr[-400:]}")

    def java(self, main_class: str, options: list[str]) -> list[str]:
        return ["java", *options, f"-Dlog4j2.configurationFile={HERE}/log4j2.properties",
                "-cp", install.class_path(), main_class]


def default() -> KafkaPeer:
    return KafkaPeer("kafka", "page cache: acknowledged before any fsync (its default)", {})


def flushed() -> KafkaPeer:
    return KafkaPeer("kafka-flush", "disk: flush.messages=1", {"flush.messages": "1"})
