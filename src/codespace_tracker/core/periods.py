"""Reports: running time and core-time by day, week or month of a time zone, exact to the
microsecond."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

from codespace_tracker.core.calendar import Zone

Grain = Literal["day", "week", "month"]

_EPOCH = date(1970, 1, 1)


class Periods(NamedTuple):
    """Stretches of the calendar, one after the other: the first local date of each, and the bounds
    of them all.

    `bounds` are instants (UTC µs), one more than there are dates.
    """

    dates: Sequence[date]
    bounds: Sequence[int]


def periods(zone: Zone, grain: Grain, since: int, until: int) -> Periods:
    """The days, weeks (from Monday on) or months of a time zone that hold the instants from `since`
    to `until`."""
    first, last = _date(zone.day_number(since)), _date(zone.day_number(until))
    dates = [_beginning(first, grain)]
    while dates[-1] <= last:
        dates.append(_next(dates[-1], grain))
    return Periods(dates[:-1], [zone.first_instant((one - _EPOCH).days) for one in dates])


def name(day: date, grain: Grain) -> str:
    """What a period is called that begins on a date: `2026-11-23`, `2026-W48`, `2026-11`."""
    if grain == "day":
        return day.isoformat()
    if grain == "month":
        return f"{day:%Y-%m}"
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _date(number: int) -> date:
    return _EPOCH + timedelta(days=number)


def _beginning(day: date, grain: Grain) -> date:
    if grain == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grain == "month" else day


def _next(day: date, grain: Grain) -> date:
    if grain == "month":
        return (day + timedelta(days=31)).replace(day=1)
    return day + timedelta(days=7 if grain == "week" else 1)
