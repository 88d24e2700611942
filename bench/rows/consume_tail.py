"""Consume from the tail: a consumer that follows a producer. What the consumer costs the server is
the difference between the same paced load with it and without it."""

from harness import generators
from harness.bench_server import BenchServer, serving
from harness.load_figures import measured
from harness.row import Line, Row
from harness.volume import Volume, records_in

RECORDS_PER_S = 60_000


def produce(server: BenchServer, topic: str, records: int) -> float:
    return generators.run("produce", bootstrap=server.bootstrap, topic=topic, records=records,
                          rate=RECORDS_PER_S)["mb_per_s"]


def produce_and_follow(server: BenchServer, topic: str, records: int) -> float:
    consumer = generators.start("consume", bootstrap=server.bootstrap, topic=topic, records=records)
    try:
        mb_per_s = produce(server, topic, records)
    except BaseException:
        consumer.kill()
        raise
    generators.result_of(consumer)
    return mb_per_s


def measure(peer, volume: Volume) -> dict[str, float]:
    gigabytes = volume.stream_gb / 2
    records = records_in(gigabytes)
    with serving(peer) as server:
        server.warm_up(volume.warm_up_gb)
        server.create_topic("alone", 6)
        alone = measured(server, gigabytes, lambda: produce(server, "alone", records))
        server.create_topic("followed", 6)
        followed = measured(server, gigabytes, lambda: produce_and_follow(server, "followed", records))
    return {
        "consume_cpu_s_per_gb": followed["cpu_s_per_gb"] - alone["cpu_s_per_gb"],
        "both_cpu_s_per_gb": followed["cpu_s_per_gb"],
        "alone_mb_per_s": alone["mb_per_s"],
        "followed_mb_per_s": followed["mb_per_s"],
        "peak_rss_mb": followed["peak_rss_mb"],
    }


ROW = Row(
    name="consume-tail",
    about="librdkafka consumer that follows a producer of 60,000 records of 1 KiB a second, 6 partitions",
    peers=("kafka", "koine"),
    measure=measure,
    lines=(
        Line("server CPU per GB consumed", "consume_cpu_s_per_gb", "s", versus="kafka", at_most=1),
        Line("server CPU per GB produced and consumed", "both_cpu_s_per_gb", "s"),
        Line("rate kept without the consumer", "alone_mb_per_s", "MB/s"),
        Line("rate kept with the consumer", "followed_mb_per_s", "MB/s"),
        Line("peak resident memory", "peak_rss_mb", "MB"),
    ),
)
