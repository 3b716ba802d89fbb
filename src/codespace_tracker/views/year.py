"""The days of a year in weeks, and how much a day is of: for calendars."""

from __future__ import annotations

from codespace_tracker.core.calendar import Zone
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.core.periods import Periods, periods

WEEKS = 53
"""The weeks that a year touches."""

_LIMITS = (1, 4, 8)  # hours
LEVELS = ("none", *(f"<{hours}h" for hours in _LIMITS), "more")
"""What a day's level means, from 0 on."""


def days_up_to(last: int, zone: Zone, weeks: int = WEEKS) -> Periods:
    """The days of the last weeks, the first of which is a Monday, up to the instant `last` (UTC
    µs)."""
    this_week = periods(zone, "week", last, last).bounds[0]
    first = zone.day_start(this_week - (weeks - 1) * 7 * DAY_US + DAY_US // 2)
    return periods(zone, "day", first, last)


def level(running_us: int) -> int:
    """A day's level by its running time (µs): one of those that `LEVELS` names."""
    if not running_us:
        return 0
    return 1 + sum(running_us >= hours * HOUR_US for hours in _LIMITS)


def months_of(days: Periods) -> list[tuple[int, int]]:
    """The months that begin in these weeks: the number of the week and of the month; none so close
    to the one before that their names would touch."""
    found: list[tuple[int, int]] = []
    for n, date in enumerate(days.dates):
        if date.day == 1 and (not found or n // 7 >= found[-1][0] + 4):
            found.append((n // 7, date.month))
    return found
