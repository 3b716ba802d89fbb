"""Figures: the numbers of a run, beside those of the last committed one.

Each figure is measured several times, and is the median of them. The middle half of its repeats
(from the lower quartile to the upper one) is taken as its noise: a figure got worse if its middle
half lies wholly above the last one's, and its median is more than 2 % higher. All figures are
costs: less is better.
"""

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

_LEAST_CHANGE = 0.02
_WIDTHS = (43, 7, 9, 13, 6, 3, 7)
_HEADER = ("what", "goal", "now", "middle half", "last", "met", "against")


class Figure(NamedTuple):
    """A number, and between which quartiles its repeats lie. `name` is what the same figure of
    another run is found by; `unit` is "x" for a ratio within the run."""

    name: str
    unit: str
    value: float
    low: float
    high: float
    goal: float | None = None

    @property
    def is_met(self) -> bool | None:
        """Whether it is at most the goal, None without one."""
        return None if self.goal is None else self.value <= self.goal


def figure(name: str, unit: str, repeats: Sequence[float], goal: float | None = None) -> Figure:
    """A figure of at least one repeat."""
    low = high = repeats[0]
    if len(repeats) > 1:
        low, _, high = statistics.quantiles(repeats, n=4, method="inclusive")
    return Figure(name, unit, statistics.median(repeats), low, high, goal)


def ratios(of: Sequence[float], to: Sequence[float]) -> list[float]:
    """How many times as much as what was measured beside it, for each repeat."""
    return [one / beside for one, beside in zip(of, to, strict=True)]


def against(now: Figure, last: Figure | None) -> str:
    """What became of a figure: "worse" or "better" beyond noise, "new", or "" within noise."""
    if last is None:
        return "new"
    if abs(now.value - last.value) <= _LEAST_CHANGE * abs(last.value):
        return ""
    if now.low > last.high:
        return "worse"
    return "better" if now.high < last.low else ""


def as_content(figures: Iterable[Figure]) -> list[dict[str, object]]:
    """Figures for a JSON file."""
    return [figure._asdict() for figure in figures]


def committed(path: Path) -> dict[str, Figure]:
    """The figures of the last committed run, by their names. Raises OSError, ValueError."""
    return {one["name"]: Figure(**one) for one in json.loads(path.read_text())["figures"]}


def table(figures: Iterable[Figure], last: Mapping[str, Figure]) -> list[str]:
    """The lines of a table, of at most 100 columns."""
    lines = [_line(_HEADER), _line(tuple("-" * width for width in _WIDTHS))]
    return lines + [_line(_cells(figure, last.get(figure.name))) for figure in figures]


def _cells(now: Figure, last: Figure | None) -> tuple[str, ...]:
    return (
        now.name,
        "" if now.goal is None else f"<= {_number(now.goal)}",
        f"{_number(now.value)} {now.unit}",
        f"{_number(now.low)}-{_number(now.high)}",
        "" if last is None else _number(last.value),
        {True: "yes", False: "NO", None: ""}[now.is_met],
        against(now, last),
    )


def _number(value: float) -> str:
    """A number with three digits, or with all those before its point."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _line(cells: Sequence[str]) -> str:
    padded = (f"{cell:<{width}}" for cell, width in zip(cells, _WIDTHS, strict=True))
    return "  ".join(padded).rstrip()
