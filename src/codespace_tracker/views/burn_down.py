"""How a month's quota was used up day by day, by the rule of the month's figure."""

from __future__ import annotations

from codespace_tracker.core.clock import DAY_US
from codespace_tracker.core.record import Record
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.views import tracker_state
from codespace_tracker.views.fuel import Fuel
from codespace_tracker.views.usage_days import shares


class Point(Record):
    """What the month had used (core-µs) up to an instant (UTC µs)."""

    at: int
    used: int


def burn_down(fuel: Fuel, ledger: Ledger) -> list[Point]:
    """What the month had used at its start, at the end of each day of UTC, and now; the last is
    the gauge's own figure. A sum that GitHub gave for the whole month is taken to be spread evenly
    over its time. Raises LedgerError."""
    gauge, state = fuel.gauge, fuel.state
    counted = tracker_state.counted_in(ledger, state.unsaved)
    month = (gauge.month_start, gauge.month_end)
    by_day = shares(
        *(counted, fuel.figures, month, gauge.at), here_counts=gauge.grows, others=state.others
    )
    points, used = [Point(gauge.month_start, 0)], 0
    begin = gauge.month_start
    if -1 in by_day:
        begin, used = gauge.excess_until, by_day[-1].counts
        points.append(Point(begin, used))
    for start in range(begin // DAY_US * DAY_US, min(gauge.month_end, gauge.at), DAY_US):
        used += by_day[start].counts if start in by_day else 0
        points.append(Point(min(start + DAY_US, gauge.at), used))
    return points
