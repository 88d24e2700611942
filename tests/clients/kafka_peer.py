"""Apache Kafka behind the interface of Server, to prove a test right against the real thing.

`KOINE=kafka tests/clients/run` uses it. One KRaft node from Maven Central, kept in
~/.cache/koine/kafka-<version>; group rebalances start at once and internal topics have one partition, so
that tests are fast. What only Koine has is marked `koine_only` and skipped.
"""

import os
import pathlib
import socket
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from server import Server, ServerError, wait_until  # noqa: E402

import install  # noqa: E402

CLUSTER_ID = "MkU3OEVBNTcwNTJENDM2Qk"
START_DEADLINE_S = 90

KAFKA_NAMES = {
    "topics.auto_create": "auto.create.topics.enable",
    "topics.default_partitions": "num.partitions",
    "retention.check_interval_ms": "log.retention.check.interval.ms",
}
WITHOUT_MEANING = {"shards"}

DEFAULTS = """
process.roles=broker,controller
node.id=1
controller.listener.names=CONTROLLER
inter.broker.listener.name=INTERNAL
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
log.cleaner.enable=false
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
"""

LOGGING = """
rootLogger.level=WARN
rootLogger.appenderRefs=console
rootLogger.appenderRef.console.ref=console
appender.console.type=Console
appender.console.name=console
appender.console.target=SYSTEM_ERR
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d %p %c %m%n
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class KafkaPeer(Server):
    def __init__(self, settings=None, users=None, tls=None):
        super().__init__(settings, users, tls, binary="java")
        self.classes = str(install.kafka_server() / "*")
        self.ports = [free_port() for _ in range(3)]

    def command(self):
        properties = self.home / "server.properties"
        if not properties.exists():
            properties.write_text(self.properties())
            (self.home / "log4j2.properties").write_text(LOGGING)
            self.format_storage(properties)
        return self.java() + ["kafka.Kafka", str(properties)]

    def java(self):
        return ["java", "-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                f"-Dlog4j2.configurationFile={self.home}/log4j2.properties", "-cp", self.classes]

    def format_storage(self, properties):
        users = [f"SCRAM-SHA-{bits}=[name={name},password={password}]"
                 for name, password in self.users.items() for bits in (256, 512)]
        command = self.java() + ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(properties)]
        for user in users:
            command += ["--add-scram", user]
        subprocess.run(command, check=True, capture_output=True)

    def properties(self):
        internal, controller, public = self.ports
        protocol = ("SASL_" if self.users else "") + ("SSL" if self.tls else "PLAINTEXT")
        lines = [
            DEFAULTS,
            f"controller.quorum.voters=1@127.0.0.1:{controller}",
            f"listeners=INTERNAL://127.0.0.1:{internal},CONTROLLER://127.0.0.1:{controller},"
            f"PUBLIC://127.0.0.1:{public}",
            f"listener.security.protocol.map=INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT,PUBLIC:{protocol}",
            f"log.dirs={self.data}",
        ]
        lines += [f"{KAFKA_NAMES[key]}={value}" for key, value in self.settings.items()
                  if key not in WITHOUT_MEANING]
        if self.tls:
            lines += ["ssl.keystore.type=PEM", f"ssl.keystore.location={self.tls.key_and_certificate}"]
        if self.users:
            plain = " ".join(f'user_{name}="{password}"' for name, password in self.users.items())
            security = "org.apache.kafka.common.security"
            lines.append("listener.name.public.plain.sasl.jaas.config="
                         f"{security}.plain.PlainLoginModule required {plain};")
            lines += [f"listener.name.public.scram-sha-{bits}.sasl.jaas.config="
                      f"{security}.scram.ScramLoginModule required;" for bits in (256, 512)]
        return "\n".join(lines) + "\n"

    def wait_ready(self):
        self.addresses = {"kafka": f"127.0.0.1:{self.ports[2]}"}
        self.version = install.KAFKA_VERSION

        def listening():
            if self.process.poll() is not None:
                raise ServerError(f"Apache Kafka did not start; standard error:\n{self.stderr()}")
            try:
                self.connect().close()
                return True
            except OSError:
                return False

        wait_until(listening, "Apache Kafka listens", START_DEADLINE_S)

    def exit_codes_of_stop(self):
        return {0, 143}  # a JVM that ends by SIGTERM reports 128 + 15
