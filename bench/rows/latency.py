"""End to end at 10,000 records a second, from the time a record was due until a consumer has it."""

from harness import generators
from harness.bench_server import serving
from harness.load_figures import prefixed
from harness.row import Line, Row
from harness.volume import RECORD_BYTES, Volume

RECORDS_PER_S = 10_000

# No batching can mean that nothing waits to be batched, or that every record is its own request.
SHAPES = {"no_linger": "linger.ms=0", "single": "linger.ms=0,batch.num.messages=1"}


def measure(peer, volume: Volume) -> dict[str, float]:
    figures: dict[str, float] = {}
    seconds = volume.latency_s + volume.latency_warm_up_s
    gigabytes = seconds * RECORDS_PER_S * RECORD_BYTES / 1e9
    for shape, settings in SHAPES.items():
        with serving(peer) as server:
            server.warm_up(volume.warm_up_gb)
            server.create_topic("latency", 6)
            before = server.usage()
            taken = generators.run(
                "end_to_end", bootstrap=server.bootstrap, topic="latency", rate=RECORDS_PER_S,
                seconds=volume.latency_s, warm_up_seconds=volume.latency_warm_up_s, settings=settings)
            taken["cpu_s_per_gb"] = (server.usage().cpu_s - before.cpu_s) / gigabytes
            figures |= prefixed(shape, taken)
    return figures


def lines_of(shape: str, title: str) -> tuple[Line, ...]:
    return (
        Line(f"{title}: p50", f"{shape}_p50_ms", "ms"),
        Line(f"{title}: p99", f"{shape}_p99_ms", "ms", versus="kafka-flush", at_most=1 / 3),
        Line(f"{title}: p99.9", f"{shape}_p999_ms", "ms"),
        Line(f"{title}: rate that came through", f"{shape}_records_per_s", "1/s"),
        Line(f"{title}: not through 20 s later", f"{shape}_unfinished", "records"),
        Line(f"{title}: server CPU per GB", f"{shape}_cpu_s_per_gb", "s"),
    )


ROW = Row(
    name="latency",
    about="end to end, 10,000 records of 1 KiB a second, 6 partitions, librdkafka, from intended send time",
    peers=("kafka", "kafka-flush", "koine"),
    measure=measure,
    lines=lines_of("no_linger", "linger 0") + lines_of("single", "one record a request"),
)
