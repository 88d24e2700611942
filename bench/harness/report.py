"""Prints a row as a table, and keeps it with every sample in build/bench/<row>.json."""

import dataclasses
import datetime
import json
import os
import pathlib
import platform
import statistics

from harness.generators import ROOT
from harness.row import Row, judge
from harness.volume import Volume

Samples = dict[str, list[dict[str, float]]]
OTHERS = "others_cpu_percent"
HEADINGS = {"kafka": "Kafka", "kafka-flush": "Kafka flush=1", "rabbitmq": "classic", "rabbitmq-quorum": "quorum",
            "nginx": "nginx", "nchan": "nchan", "koine": "Koine"}


def medians_of(samples: Samples) -> dict[str, dict[str, float]]:
    return {peer: {figure: statistics.median(sample[figure] for sample in taken) for figure in taken[0]}
            for peer, taken in samples.items() if taken}


def print_row(row: Row, peers: list, samples: Samples) -> None:
    medians = medians_of(samples)
    print(f"\n{row.name}: {row.about}")
    for peer in peers:
        print(f"  {HEADINGS[peer.name]}: {peer.version()}; durability {peer.durability}")
    columns = [name for name in HEADINGS if name in row.peers]
    headings = "".join(f"{HEADINGS[name]:>14}" for name in columns)
    print(f"  {medians_title(samples):<46}{'':<9}{headings}{'ratio':>8}  target")
    for line in row.lines:
        figures = "".join(f"{number(medians.get(name, {}).get(line.figure)):>14}" for name in columns)
        verdict = judge(line, medians)
        print(f"  {line.title:<46}{line.unit:<9}{figures}{number(verdict.ratio):>8}  "
              f"{verdict.target:<28}{verdict.outcome}".rstrip())
    others = ", ".join(f"{HEADINGS[name]} {number(figures[OTHERS])} %" for name, figures in medians.items())
    print(f"  CPU that others took from this machine meanwhile: {others}")


def medians_title(samples: Samples) -> str:
    runs = max(map(len, samples.values()))
    return f"medians of {runs} runs" if runs > 1 else "one run"


def number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def save_row(row: Row, peers: list, samples: Samples, volume: Volume) -> pathlib.Path:
    medians = medians_of(samples)
    content = {
        "row": row.name,
        "about": row.about,
        "taken_at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "machine": {"kernel": platform.release(), "cpus": os.cpu_count()},
        "volume": dataclasses.asdict(volume),
        "peers": {peer.name: {"version": peer.version(), "durability": peer.durability,
                              "median": medians.get(peer.name), "samples": samples.get(peer.name)}
                  for peer in peers},
        "lines": [dataclasses.asdict(line) | dataclasses.asdict(judge(line, medians)) for line in row.lines],
    }
    path = ROOT / "build" / "bench" / f"{row.name}.json"
    path.write_text(json.dumps(content, indent=2) + "\n")
    return path
