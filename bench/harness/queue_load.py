"""What rows about queues share: one run of the load program, and what it cost the server."""

from harness import generators
from harness.bench_server import BenchServer

WINDOW, PREFETCH, ACK_EVERY = 1000, 500, 50
WARM_UP_MESSAGES = 20_000

CONFIRMED = {"window": WINDOW, "prefetch": PREFETCH, "ack_every": ACK_EVERY, "persistent": 1}
# As lavinmqperf does: transient, no confirms, acked by being delivered.
UNCONFIRMED = {"window": 0, "prefetch": 0, "ack_every": 0, "persistent": 0}


def flow(server: BenchServer, what: str, queue: str, messages: int, body_bytes: int = 1024, **shape) -> dict[str, float]:
    """Publishes to a queue, consumes it, or both at once; adds the server's CPU per message and its memory."""
    before = server.usage()
    taken = generators.run("queue_flow", do=what, address=server.amqp, queue=queue, type=server.peer.queue_type,
                           messages=messages, body_bytes=body_bytes, **{**CONFIRMED, **shape})
    after = server.usage()
    cpu_s = after.cpu_s - before.cpu_s
    return {
        "messages_per_s": taken["messages_per_s"],
        "cpu_us_per_message": cpu_s / messages * 1e6,
        "messages_per_core_s": messages / max(cpu_s, 0.01),
        "rss_mb": after.rss_mb,
        "peak_rss_mb": after.peak_rss_mb,
    }


def warm_up(server: BenchServer, **shape) -> None:
    flow(server, "both", "warm-up", WARM_UP_MESSAGES, **shape)
