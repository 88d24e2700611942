"""Without confirms and with automatic acks: what a server's core can do."""

from harness.bench_server import serving
from harness.load_figures import prefixed
from harness.queue_load import UNCONFIRMED, flow, warm_up
from harness.row import Line, Row
from harness.volume import Volume

SIZES = {"16b": 16, "1k": 1024}


def measure(peer, volume: Volume) -> dict[str, float]:
    figures: dict[str, float] = {}
    for name, body_bytes in SIZES.items():
        with serving(peer) as server:
            warm_up(server, **UNCONFIRMED)
            figures |= prefixed(name, flow(server, "both", "flow", volume.small_messages, body_bytes, **UNCONFIRMED))
    return figures


ROW = Row(
    name="queue-no-confirm",
    about="publish and consume at once: transient, no confirms, automatic acks; librabbitmq (LavinMQ with its own client, "
          "2 cores: 983 and 412 thousand)",
    peers=("rabbitmq", "koine"),
    measure=measure,
    lines=(
        Line("16 B: messages a second of server CPU", "16b_messages_per_core_s", "1/s", at_least=600_000),
        Line("16 B: messages a second", "16b_messages_per_s", "1/s"),
        Line("1 KiB: messages a second of server CPU", "1k_messages_per_core_s", "1/s", at_least=400_000),
        Line("1 KiB: messages a second", "1k_messages_per_s", "1/s"),
        Line("1 KiB: peak resident memory", "1k_peak_rss_mb", "MB"),
    ),
)
