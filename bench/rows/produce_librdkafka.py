"""Produce, acks=all, 1 KiB, librdkafka with its default batching."""

from harness import generators
from harness.bench_server import serving
from harness.load_figures import measured
from harness.row import Line, Row
from harness.volume import Volume, records_in


def measure(peer, volume: Volume) -> dict[str, float]:
    records = records_in(volume.stream_gb)
    with serving(peer) as server:
        server.warm_up(volume.warm_up_gb)
        server.create_topic("produce", 6)

        def load() -> float:
            return generators.run("produce", bootstrap=server.bootstrap, topic="produce",
                                  records=records)["mb_per_s"]

        figures = measured(server, volume.stream_gb, load)
        server.require_records("produce", records)
        return figures


ROW = Row(
    name="produce-librdkafka",
    about="produce, acks=all, 1 KiB records, 6 partitions, librdkafka, default batching",
    peers=("kafka", "kafka-flush", "koine"),
    measure=measure,
    lines=(
        Line("server CPU per GB", "cpu_s_per_gb", "s", versus="kafka", at_most=0.5),
        Line("throughput", "mb_per_s", "MB/s", versus="kafka", at_least=1),
        Line("throughput, against flush.messages=1", "mb_per_s", "MB/s", versus="kafka-flush", at_least=3),
        Line("resident memory afterwards", "rss_mb", "MB"),
        Line("peak resident memory", "peak_rss_mb", "MB"),
    ),
)
