"""The paces of the month and what they lead to, in words."""

from __future__ import annotations

from codespace_tracker.core.calendar import Zone
from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.core.gauge import WEEK_US, Pace
from codespace_tracker.core.record import Record
from codespace_tracker.views import wording
from codespace_tracker.views.fuel import Fuel
from codespace_tracker.views.quota_terms import first_day

NO_FORECAST = "No forecast yet: there is less than a day of history."


class PaceRow(Record):
    """A pace in words: of which time it is, the core-hours a day, the total at the reset, and how
    long the quota lasts (empty without one)."""

    name: str
    a_day: str
    total: str
    lasts: str


def named_paces(fuel: Fuel) -> list[tuple[str, Pace]]:
    """The paces that are known, one of each time, by the time that they are of."""
    gauge, zone = fuel.gauge, fuel.state.configuration.zone
    paces = (
        (fuel.week_pace, "last 7 days", gauge.at - WEEK_US),
        (fuel.month_pace, "this month", gauge.month_start),
    )
    found: dict[str, Pace] = {}
    for pace, whole, start in paces:
        if pace is not None:
            found.setdefault(_name(whole, start, gauge.at - pace.history_us, zone), pace)
    return list(found.items())


def pace_rows(fuel: Fuel) -> list[PaceRow]:
    """The paces that are known, in words."""
    return [
        PaceRow(
            name,
            wording.decimal(pace.core_us_a_day, HOUR_US, 1),
            wording.decimal(pace.at_reset, HOUR_US, 1),
            _lasts(pace, fuel),
        )
        for name, pace in named_paces(fuel)
    ]


def _name(whole: str, start: int, since_: int, zone: Zone) -> str:
    """Of which time a pace is: the whole of it, or since the day on which figures begin."""
    return whole if since_ <= start else f"since {first_day(since_, zone)}"


def _lasts(pace: Pace, fuel: Fuel) -> str:
    gauge = fuel.gauge
    if gauge.quota is None:
        return ""
    if gauge.left == 0:
        return "is used up"
    if pace.lasts_until is None:
        return "to the end of the month"
    return f"until {wording.day(pace.lasts_until, fuel.state.configuration.zone)}"
