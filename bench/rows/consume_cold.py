"""Consume cold data: more than a server's own cache holds, and none of it in the page cache."""

import re

from harness import generators, page_cache
from harness.bench_server import BenchServer, serving
from harness.failure import BenchFailure
from harness.load_figures import measured, prefixed
from harness.row import Line, Row
from harness.volume import Volume, records_in


def consume_with_librdkafka(server: BenchServer, topic: str, records: int) -> float:
    return generators.run("consume", bootstrap=server.bootstrap, topic=topic,
                          records=records)["mb_per_s"]


def consume_with_java(server: BenchServer, topic: str, records: int) -> float:
    """Kafka's own tool. Its columns: start, end, MiB, MiB/s, records, records/s, ms to join, ms to
    fetch, MiB/s while fetching, records/s while fetching."""
    printed = generators.java_tool(
        "ConsumerPerformance", "--bootstrap-server", server.bootstrap, "--topic", topic,
        "--num-records", str(records), "--timeout", "60000", "--hide-header")
    columns = [column.strip() for column in re.findall(r"^\d{4}-.*$", printed, re.MULTILINE)[-1].split(",")]
    if int(columns[4]) < records:
        raise BenchFailure(f"{server.peer.name}: the Java consumer got {columns[4]} records of {records}")
    return float(columns[8]) * 1.048576


def measure(peer, volume: Volume) -> dict[str, float]:
    records = records_in(volume.cold_gb)
    warm_up_records = records_in(volume.warm_up_gb)
    figures: dict[str, float] = {}
    with serving(peer) as server:
        server.warm_up(volume.warm_up_gb)
        server.create_topic("cold", 6)
        generators.run("produce", bootstrap=server.bootstrap, topic="cold", records=records)
        for client, consume in (("librdkafka", consume_with_librdkafka), ("java", consume_with_java)):
            consume(server, "warm-up", warm_up_records)  # the first group creates its own topic
            page_cache.drop(server.directory)
            taken = measured(server, volume.cold_gb, lambda: consume(server, "cold", records))
            figures |= prefixed(client, taken)
    return figures


ROW = Row(
    name="consume-cold",
    about="consume 1 KiB records from the beginning, 6 partitions, page cache dropped before",
    peers=("kafka", "koine"),
    measure=measure,
    lines=(
        Line("librdkafka: server CPU per GB", "librdkafka_cpu_s_per_gb", "s", versus="kafka", at_most=1),
        Line("librdkafka: throughput", "librdkafka_mb_per_s", "MB/s"),
        Line("Java: server CPU per GB", "java_cpu_s_per_gb", "s", versus="kafka", at_most=1),
        Line("Java: throughput", "java_mb_per_s", "MB/s"),
        Line("peak resident memory", "java_peak_rss_mb", "MB"),
    ),
)
