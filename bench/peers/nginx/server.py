"""nginx as a peer: Debian's nginx-light, one worker, which answers every request with `return 200`."""

import pathlib
import shutil
import subprocess

from harness.failure import BenchFailure
from harness.ports import free_port, wait_for_listener
from harness.server_process import ServerProcess

CONFIGURATION = """
daemon off; master_process off; worker_processes 1; pid {home}/pid; error_log {home}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; client_body_temp_path {home}/b; proxy_temp_path {home}/p;
  fastcgi_temp_path {home}/f; uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
  server {{ listen {http1}; location / {{ return 200 "ok\\n"; }} }}
  server {{ listen {http2} http2; location / {{ return 200 "ok\\n"; }} }}
}}
"""


def program() -> str | None:
    return shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")


class NginxProcess(ServerProcess):
    def __init__(self, name: str, directory: pathlib.Path):
        self.http1 = f"127.0.0.1:{free_port()}"
        self.http2 = f"127.0.0.1:{free_port()}"
        configuration = directory / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(home=directory, http1=self.http1, http2=self.http2))
        # nginx says nothing when it is ready: it is when it takes connections.
        script = f"echo READY; exec {program()} -c {configuration} -p {directory}"
        super().__init__(name, ["sh", "-c", script], directory / "server.log",
                         lambda line: self.http1 if line.startswith("READY") else None)
        wait_for_listener(self.http1)
        wait_for_listener(self.http2)


class NginxPeer:
    name = "nginx"
    durability = "none: nothing is stored"
    topic_settings: dict[str, str] = {}

    def prepare(self) -> None:
        if program() is None:
            raise BenchFailure("nginx is missing; apt-get install nginx-light")

    def version(self) -> str:
        return subprocess.run([program(), "-v"], capture_output=True, text=True).stderr.strip()

    def start(self, directory: pathlib.Path) -> ServerProcess:
        return NginxProcess(self.name, directory)

    def http_address(self, process: NginxProcess) -> str:
        return process.http1

    def http2_address(self, process: NginxProcess) -> str:
        return process.http2
