"""One reader of events that catches up with cold records, beside a Kafka consumer of the same records."""

from harness import generators, page_cache
from harness.bench_server import serving
from harness.load_figures import measured, prefixed
from harness.row import Line, Row
from harness.volume import Volume, records_in


def measure(peer, volume: Volume) -> dict[str, float]:
    records = records_in(volume.events_gb)
    figures: dict[str, float] = {}
    with serving(peer) as server:
        server.warm_up(volume.warm_up_gb)
        server.create_topic("cold", 1)
        generators.run("produce", bootstrap=server.bootstrap, topic="cold", records=records)

        def fetch() -> float:
            return generators.run("consume", bootstrap=server.bootstrap, topic="cold", records=records)["mb_per_s"]

        def read_events() -> float:
            done = generators.run("event_read", address=peer.http_address(server.process),
                                  path=peer.events_path("cold") + "?from=start", records=records)
            return volume.events_gb * 1e3 / done["seconds"]

        for client, read in (("fetch", fetch), ("events", read_events)):
            page_cache.drop(server.directory)
            figures |= prefixed(client, measured(server, volume.events_gb, read))
    figures["cpu_ratio"] = figures["events_cpu_s_per_gb"] / figures["fetch_cpu_s_per_gb"]
    return figures


ROW = Row(
    name="event-catch-up",
    about="one event stream from the beginning of 1 KiB records, page cache dropped before; the same by Kafka fetch",
    peers=("koine",),
    measure=measure,
    lines=(
        Line("events: server CPU per GB, to that of fetch", "cpu_ratio", "x", at_most=2),
        Line("events: server CPU per GB", "events_cpu_s_per_gb", "s"),
        Line("fetch: server CPU per GB", "fetch_cpu_s_per_gb", "s"),
        Line("events: throughput", "events_mb_per_s", "MB/s"),
        Line("fetch: throughput", "fetch_mb_per_s", "MB/s"),
        Line("peak resident memory", "events_peak_rss_mb", "MB"),
    ),
)
