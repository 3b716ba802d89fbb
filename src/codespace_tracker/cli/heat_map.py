"""The days of a year as a heat map, a column per week and a row per weekday, for
`report --format calendar`."""

from collections.abc import Sequence

from codespace_tracker.cli import show
from codespace_tracker.core.calendar import Zone
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.core.periods import Periods, periods
from codespace_tracker.views import wording

_WEEKS = 53
_MARGIN = 6  # columns before the first week
_NONE, _SHADES = "·", ((1, "░", "<1h"), (4, "▒", "<4h"), (8, "▓", "<8h"), (None, "█", "more"))


def days_up_to(last: int, zone: Zone) -> Periods:
    """The days of as many weeks as fit on the terminal, at most a year, up to the instant `last`
    (UTC µs)."""
    weeks = min(_WEEKS, _room())
    this_week = periods(zone, "week", last, last).bounds[0]
    return periods(
        zone, "day", zone.day_start(this_week - (weeks - 1) * 7 * DAY_US + DAY_US // 2), last
    )


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
        "  ".join([f"{_NONE} none", *(f"{shade} {name}" for _, shade, name in _SHADES)]), _room()
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
    for _, shade, _ in _SHADES:
        legend = legend.replace(shade, show.colour(shade, "green"))
    return legend


def _shade(running_us: int) -> str:
    if not running_us:
        return _NONE
    shade = next(
        shade for hours, shade, _ in _SHADES if hours is None or running_us < hours * HOUR_US
    )
    return show.colour(shade, "green")


def _months(days: Periods) -> str:
    """The names of the months above the weeks they begin in, where there is room."""
    names = [" "] * (len(days.dates) // 7 + 4)
    for n, date in enumerate(days.dates):
        week = n // 7
        if date.day == 1 and not "".join(names[max(0, week - 1) : week + 3]).strip():
            names[week : week + 3] = f"{date:%b}"
    return "".join(names).rstrip()
