"""Many connections with one consumer each, and nothing to consume."""

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
        holder = generators.start("queue_idle", with_input=True, address=server.amqp, queue="idle", type=peer.queue_type,
                                  connections=volume.idle_connections)
        try:
            line = holder.stdout.readline()
            if not line:
                raise BenchFailure(f"queue_idle: {holder.stderr.read().strip()}")
            time.sleep(volume.settle_s)
            used = server.usage()
        finally:
            holder.kill()
            holder.communicate()
    taken = json.loads(line)
    return {
        "rss_mb": used.rss_mb,
        "idle_mb": idle_mb,
        "kib_per_connection": (used.rss_mb - idle_mb) * 1e6 / 1024 / taken["connections"],
        "connects_per_s": taken["connections"] / taken["seconds"],
    }


ROW = Row(
    name="queue-idle-connections",
    about="10,000 connections with one consumer each, idle (--scale, --quick: fewer)",
    peers=("rabbitmq", "koine"),
    measure=measure,
    repeat=False,
    lines=(
        Line("resident memory", "rss_mb", "MB", at_most=250),
        Line("the same before there were any", "idle_mb", "MB"),
        Line("memory of one connection", "kib_per_connection", "KiB"),
        Line("connections opened a second", "connects_per_s", "1/s"),
    ),
)
