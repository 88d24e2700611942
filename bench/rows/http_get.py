"""A small GET: what a request costs the server, over HTTP/1.1 with wrk and over HTTP/2 with h2load."""

import re
import shutil
import subprocess
import time

from harness.bench_server import serving
from harness.failure import BenchFailure
from harness.row import Line, Row
from harness.volume import Volume

CONNECTIONS = 64


def run(command: list[str], pattern: str) -> int:
    """How many requests succeeded."""
    if shutil.which(command[0]) is None:
        raise BenchFailure(f"{command[0]} is missing; apt-get install wrk nghttp2-client")
    done = subprocess.run(command, capture_output=True, text=True)
    found = re.search(pattern, done.stdout)
    if done.returncode != 0 or found is None or "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise BenchFailure(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
    return int(found.group(1))


def cost(server, load) -> tuple[float, float]:
    """Microseconds of server CPU for each request, and requests a second."""
    load()  # warm up
    before, began = server.usage().cpu_s, time.monotonic()
    requests = load()
    taken = time.monotonic() - began
    return (server.usage().cpu_s - before) * 1e6 / requests, requests / taken


def measure(peer, volume: Volume) -> dict[str, float]:
    seconds = 1 if volume.repetitions == 1 else 5
    with serving(peer) as server:
        http1 = f"http://{peer.http_address(server.process)}/livez"
        http2 = f"http://{peer.http2_address(server.process)}/livez"
        wrk_cpu, wrk_rate = cost(server, lambda: run(
            ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", http1], r"(\d+) requests in"))
        h2_cpu, h2_rate = cost(server, lambda: run(
            ["h2load", "-t", "1", "-c", str(CONNECTIONS), "-m", "10", "-n", str(100_000 * seconds), http2],
            r"(\d+) succeeded, 0 failed, 0 errored"))
        return {"http1_cpu_us": wrk_cpu, "http1_per_s": wrk_rate, "http2_cpu_us": h2_cpu, "http2_per_s": h2_rate}


ROW = Row(
    name="http-get",
    about=f"GET /livez against nginx's `return 200`, {CONNECTIONS} connections; HTTP/2 with 10 streams on each",
    peers=("nginx", "koine"),
    measure=measure,
    lines=(
        Line("HTTP/1.1: server CPU", "http1_cpu_us", "us/request", versus="nginx", at_most=1.2),
        Line("HTTP/1.1: rate", "http1_per_s", "requests/s", versus="nginx"),
        Line("HTTP/2: server CPU", "http2_cpu_us", "us/request", versus="nginx", at_most=1.2),
        Line("HTTP/2: rate", "http2_per_s", "requests/s", versus="nginx"),
    ),
)
