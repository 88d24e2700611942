"""How much of the machine others used during a measurement: if it is much, do not quote the figures."""

import os
import resource
import time

from harness.process_usage import TICKS_PER_S


class MachineLoad:
    """Counts from its making on. Ours are the servers and generators that have ended by then; the
    rest includes the kernel's own threads."""

    def __init__(self):
        self.started_s = time.monotonic()
        self.busy_before_s = busy_s()
        self.ours_before_s = ours_s()

    def others_percent(self) -> float:
        capacity_s = (time.monotonic() - self.started_s) * (os.cpu_count() or 1)
        others_s = busy_s() - self.busy_before_s - (ours_s() - self.ours_before_s)
        return max(0.0, 100 * others_s / capacity_s)


def busy_s() -> float:
    with open("/proc/stat") as stat:
        user, nice, system, _idle, _wait, interrupts, soft_interrupts = map(int, stat.readline().split()[1:8])
    return (user + nice + system + interrupts + soft_interrupts) / TICKS_PER_S


def ours_s() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    ourselves = resource.getrusage(resource.RUSAGE_SELF)
    return children.ru_utime + children.ru_stime + ourselves.ru_utime + ourselves.ru_stime
