"""The largest durable append rate, as a share of what the disk itself takes."""

from harness import generators, page_cache
from harness.bench_server import SCRATCH, BenchServer, serving
from harness.load_figures import measured
from harness.row import Line, Row
from harness.volume import Volume

# Batch bytes, connections, unanswered requests for each: the best of these counts. A batch of a
# full MiB would pass Kafka's default message.max.bytes.
SHAPES = ((65_536, 2, 16), (262_144, 2, 8), (1_000_000, 2, 4), (1_000_000, 4, 4))


def disk(volume: Volume, layout: str, io: str) -> float:
    SCRATCH.mkdir(parents=True, exist_ok=True)
    page_cache.write_back()
    return generators.run("disk_probe", dir=SCRATCH, total_bytes=round(volume.append_gb * 1e9),
                          layout=layout, io=io)["mb_per_s"]


def append(server: BenchServer, topic: str, gigabytes: float, batch_bytes: int, connections: int,
           in_flight: int) -> dict[str, float]:
    records = 0

    def load() -> float:
        nonlocal records
        taken = generators.run(
            "append", bootstrap=server.bootstrap, topic=topic, partitions=6,
            total_bytes=round(gigabytes * 1e9), batch_bytes=batch_bytes, connections=connections,
            in_flight=in_flight)
        records = taken["records"]
        return taken["mb_per_s"]

    figures = measured(server, gigabytes, load)
    server.require_records(topic, records)
    return figures | {"batch_kib": batch_bytes / 1024}


def measure(peer, volume: Volume) -> dict[str, float]:
    """The disk is probed just before, so that both see the same disk."""
    disks = {layout: max(disk(volume, layout, "buffered"), disk(volume, layout, "direct"))
             for layout in ("fallocated", "written", "appended")}
    best: dict[str, float] = {}
    with serving(peer) as server:
        server.warm_up(volume.warm_up_gb)
        for batch_bytes, connections, in_flight in SHAPES:
            topic = f"append-{batch_bytes}-{connections}"
            server.create_topic(topic, 6)

            figures = append(server, topic, volume.append_gb, batch_bytes, connections, in_flight)
            best = max(best, figures, key=lambda one: one.get("mb_per_s", 0))
    best |= {f"disk_{layout}_mb_per_s": rate for layout, rate in disks.items()}
    best |= {f"share_of_{layout}": best["mb_per_s"] / rate for layout, rate in disks.items()}
    return best


ROW = Row(
    name="append-rate",
    about="largest durable append rate: prebuilt batches over plain sockets, acks=all; best of 4 shapes",
    peers=("kafka-flush", "koine"),
    measure=measure,
    lines=(
        Line("append rate", "mb_per_s", "MB/s"),
        Line("batch of the best shape", "batch_kib", "KiB"),
        Line("server CPU per GB", "cpu_s_per_gb", "s"),
        Line("disk: 1 MiB + fdatasync, fallocated file", "disk_fallocated_mb_per_s", "MB/s"),
        Line("disk: the same, file written before", "disk_written_mb_per_s", "MB/s"),
        Line("disk: the same, file that grows", "disk_appended_mb_per_s", "MB/s"),
        Line("share of the disk, fallocated file", "share_of_fallocated", "", at_least=0.6),
        Line("share of the disk, file written before", "share_of_written", ""),
        Line("share of the disk, file that grows", "share_of_appended", ""),
        Line("peak resident memory", "peak_rss_mb", "MB"),
    ),
)
