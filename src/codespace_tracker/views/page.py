"""Everything that the page shows, of one moment."""

from __future__ import annotations

from codespace_tracker.core.periods import Periods, periods
from codespace_tracker.core.record import Record
from codespace_tracker.views import report, year
from codespace_tracker.views.burn_down import Point, burn_down
from codespace_tracker.views.fleet import FleetView, shown_beside
from codespace_tracker.views.fuel import Fuel, fuel_in
from codespace_tracker.views.report import ReportRow
from codespace_tracker.views.scene import Scene
from codespace_tracker.views.standing import Standing, standing_in
from codespace_tracker.views.strips import Strip, strips

STRIP_DAYS = 14
"""How many days are shown hour by hour."""


class Page(Record):
    """All that the page shows.

    `strips` are the last days. `fleet` is the billing month of all codespaces; None where no others
    are known. `hours` are those of the week, `repositories` and `machines` those
    of the time since `since` (UTC µs). `year` has a row for each day of `year_days`.
    """

    fuel: Fuel
    standing: Standing
    points: list[Point]
    strips: list[Strip]
    since: int
    fleet: FleetView | None
    hours: list[ReportRow]
    repositories: list[ReportRow]
    machines: list[ReportRow]
    year_days: Periods
    year: list[ReportRow]


def page_in(here: Scene, days: int) -> Page:
    """What the page shows in a scene. `days` is how many days the hours of the week, the
    repositories and the machines are of; of fewer where counting began later. Raises LedgerError,
    Failure where nothing was counted yet."""
    fuel, ledger = fuel_in(here), here.ledger
    state, zone = fuel.state, here.configuration.zone
    today = zone.day_number(state.at)
    since = zone.first_instant(max(today - days + 1, zone.day_number(state.first_start)))
    strip_days = periods(zone, "day", zone.first_instant(today - STRIP_DAYS + 1), state.at)
    year_days = year.days_up_to(state.at, zone)
    return Page(
        fuel=fuel,
        standing=standing_in(here),
        points=burn_down(fuel, ledger),
        strips=strips(ledger, state, strip_days),
        since=since,
        fleet=shown_beside(here, fuel.gauge.month_start, fuel.gauge.month_end),
        hours=report.rows(ledger, state, "hour", since, state.at),
        repositories=report.rows(ledger, state, "repository", since, state.at),
        machines=report.rows(ledger, state, "machine", since, state.at),
        year_days=year_days,
        year=report.by_period(ledger, state, "day", year_days.bounds[0], state.at),
    )
