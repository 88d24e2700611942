"""Many readers of one topic's events: what each costs, and when the last of them has a new record."""

import json
import time

from harness import generators
from harness.bench_server import serving
from harness.failure import BenchFailure
from harness.row import Line, Row
from harness.volume import Volume

VALUE_BYTES = 200


def line_of(holder) -> dict:
    line = holder.stdout.readline()
    if not line:
        raise BenchFailure(f"event_fanout: {holder.stderr.read().strip()}")
    return json.loads(line)


def measure(peer, volume: Volume) -> dict[str, float]:
    with serving(peer) as server:
        if peer.name == "koine":
            server.create_topic("fanout", 1)
        time.sleep(volume.settle_s)
        idle_mb = server.usage().rss_mb
        holder = generators.start("event_fanout", with_input=True, address=peer.http_address(server.process),
                                  subscribe=peer.events_path("fanout"), publish=peer.publish_path("fanout"),
                                  connections=volume.event_connections, messages=volume.fanout_count, value_bytes=VALUE_BYTES)
        try:
            opened = line_of(holder)
            time.sleep(volume.settle_s)
            waiting = server.usage()
            holder.stdin.write("\n")
            holder.stdin.flush()
            figures = line_of(holder)
            used = server.usage()
        finally:
            holder.kill()
            holder.communicate()
    count = opened["connections"]
    return figures | {
        "kib_per_reader": (waiting.rss_mb - idle_mb) * 1e6 / 1024 / count,
        "kib_per_reader_after": (used.rss_mb - idle_mb) * 1e6 / 1024 / count,
        "cpu_us_per_event": (used.cpu_s - waiting.cpu_s) * 1e6 / count / volume.fanout_count,
        "opened_per_s": count / opened["seconds"],
    }


ROW = Row(
    name="event-fanout",
    about="10,000 readers of one event stream, 200 B records one after another (--scale, --quick: fewer)",
    peers=("nchan", "koine"),
    measure=measure,
    lines=(
        Line("append to the last reader, p99", "p99_ms", "ms", versus="nchan", at_most=1),
        Line("append to the last reader, median", "p50_ms", "ms"),
        Line("memory of one reader that waits", "kib_per_reader", "KiB", versus="nchan", at_most=0.5),
        Line("the same after the records", "kib_per_reader_after", "KiB"),
        Line("server CPU of one event to one reader", "cpu_us_per_event", "us"),
        Line("readers opened a second", "opened_per_s", "1/s"),
    ),
)
