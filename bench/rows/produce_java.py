"""Produce, acks=all, 1 KiB, the Java client with its default batching: Kafka's own tool."""

import re

from harness import generators
from harness.bench_server import serving
from harness.failure import BenchFailure
from harness.load_figures import measured
from harness.row import Line, Row
from harness.volume import RECORD_BYTES, Volume, records_in
from rows import produce_librdkafka


def produce(bootstrap: str, topic: str, records: int) -> float:
    """Returns MB/s, where the tool counts MiB/s."""
    printed = generators.java_tool(
        "ProducerPerformance", "--bootstrap-server", bootstrap, "--topic", topic, "--num-records",
        str(records), "--record-size", str(RECORD_BYTES), "--throughput", "-1",
        "--command-property", "acks=all")
    total = re.findall(r"(\d+) records sent, [\d.]+ records/sec \(([\d.]+) MB/sec\)", printed)[-1]
    if int(total[0]) != records:
        raise BenchFailure(f"the Java producer sent {total[0]} records of {records}")
    return float(total[1]) * 1.048576


def measure(peer, volume: Volume) -> dict[str, float]:
    records = records_in(volume.stream_gb)
    with serving(peer) as server:
        server.warm_up(volume.warm_up_gb)
        server.create_topic("produce", 6)
        figures = measured(server, volume.stream_gb,
                           lambda: produce(server.bootstrap, "produce", records))
        server.require_records("produce", records)
        return figures


ROW = Row(
    name="produce-java",
    about="produce, acks=all, 1 KiB records, 6 partitions, Java client, default batching",
    peers=produce_librdkafka.ROW.peers,
    measure=measure,
    lines=produce_librdkafka.ROW.lines,
)
