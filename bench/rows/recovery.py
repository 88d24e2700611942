"""kill -9 with gigabytes retained: from exec until the server says that it is ready again."""

import statistics

from harness import generators, page_cache
from harness.bench_server import serving
from harness.row import Line, Row
from harness.volume import Volume, records_in

KILLS = 3


def measure(peer, volume: Volume) -> dict[str, float]:
    """Every record that was acknowledged must be there after each kill. Between kills more is
    written, so that there is always something that no snapshot has."""
    records = records_in(volume.retained_gb)
    more = records // 50
    taken_ms = []
    cpu_s = []
    with serving(peer) as server:
        server.create_topic("retained", 6)
        generators.run("produce", bootstrap=server.bootstrap, topic="retained", records=records)
        for _ in range(KILLS):
            generators.run("produce", bootstrap=server.bootstrap, topic="retained", records=more)
            records += more
            server.restart_after_kill()
            taken_ms.append(server.process.ready_after_ms)
            cpu_s.append(server.usage().cpu_s)
            server.require_records("retained", records)
            page_cache.write_back()
        rss_mb = server.usage().rss_mb
    return {"median_ms": statistics.median(taken_ms), "slowest_ms": max(taken_ms),
            "cpu_s": statistics.median(cpu_s), "rss_mb": rss_mb}


ROW = Row(
    name="recovery",
    about="kill -9 just after the last acknowledgement; from exec to ready, and all records there",
    peers=("kafka", "koine"),
    measure=measure,
    repeat=False,
    lines=(
        Line("median of 3 kills", "median_ms", "ms", at_most=1000),
        Line("slowest", "slowest_ms", "ms"),
        Line("server CPU until ready", "cpu_s", "s"),
        Line("resident memory afterwards", "rss_mb", "MB"),
    ),
)
