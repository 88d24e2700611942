"""Publish to a queue and consume it at once, with confirms and acks."""

from harness.bench_server import serving
from harness.queue_load import flow, warm_up
from harness.row import Line, Row
from harness.volume import Volume


def measure(peer, volume: Volume) -> dict[str, float]:
    with serving(peer) as server:
        warm_up(server)
        return flow(server, "both", "flow", volume.flow_messages)


ROW = Row(
    name="queue-flow",
    about="publish and consume at once: 1 KiB persistent, window 1,000; prefetch 500, ack every 50; librabbitmq",
    peers=("rabbitmq", "rabbitmq-quorum", "koine"),
    measure=measure,
    lines=(
        Line("messages a second, against classic queues", "messages_per_s", "1/s", versus="rabbitmq", at_least=8),
        Line("messages a second, against quorum queues", "messages_per_s", "1/s", versus="rabbitmq-quorum", at_least=5),
        Line("server CPU per message", "cpu_us_per_message", "us", versus="rabbitmq", at_most=1 / 12),
        Line("resident memory afterwards", "rss_mb", "MB"),
        Line("peak resident memory", "peak_rss_mb", "MB"),
    ),
)
