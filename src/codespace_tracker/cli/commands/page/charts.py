"""Charts as the numbers of SVG: paths in units of their own, and places in percent. All texts and
all elements are in the template, which escapes them."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from codespace_tracker.core.clock import DAY_US, MINUTE_US
from codespace_tracker.ledger.presence_sums import Split
from codespace_tracker.views.burn_down import Point
from codespace_tracker.views.report import ReportRow
from codespace_tracker.views.strips import Strip

_SIZE = 1000  # units that the lines of a chart are wide and high: ten a percent
_STEPS = (1, 2, 5, 10, 15, 20, 25, 30, 40, 50, 100)
_MOST_STEPS = 5
_SLOT = 15  # how high a quarter hour of a strip is: its minutes
_ROW, _HOUR = 60, 54  # how high a weekday is, and in it the busiest hour


class Fills(NamedTuple):
    """What is filled, as SVG paths: attended, unattended, and not known."""

    present: str
    absent: str
    unknown: str


class Tick(NamedTuple):
    """A place on an axis in percent, and what is written there."""

    at: float
    text: str


class Lines(NamedTuple):
    """The lines of a burn-down, in a square of 1000 units: what was left, the area below it, even
    use, and the forecasts. `zero` is where nothing is left, in percent; `now` the place of the last
    point."""

    left: str
    area: str
    even: str
    forecasts: tuple[str, ...]
    zero: float
    now: tuple[float, float]
    ticks: tuple[Tick, ...]


def strip(day: Strip) -> Fills:
    """A day of 96 quarter hours, 15 units high: how high it is filled says for how long."""
    cells = [
        (number, 0, [min(_SLOT, us // MINUTE_US) for us in _stacked(*slot)])
        for number, slot in sorted(day.slots.items())
    ]
    return _filled(cells, _SLOT)


def week(hours: Sequence[ReportRow]) -> Fills:
    """The 168 hours of the week in seven rows, 60 units high each, of which the busiest hour fills
    54."""
    most = max(row.running_us for row in hours) or 1
    cells = [
        (
            n % 24,
            n // 24 * _ROW,
            [us * _HOUR // most for us in _stacked(row.running_us, row.split)],
        )
        for n, row in enumerate(hours)
    ]
    return _filled(cells, _ROW)


def _stacked(running_us: int, split: Split) -> tuple[int, int, int]:
    """Up to where the parts reach, one above the other: attended, unattended, and not known. What
    is known of presence never adds to the running time."""
    present = min(split.present, running_us)
    return present, min(present + split.absent, running_us), running_us


def _filled(cells: Iterable[tuple[int, int, Sequence[int]]], height: int) -> Fills:
    """Columns one unit wide, stacked from below, each by its place, the row that it is in, and the
    heights up to which the three parts reach. Neighbours that are alike are drawn as one."""
    runs: tuple[list[list[int]], ...] = ([], [], [])
    for place, row, tops in cells:
        below = 0
        for n, top in enumerate(tops):
            if top > below:
                last = runs[n][-1] if runs[n] else None
                box = [place, 1, row + height - top, top - below]
                if last is not None and last[0] + last[1] == place and last[2:] == box[2:]:
                    last[1] += 1
                else:
                    runs[n].append(box)
                below = top
    return Fills(*("".join(map(_box, boxes)) for boxes in runs))


def _box(box: list[int]) -> str:
    x, width, y, height = box
    return f"M{x} {y}h{width}v{height}h-{width}z"


def burn_down(
    points: Sequence[Point],
    month: tuple[int, int],
    quota: int | None,
    forecasts: Iterable[int],
    unit: int,
) -> Lines:
    """What was left of a quota (core-µs) at each point of a month (its bounds, UTC µs), and at its
    end by each forecast of the whole month's use. Without a quota: what was used. Axes are
    labelled in `unit` (core-µs)."""
    start, end = month
    whole = quota or 0
    expected = list(forecasts)

    def height(used: int) -> int:
        return used if quota is None else whole - used

    heights = [height(one.used) for one in points]
    ends = [height(used) for used in expected]
    highest = max(whole, *heights, *(ends if quota is None else ()), unit)
    lowest = min(0, *heights)
    step = _step(highest - lowest, unit, whole)
    top, bottom = -(-highest // step) * step, lowest // step * step

    def x(at: int) -> int:
        return (at - start) * _SIZE // (end - start)

    def y(core_us: int) -> int:
        return (top - core_us) * _SIZE // (top - bottom)

    def clipped(last: int) -> str:
        """The line from now to a height at the end, as far as the chart goes."""
        begin, at = heights[-1], points[-1].at
        until = end
        if last < bottom:
            until, last = at + (begin - bottom) * (end - at) // max(1, begin - last), bottom
        return f"M{x(at)} {y(begin)}L{x(until)} {y(last)}"

    line = "L".join(f"{x(one.at)} {y(at)}" for one, at in zip(points, heights, strict=True))
    now = (x(points[-1].at), y(heights[-1]))
    ticks = tuple(
        Tick(y(core_us) / 10, f"{core_us // unit:,}") for core_us in range(bottom, top + 1, step)
    )
    return Lines(
        left=f"M{line}",
        area=f"M0 {y(0)}L{line}L{now[0]} {y(0)}z",
        even="" if quota is None else f"M0 {y(whole)}L{_SIZE} {y(0)}",
        forecasts=tuple(clipped(last) for last in ends),
        zero=y(0) / 10,
        now=(now[0] / 10, now[1] / 10),
        ticks=ticks,
    )


def _step(span: int, unit: int, whole: int) -> int:
    """How far apart the lines of an axis are; if it can be, so that one of them is the quota."""
    steps = [
        step * scale
        for scale in (unit, 100 * unit, 10_000 * unit, 1_000_000 * unit)
        for step in _STEPS
        if span <= step * scale * _MOST_STEPS
    ]
    return next((step for step in steps[:2] if whole % step == 0), steps[0])


def weeks_of(month: tuple[int, int]) -> list[tuple[float, int]]:
    """The days of a month that its axis names: each seventh, and the first of the next one; in
    percent, and as instants (UTC µs)."""
    start, end = month
    days = [*range(start, end - 3 * DAY_US, 7 * DAY_US), end]
    return [((at - start) * 100 / (end - start), at) for at in days]


def calendar(levels: Sequence[int]) -> dict[int, str]:
    """The days of weeks that begin on a Monday, as squares in cells of 10 units, a path for each
    level above 0: the more, the larger."""
    sides = {1: 3, 2: 5, 3: 7, 4: 9}
    paths: dict[int, list[str]] = {level: [] for level in sides}
    for n, level in enumerate(levels):
        if level:
            side, edge = sides[level], (10 - sides[level]) / 2
            x, y = n // 7 * 10 + edge, n % 7 * 10 + edge
            paths[level].append(f"M{x:g} {y:g}h{side}v{side}h-{side}z")
    return {level: "".join(boxes) for level, boxes in paths.items()}


def days_of(number: int) -> str:
    """The ground of that many days in a calendar."""
    weeks, rest = divmod(number, 7)
    last = f"M{weeks * 10} 0h10v{rest * 10}h-10z" if rest else ""
    return f"M0 0h{weeks * 10}v70h-{weeks * 10}z{last}"


def changes(points: Sequence[Point]) -> list[tuple[Point, int]]:
    """Each point after the first with what was used since the one before it (core-µs)."""
    return [(after, after.used - before.used) for before, after in pairwise(points)]
