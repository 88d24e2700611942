"""Millions of messages that wait: what they cost, how fast they drain, and what a kill makes of them.

The backlog is drained in parts, with a short queue before each: the two rates are compared when the machine is as busy
with other things for the one as for the other.
"""

import statistics
import time

from harness.bench_server import serving
from harness.queue_load import flow, warm_up
from harness.row import Line, Row
from harness.volume import Volume

BODY_BYTES = 100
PARTS = 10
SHORT_QUEUE_SHARE = 50  # the short queue has a fiftieth of the messages


def drain(server, messages: int, short: int) -> dict[str, float]:
    part = messages // PARTS
    rates, short_rates, cpu_us = [], [], []
    for number in range(PARTS):
        flow(server, "publish", "short", short, BODY_BYTES)
        short_rates.append(flow(server, "consume", "short", short, BODY_BYTES)["messages_per_s"])
        taken = flow(server, "consume", "backlog", part, BODY_BYTES, first=number * part)
        rates.append(taken["messages_per_s"])
        cpu_us.append(taken["cpu_us_per_message"])
    return {
        "drain_per_s": PARTS / sum(1 / rate for rate in rates),
        "short_drain_per_s": statistics.median(short_rates),
        "drain_share": statistics.median(rate / of_short for rate, of_short in zip(rates, short_rates)),
        "drain_cpu_us": statistics.mean(cpu_us),
    }


def measure(peer, volume: Volume) -> dict[str, float]:
    """The kill comes when all is confirmed; every message must be there afterwards, in order."""
    messages = volume.backlog_messages
    with serving(peer) as server:
        warm_up(server, body_bytes=BODY_BYTES)
        time.sleep(volume.settle_s)
        idle_mb = server.usage().rss_mb
        fill = flow(server, "publish", "backlog", messages, BODY_BYTES)
        time.sleep(volume.settle_s)
        filled = server.usage()
        server.restart_after_kill()
        ready_ms = server.process.ready_after_ms
        recovered_mb = server.usage().rss_mb
        drained = drain(server, messages, short=max(messages // SHORT_QUEUE_SHARE, 1000))
    return {
        "fill_per_s": fill["messages_per_s"],
        "fill_cpu_us": fill["cpu_us_per_message"],
        "above_idle_mb": filled.rss_mb - idle_mb,
        "peak_rss_mb": filled.peak_rss_mb,
        "ready_ms": ready_ms,
        "recovered_mb": recovered_mb,
        **drained,
    }


ROW = Row(
    name="queue-backlog",
    about="10 million persistent messages of 100 B wait (--scale, --quick: fewer); kill -9; all are drained",
    peers=("rabbitmq", "rabbitmq-quorum", "koine"),
    measure=measure,
    repeat=False,
    lines=(
        Line("memory above idle with the backlog", "above_idle_mb", "MB", at_most=64),
        Line("peak resident memory", "peak_rss_mb", "MB"),
        Line("kill -9: from exec to ready", "ready_ms", "ms", at_most=1000),
        Line("resident memory after that", "recovered_mb", "MB"),
        Line("fill: messages a second", "fill_per_s", "1/s"),
        Line("fill: server CPU per message", "fill_cpu_us", "us"),
        Line("drain: messages a second", "drain_per_s", "1/s"),
        Line("the same of a short queue, median", "short_drain_per_s", "1/s"),
        Line("drain, share of a short queue's, median", "drain_share", "", at_least=0.8),
        Line("drain: server CPU per message", "drain_cpu_us", "us"),
    ),
)
