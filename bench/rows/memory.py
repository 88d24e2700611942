"""Resident memory: idle, with ten thousand partitions, and while one consumer lags far behind."""

import time

from harness import generators
from harness.bench_server import serving
from harness.row import Line, Row
from harness.volume import Volume, records_in

# The memory budget that Koine is held to, in MB.
BUDGET_MB = 256
PARTITIONS_PER_TOPIC = 1000


def idle(peer, volume: Volume) -> float:
    with serving(peer) as server:
        time.sleep(volume.settle_s)
        return server.usage().rss_mb


def with_partitions(peer, volume: Volume) -> float:
    with serving(peer) as server:
        for number in range(volume.many_partitions // PARTITIONS_PER_TOPIC):
            topic = f"many-{number}"
            server.create_topic(topic, PARTITIONS_PER_TOPIC)
            server.write_once_to_each(topic, PARTITIONS_PER_TOPIC)
        time.sleep(volume.settle_s)
        return server.usage().rss_mb


def while_lagging(peer, volume: Volume) -> dict[str, float]:
    """The consumer has the first records and takes a hundred a second; the rest piles up behind."""
    records = records_in(volume.retained_gb)
    with serving(peer) as server:
        server.create_topic("lag", 6)
        consumer = generators.start("consume", bootstrap=server.bootstrap, topic="lag",
                                    records=records, rate=100, settings="fetch.message.max.bytes=65536,"
                                    "queued.max.messages.kbytes=64,queued.min.messages=1")
        try:
            generators.run("produce", bootstrap=server.bootstrap, topic="lag", records=records)
            usage = server.usage()
            if consumer.poll() is not None:
                generators.result_of(consumer)
        finally:
            consumer.kill()
            consumer.communicate()
        return {"lag_rss_mb": usage.rss_mb, "lag_peak_rss_mb": usage.peak_rss_mb}


def measure(peer, volume: Volume) -> dict[str, float]:
    return {"idle_rss_mb": idle(peer, volume), "partitions_rss_mb": with_partitions(peer, volume),
            **while_lagging(peer, volume)}


ROW = Row(
    name="memory",
    about="resident memory: idle; with 10,000 partitions, each written once; while one consumer lags",
    peers=("kafka", "koine"),
    measure=measure,
    repeat=False,
    lines=(
        Line("idle", "idle_rss_mb", "MB", at_most=24),
        Line("10,000 partitions", "partitions_rss_mb", "MB", at_most=150),
        Line("at the end of the lag", "lag_rss_mb", "MB"),
        Line("peak while one consumer lags", "lag_peak_rss_mb", "MB", at_most=BUDGET_MB),
    ),
)
