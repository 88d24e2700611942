"""What a process has used: CPU time of all its threads, and resident memory, from /proc."""

import os
import pathlib
from dataclasses import dataclass

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass
class ProcessUsage:
    cpu_s: float
    rss_mb: float
    peak_rss_mb: float


def usage_of(pid: int) -> ProcessUsage:
    """Includes threads that have ended. Megabytes are 10^6 bytes."""
    status = {}
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        status[name] = value
    # The name of the program is in parentheses and may hold spaces: count fields from behind it.
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user_ticks, system_ticks = int(fields[11]), int(fields[12])

    def megabytes(name: str) -> float:
        return int(status[name].split()[0]) * 1024 / 1e6

    return ProcessUsage((user_ticks + system_ticks) / TICKS_PER_S, megabytes("VmRSS"), megabytes("VmHWM"))
