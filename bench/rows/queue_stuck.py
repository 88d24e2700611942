"""One message that nobody acks while gigabytes pass through the same queue: what stays on the disk."""

import json
import os
import pathlib
import time

from harness import generators
from harness.bench_server import serving
from harness.failure import BenchFailure
from harness.queue_load import CONFIRMED, warm_up
from harness.row import Line, Row
from harness.volume import RECORD_BYTES, Volume, records_in


def disk_mb(directory: pathlib.Path) -> float:
    """What the files really take, also where they have holes; in 10^6 bytes."""
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            try:
                total += os.lstat(os.path.join(folder, name)).st_blocks * 512
            except FileNotFoundError:  # deleted meanwhile
                continue
    return total / 1e6


def measure(peer, volume: Volume) -> dict[str, float]:
    """Looks while the message is still held, after the server has had time to clean up."""
    messages = records_in(volume.pass_gb)
    with serving(peer) as server:
        warm_up(server)
        before = server.usage()
        holder = generators.start("queue_flow", with_input=True, do="both", address=server.amqp, queue="stuck",
                                  type=peer.queue_type, messages=messages, body_bytes=RECORD_BYTES, hold=1, **CONFIRMED)
        try:
            line = holder.stdout.readline()
            if not line:
                raise BenchFailure(f"queue_flow: {holder.stderr.read().strip()}")
            at_once_mb = disk_mb(server.directory)
            time.sleep(volume.settle_s * 2)
            used = server.usage()
            settled_mb = disk_mb(server.directory)
            if holder.poll() is not None:
                raise BenchFailure("queue_flow did not hold its message")
        finally:
            holder.kill()
            holder.communicate()
    return {
        "disk_mb": settled_mb,
        "at_once_mb": at_once_mb,
        "messages_per_s": json.loads(line)["messages_per_s"],
        "cpu_us_per_message": (used.cpu_s - before.cpu_s) / messages * 1e6,
        "rss_mb": used.rss_mb,
    }


ROW = Row(
    name="queue-stuck",
    about="one message is never acked while 10 GB (--scale, --quick: less) pass through its queue",
    peers=("rabbitmq", "rabbitmq-quorum", "koine"),
    measure=measure,
    repeat=False,
    lines=(
        Line("disk in use", "disk_mb", "MB", at_most=300),
        Line("disk in use when the last one was consumed", "at_once_mb", "MB"),
        Line("messages a second", "messages_per_s", "1/s"),
        Line("server CPU per message", "cpu_us_per_message", "us"),
        Line("resident memory", "rss_mb", "MB"),
    ),
)
