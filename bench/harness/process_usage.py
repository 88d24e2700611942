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
    """Includes threads and awaited children that have ended. Megabytes are 10^6 bytes."""
    status = {}
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        status[name] = value
    # The name of the program is in parentheses and may hold spaces: count fields from behind it.
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = sum(map(int, fields[11:15]))  # utime, stime, and those of children that were waited for

    def megabytes(name: str) -> float:
        return int(status[name].split()[0]) * 1024 / 1e6

    return ProcessUsage(ticks / TICKS_PER_S, megabytes("VmRSS"), megabytes("VmHWM"))


def usage_of_all(pids: list[int]) -> ProcessUsage:
    """The sum; processes that end meanwhile are left out."""
    total = ProcessUsage(0, 0, 0)
    for pid in pids:
        try:
            one = usage_of(pid)
        except (OSError, KeyError):  # gone, or about to be
            continue
        total = ProcessUsage(total.cpu_s + one.cpu_s, total.rss_mb + one.rss_mb, total.peak_rss_mb + one.peak_rss_mb)
    return total
