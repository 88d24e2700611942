"""How much each row does. A quick run is for checking the harness, not for quoting."""

from dataclasses import dataclass

RECORD_BYTES = 1024


@dataclass(frozen=True)
class Volume:
    repetitions: int
    warm_up_gb: float
    stream_gb: float
    cold_gb: float
    retained_gb: float
    append_gb: float
    many_partitions: int
    latency_s: int
    latency_warm_up_s: int
    settle_s: float
    starts: int
    flow_messages: int
    small_messages: int
    backlog_messages: int
    pass_gb: float
    idle_queues: int
    idle_connections: int
    event_connections: int
    fanout_count: int
    events_gb: float


FULL = Volume(repetitions=3, warm_up_gb=0.3, stream_gb=3, cold_gb=4, retained_gb=10, append_gb=4,
              many_partitions=10_000, latency_s=15, latency_warm_up_s=5, settle_s=5, starts=9,
              flow_messages=500_000, small_messages=2_000_000, backlog_messages=10_000_000, pass_gb=10,
              idle_queues=100_000, idle_connections=10_000, event_connections=10_000, fanout_count=200, events_gb=1)
QUICK = Volume(repetitions=1, warm_up_gb=0.1, stream_gb=0.5, cold_gb=1, retained_gb=1, append_gb=1,
               many_partitions=10_000, latency_s=5, latency_warm_up_s=3, settle_s=2, starts=3,
               flow_messages=50_000, small_messages=200_000, backlog_messages=200_000, pass_gb=0.2,
               idle_queues=1_000, idle_connections=200, event_connections=500, fanout_count=20, events_gb=0.2)


def records_in(gigabytes: float) -> int:
    """How many records of 1 KiB hold that much; a gigabyte is 10^9 bytes of values."""
    return round(gigabytes * 1e9 / RECORD_BYTES)
