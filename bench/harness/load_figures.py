"""What a load cost the server: CPU per gigabyte, throughput, memory."""

from collections.abc import Callable

from harness.bench_server import BenchServer


def measured(server: BenchServer, gigabytes: float, load: Callable[[], float]) -> dict[str, float]:
    """Runs `load`, which returns its throughput in MB/s."""
    before = server.usage()
    mb_per_s = load()
    after = server.usage()
    return {
        "mb_per_s": mb_per_s,
        "cpu_s_per_gb": (after.cpu_s - before.cpu_s) / gigabytes,
        "rss_mb": after.rss_mb,
        "peak_rss_mb": after.peak_rss_mb,
    }


def prefixed(prefix: str, figures: dict[str, float]) -> dict[str, float]:
    return {f"{prefix}_{name}": value for name, value in figures.items()}
