"""RabbitMQ behind the interface of Server, to prove a test right against the real thing: AMQP_PEER=rabbitmq.

What only Koine has is marked `koine_only` and skipped. Where RabbitMQ 3.10, which Debian 12 has, does otherwise
than today's, the test says so.
"""

import signal
import subprocess
import time

import rabbitmq
from server import Server, ServerError, wait_until

START_DEADLINE_S = 120


class RabbitmqPeer(Server):
    """settings: lines of rabbitmq.conf by name; those of Koine that have another name there are translated."""

    def __init__(self, settings=None, users=None, tls=None):
        super().__init__(settings, users, tls, binary="rabbitmq-server")
        if tls:
            raise ServerError("tls: the RabbitMQ peer is started without it")
        self.node = rabbitmq.RabbitmqNode(self.home, self.users,
                                          [f"{key} = {value}" for key, value in self.settings.items()])

    def start(self):
        self.node.prepare()
        began = time.monotonic()
        with open(self.home / "stderr", "ab") as output:
            self.process = subprocess.Popen(self.node.command, env=self.node.environment, stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=output, start_new_session=True)
        self.wait_ready()
        self.ready_ms = (time.monotonic() - began) * 1000
        return self

    def start_and_kill(self, after_s):
        self.node.prepare()
        with open(self.home / "stderr", "ab") as output:
            process = subprocess.Popen(self.node.command, env=self.node.environment, stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=output, start_new_session=True)
        time.sleep(after_s)
        rabbitmq.kill_tree(process)

    def wait_ready(self):
        starts = self.stderr().count(rabbitmq.READY)

        def ready():
            if self.process.poll() is not None:
                raise ServerError(f"RabbitMQ did not start; its output:\n{self.stderr()}")
            return self.stderr().count(rabbitmq.READY) > starts

        wait_until(ready, "RabbitMQ is ready", START_DEADLINE_S)
        self.addresses = {"amqp": self.node.address}
        self.version = rabbitmq.version()

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.forget_process()

    def kill(self):
        if self.process is not None:
            rabbitmq.kill_tree(self.process)
            self.forget_process()

    def forget_process(self):
        self.process = None

    def close(self):
        try:
            super().close()
        finally:
            self.node.release()
