"""From exec until the server says that it is ready, on an empty directory."""

import statistics

from harness.bench_server import serving
from harness.row import Line, Row
from harness.volume import Volume


def measure(peer, volume: Volume) -> dict[str, float]:
    """Kafka's directory has been formatted before, which is not counted."""
    taken_ms = []
    cpu_s = []
    for _ in range(volume.starts):
        with serving(peer) as server:
            taken_ms.append(server.process.ready_after_ms)
            cpu_s.append(server.usage().cpu_s)
    return {"median_ms": statistics.median(taken_ms), "slowest_ms": max(taken_ms),
            "cpu_s": statistics.median(cpu_s)}


ROW = Row(
    name="start",
    about="from exec to ready, empty directory",
    peers=("kafka", "koine"),
    measure=measure,
    repeat=False,
    lines=(
        Line("median", "median_ms", "ms", at_most=100),
        Line("slowest", "slowest_ms", "ms"),
        Line("server CPU until ready", "cpu_s", "s"),
    ),
)
