"""nginx with nchan as a peer: one process, messages in memory."""

import pathlib
import shutil
import socket
import subprocess
import threading
import time

from harness.failure import BenchFailure
from harness.server_process import ServerProcess

PACKAGES = ("nginx", "libnginx-mod-nchan")
MODULE = pathlib.Path("/usr/lib/nginx/modules/ngx_nchan_module.so")

CONFIGURATION = """
load_module {module};
daemon off;
master_process off;
worker_rlimit_nofile 100000;
pid {directory}/nginx.pid;
error_log {directory}/error.log warn;
events {{ worker_connections 50000; }}
http {{
  access_log off;
  keepalive_requests 1000000;
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location ~ ^/publish/(.+)$ {{ nchan_publisher; nchan_channel_id $1; }}
    location ~ ^/events/(.+)$ {{ nchan_subscriber eventsource; nchan_channel_id $1; nchan_subscriber_first_message newest; }}
  }}
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class NchanPeer:
    name = "nchan"
    durability = "memory: nothing is written (its default)"

    def prepare(self) -> None:
        if shutil.which("nginx") and MODULE.exists():
            return
        # An installed service would take port 80.
        policy = pathlib.Path("/usr/sbin/policy-rc.d")
        quiet = not policy.exists()
        if quiet:
            policy.write_text("#!/bin/sh\nexit 101\n")
            policy.chmod(0o755)
        try:
            outcome = subprocess.run(["apt-get", "install", "-y", "-q", *PACKAGES], capture_output=True, text=True)
        finally:
            if quiet:
                policy.unlink()
        if outcome.returncode != 0:
            raise BenchFailure(f"apt-get install {' '.join(PACKAGES)}:\n{outcome.stderr}")

    def version(self) -> str:
        found = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version} ", *PACKAGES], capture_output=True, text=True)
        return found.stdout.strip()

    def start(self, directory: pathlib.Path) -> ServerProcess:
        """Starts on `directory`. Returns when it is ready."""
        port = free_port()
        configuration = directory / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(module=MODULE, directory=directory, port=port))
        return NchanProcess(self.name, configuration, f"127.0.0.1:{port}")

    def http_address(self, process: ServerProcess) -> str:
        return process.bootstrap

    def events_path(self, topic: str) -> str:
        return f"/events/{topic}"

    def publish_path(self, topic: str) -> str:
        return f"/publish/{topic}"


class NchanProcess(ServerProcess):
    """nginx says nothing when it is ready: it is when it takes a connection."""

    def __init__(self, name: str, configuration: pathlib.Path, address: str):
        self.address = address
        command = ["nginx", "-c", str(configuration), "-p", str(configuration.parent)]
        super().__init__(name, command, configuration.parent / "server.log", lambda line: None)

    def drain(self, address_in, found) -> None:
        host, _, port = self.address.rpartition(":")
        reader = threading.Thread(target=self.process.stdout.read, daemon=True)
        reader.start()
        while self.process.poll() is None:
            try:
                socket.create_connection((host, int(port)), timeout=1).close()
                found.put((self.address, time.monotonic()))
                return
            except OSError:
                time.sleep(0.02)
        found.put((None, 0.0))
