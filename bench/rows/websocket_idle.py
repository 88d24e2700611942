"""Many WebSockets on which nothing happens."""

import contextlib
import json
import time

from harness import generators
from harness.bench_server import serving
from harness.failure import BenchFailure
from harness.row import Line, Row
from harness.volume import Volume

# These come first, and take what all share (code that runs for the first time, buffers of the shard): 2 MB, which would be half of the
# figure when there are few.
FIRST = 20


@contextlib.contextmanager
def holding(address: str, connections: int):
    """So many WebSockets; yields what it took to open them."""
    holder = generators.start("websocket_idle", with_input=True, address=address, path="/v1/stream", connections=connections)
    try:
        line = holder.stdout.readline()
        if not line:
            raise BenchFailure(f"websocket_idle: {holder.stderr.read().strip()}")
        yield json.loads(line)
    finally:
        holder.kill()
        holder.communicate()


def measure(peer, volume: Volume) -> dict[str, float]:
    with serving(peer) as server:
        address = peer.http_address(server.process)
        with holding(address, FIRST):
            time.sleep(volume.settle_s)
            before_mb = server.usage().rss_mb
            with holding(address, volume.event_connections) as taken:
                time.sleep(volume.settle_s)
                after_mb = server.usage().rss_mb
    return {
        "kib_per_socket": (after_mb - before_mb) * 1e6 / 1024 / taken["connections"],
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
