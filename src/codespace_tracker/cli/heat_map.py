"""The days of a year as a heat map, a column per week and a row per weekday, for
`report --format calendar`."""

from collections.abc import Sequence

from codespace_tracker.cli import show
from codespace_tracker.core.calendar import Zone
from codespace_tracker.core.periods import Periods
from codespace_tracker.views import wording, year
from codespace_tracker.views.year import LEVELS

_MARGIN = 6  # columns before the first week
_SHADES = "·░▒▓█"  # by level


def days_up_to(last: int, zone: Zone) -> Periods:
    """The days of as many weeks as fit on the terminal, at most a year, up to the instant `last`
    (UTC µs)."""
    return year.days_up_to(last, zone, min(year.WEEKS, _room()))


def text(days: Periods, running_us: Sequence[int], zone: Zone) -> str:
    """The map of these days, which begin on a Monday, from each day's running time (µs)."""
    shades = [_shade(us) for us in running_us]
    columns = range(0, len(shades), 7)
    lines = [f"{'':{_MARGIN}}{_months(days)}"]
    for weekday, title in enumerate(("Mon", "", "Wed", "", "Fri", "", "Sun")):
        cells = (shades[monday + weekday] for monday in columns if monday + weekday < len(shades))
        lines.append(f"{title:{_MARGIN}}{''.join(cells)}")
    span = (
        f"{wording.day(days.bounds[0], zone)} to {wording.day(days.bounds[-1] - 1, zone)} "
        f"({zone.name})"
    )
    legend = show.wrap(
        "  ".join(f"{shade} {name}" for shade, name in zip(_SHADES, LEVELS, strict=True)), _room()
    )
    total = (
        f"{wording.length(sum(running_us))} on {wording.count(sum(map(bool, running_us)), 'day')}"
    )
    below = [
        f"{'':{_MARGIN}}{line}" for line in (*map(_coloured, legend), *show.wrap(total, _room()))
    ]
    return "\n".join([show.hanging("", span), *lines, "", *below])


def _room() -> int:
    return (show.columns() or 80) - _MARGIN


def _coloured(legend: str) -> str:
    for shade in _SHADES[1:]:
        legend = legend.replace(shade, show.colour(shade, "green"))
    return legend


def _shade(running_us: int) -> str:
    level = year.level(running_us)
    return show.colour(_SHADES[level], "green") if level else _SHADES[0]


def _months(days: Periods) -> str:
    """The names of the months above the weeks they begin in, where there is room."""
    names = [" "] * (len(days.dates) // 7 + 4)
    for week, month in year.months_of(days):
        names[week : week + 3] = wording.MONTHS[month]
    return "".join(names).rstrip()
