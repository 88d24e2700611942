"""A thousand partitions written at random, against one: the same bytes in the same requests. Each
partition has been written to before, so that nothing is created on the way."""

from harness import generators
from harness.bench_server import BenchServer, serving
from harness.load_figures import measured, prefixed
from harness.row import Line, Row
from harness.volume import Volume

# The Java client's batch.size, hence what a partition gets at once when there are many.
BATCH_BYTES = 16_384


def append(server: BenchServer, partitions: int, gigabytes: float) -> dict[str, float]:
    topic = f"partitions-{partitions}"
    server.create_topic(topic, partitions)
    server.write_once_to_each(topic, partitions)
    records = 0

    def load() -> float:
        nonlocal records
        taken = generators.run(
            "append", bootstrap=server.bootstrap, topic=topic, partitions=partitions,
            total_bytes=round(gigabytes * 1e9), batch_bytes=BATCH_BYTES, connections=2,
            in_flight=32, order="random")
        records = taken["records"]
        return taken["mb_per_s"]

    figures = measured(server, gigabytes, load)
    server.require_records(topic, partitions + records)
    return figures


def measure(peer, volume: Volume) -> dict[str, float]:
    gigabytes = volume.append_gb / 8
    with serving(peer) as server:
        server.warm_up(volume.warm_up_gb)
        one = append(server, 1, gigabytes)
        many = append(server, 1000, gigabytes)
    share = {"share": many["mb_per_s"] / one["mb_per_s"]}
    return prefixed("one", one) | prefixed("many", many) | share


ROW = Row(
    name="partitions",
    about="1,000 partitions at random against one; batches of 16 KiB, one a request, 2 connections",
    peers=("kafka", "koine"),
    measure=measure,
    lines=(
        Line("one partition", "one_mb_per_s", "MB/s"),
        Line("1,000 partitions", "many_mb_per_s", "MB/s"),
        Line("1,000 partitions against one", "share", "", at_least=0.7),
        Line("one partition: server CPU per GB", "one_cpu_s_per_gb", "s"),
        Line("1,000 partitions: server CPU per GB", "many_cpu_s_per_gb", "s"),
        Line("peak resident memory", "many_peak_rss_mb", "MB"),
    ),
)
