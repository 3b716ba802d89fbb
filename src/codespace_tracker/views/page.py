"""Everything that the page shows, of one moment."""

from __future__ import annotations

from codespace_tracker.core.periods import Periods, periods
from codespace_tracker.core.quarter_hours import (
    DayStrip,
    QuarterHour,
    WeekHours,
    strips,
    summed,
    week_hours,
)
from codespace_tracker.core.record import Record
from codespace_tracker.views import report, year
from codespace_tracker.views.burn_down import Point, burn_down
from codespace_tracker.views.fuel import Fuel, fuel_in
from codespace_tracker.views.report import ReportRow
from codespace_tracker.views.scene import Scene
from codespace_tracker.views.standing import Standing, standing_in
from codespace_tracker.views.when_it_ran import quarters_since

STRIP_DAYS = 14
"""How many days are shown hour by hour."""


class Page(Record):
    """All that the page shows.

    `month` is what was counted here in the billing month. `strips` are the last days, `week` and
    the two tables those of `days`, which are fewer than asked for where counting began later.
    `year` has a row for each day of `year_days`.
    """

    fuel: Fuel
    standing: Standing
    points: list[Point]
    month: QuarterHour
    strips: list[DayStrip]
    days: Periods
    week: WeekHours
    repositories: list[ReportRow]
    machines: list[ReportRow]
    year_days: Periods
    year: list[ReportRow]


def page_in(here: Scene, days: int) -> Page:
    """What the page shows in a scene. `days` is how many days the week, the repositories and the
    machines are of. Raises LedgerError, Failure where nothing was counted yet."""
    fuel, ledger = fuel_in(here), here.ledger
    state, zone, month_start = fuel.state, here.configuration.zone, fuel.gauge.month_start
    asked = _days_up_to(here, state.at, days)
    begun = zone.day_start(state.first_start)
    first = next((n for n, at in enumerate(asked.bounds[1:]) if at > begun), 0)
    shown = Periods(asked.dates[first:], asked.bounds[first:])
    strip_days = _days_up_to(here, state.at, STRIP_DAYS)
    quarters = quarters_since(
        ledger, state, min(month_start, shown.bounds[0], strip_days.bounds[0])
    )
    year_days = year.days_up_to(state.at, zone)
    since, until = shown.bounds[0], state.at
    return Page(
        fuel=fuel,
        standing=standing_in(here),
        points=burn_down(fuel, ledger),
        month=summed(quarters, month_start, state.at),
        strips=strips(quarters, zone, strip_days.bounds),
        days=shown,
        week=week_hours(quarters, zone, shown.bounds),
        repositories=report.rows(ledger, state, "repository", since, until),
        machines=report.rows(ledger, state, "machine", since, until),
        year_days=year_days,
        year=report.by_period(ledger, state, "day", year_days.bounds[0], state.at),
    )


def _days_up_to(here: Scene, at: int, days: int) -> Periods:
    """The days of the user's time zone up to that of an instant (UTC µs)."""
    zone = here.configuration.zone
    number = zone.day_number(at) - days + 1
    return periods(zone, "day", zone.first_instant(number), at)
