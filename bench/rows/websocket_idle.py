"""Many WebSockets on which nothing happens."""

import json
import time

from harness import generators
from harness.bench_server import serving
from harness.failure import BenchFailure
from harness.row import Line, Row
from harness.volume import Volume


def measure(peer, volume: Volume) -> dict[str, float]:
    with serving(peer) as server:
        time.sleep(volume.settle_s)
        idle_mb = server.usage().rss_mb
        holder = generators.start("websocket_idle", with_input=True, address=peer.http_address(server.process),
                                  path="/v1/stream", connections=volume.event_connections)
        try:
            line = holder.stdout.readline()
            if not line:
                raise BenchFailure(f"websocket_idle: {holder.stderr.read().strip()}")
            time.sleep(volume.settle_s)
            used = server.usage()
        finally:
            holder.kill()
            holder.communicate()
    taken = json.loads(line)
    return {
        "kib_per_socket": (used.rss_mb - idle_mb) * 1e6 / 1024 / taken["connections"],
        "opened_per_s": taken["connections"] / taken["seconds"],
    }


ROW = Row(
    name="websocket-idle",
    about="10,000 WebSockets, idle; the kernel's own memory is not in the figure (--scale, --quick: fewer)",
    peers=("koine",),
    measure=measure,
    lines=(
        Line("memory of one socket", "kib_per_socket", "KiB", at_most=4),
        Line("opened a second", "opened_per_s", "1/s"),
    ),
)
