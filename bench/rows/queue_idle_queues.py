"""Many durable queues of which nobody wants anything."""

import time

from harness import generators
from harness.bench_server import serving
from harness.row import Line, Row
from harness.volume import Volume


def measure(peer, volume: Volume) -> dict[str, float]:
    with serving(peer) as server:
        time.sleep(volume.settle_s)
        idle_mb = server.usage().rss_mb
        declared = generators.run("queue_declare", address=server.amqp, prefix="idle", queues=volume.idle_queues,
                                  type=peer.queue_type)
        time.sleep(volume.settle_s)
        rss_mb = server.usage().rss_mb
        server.restart_after_kill()
        ready_ms = server.process.ready_after_ms
        time.sleep(volume.settle_s)
        restarted_mb = server.usage().rss_mb
    return {
        "rss_mb": rss_mb,
        "idle_mb": idle_mb,
        "declare_per_s": declared["queues"] / declared["seconds"],
        "ready_ms": ready_ms,
        "restarted_mb": restarted_mb,
    }


ROW = Row(
    name="queue-idle-queues",
    about="100,000 idle durable queues (--scale, --quick: fewer); then kill -9",
    peers=("rabbitmq", "koine"),
    measure=measure,
    repeat=False,
    lines=(
        Line("resident memory", "rss_mb", "MB", at_most=300),
        Line("the same before there were any", "idle_mb", "MB"),
        Line("queues declared a second", "declare_per_s", "1/s"),
        Line("kill -9: from exec to ready", "ready_ms", "ms", at_most=5000),
        Line("resident memory after that", "restarted_mb", "MB"),
    ),
)
