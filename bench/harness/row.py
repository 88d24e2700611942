"""A row of the table: which peers it needs, how one is measured once, and what is asked of Koine."""

from collections.abc import Callable
from dataclasses import dataclass

from harness.volume import Volume


@dataclass(frozen=True)
class Line:
    """One figure. With `versus`, the target is for the ratio of Koine's to that peer's; without, for
    Koine's own figure, and the ratio is to the first peer. No target: for information."""
    title: str
    figure: str
    unit: str
    versus: str | None = None
    at_most: float | None = None
    at_least: float | None = None


@dataclass(frozen=True)
class Row:
    name: str
    about: str
    peers: tuple[str, ...]
    measure: Callable[[object, Volume], dict[str, float]]
    lines: tuple[Line, ...]
    repeat: bool = True


@dataclass(frozen=True)
class Verdict:
    ratio: float | None
    target: str
    outcome: str


def judge(line: Line, medians: dict[str, dict[str, float]]) -> Verdict:
    """`medians` maps a peer's name to its figures; a peer that was not measured is absent."""
    ours = medians.get("koine", {}).get(line.figure)
    versus = line.versus or next((name for name in ("kafka", "rabbitmq", "nchan") if name in medians), "")
    theirs = medians.get(versus, {}).get(line.figure)
    ratio = ours / theirs if ours is not None and theirs else None
    judged = ratio if line.versus else ours
    if line.at_most is None and line.at_least is None:
        return Verdict(ratio, "", "")
    what = f"x {line.versus}" if line.versus else line.unit
    sign, bound = ("<=", line.at_most) if line.at_most is not None else (">=", line.at_least)
    target = f"{sign} {bound:g} {what}"
    if judged is None:
        return Verdict(ratio, target, "not measured")
    met = judged <= bound if sign == "<=" else judged >= bound
    return Verdict(ratio, target, "met" if met else "MISSED")
