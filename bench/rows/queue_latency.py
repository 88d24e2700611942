"""How long a confirm takes at 5,000 messages a second."""

from harness import generators
from harness.bench_server import serving
from harness.queue_load import warm_up
from harness.row import Line, Row
from harness.volume import Volume

MESSAGES_PER_S = 5000


def measure(peer, volume: Volume) -> dict[str, float]:
    messages = (volume.latency_s + volume.latency_warm_up_s) * MESSAGES_PER_S
    with serving(peer) as server:
        warm_up(server)
        before = server.usage()
        taken = generators.run("queue_latency", address=server.amqp, queue="latency", type=peer.queue_type,
                               rate=MESSAGES_PER_S, seconds=volume.latency_s,
                               warm_up_seconds=volume.latency_warm_up_s)
        taken["cpu_us_per_message"] = (server.usage().cpu_s - before.cpu_s) / messages * 1e6
        return taken


ROW = Row(
    name="queue-latency",
    about="from intended publish to confirm at 5,000 messages of 1 KiB a second, with a consumer; librabbitmq",
    peers=("rabbitmq", "rabbitmq-quorum", "koine"),
    measure=measure,
    lines=(
        Line("p50", "p50_ms", "ms"),
        Line("p99", "p99_ms", "ms", versus="rabbitmq", at_most=1),
        Line("p99.9", "p999_ms", "ms"),
        Line("rate that was kept", "messages_per_s", "1/s"),
        Line("server CPU per message", "cpu_us_per_message", "us"),
    ),
)
