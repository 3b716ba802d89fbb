"""Days hour by hour: in which quarter hours of the clock it ran, and in which of them someone was
there."""

from __future__ import annotations

from itertools import pairwise

from codespace_tracker.core.clock import DAY_US, SECOND_US
from codespace_tracker.core.periods import Periods
from codespace_tracker.core.presence import QUARTER_US
from codespace_tracker.core.record import Record
from codespace_tracker.core.usage import shared_out
from codespace_tracker.ledger import presence_sums
from codespace_tracker.ledger.presence_sums import Split
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.views.hours import quarter_bounds
from codespace_tracker.views.report import ReportRow, by_period
from codespace_tracker.views.tracker_state import TrackerState

SLOTS = DAY_US // QUARTER_US
"""The quarter hours of a day."""


class Slot(Record):
    """A quarter hour of the clock: its running time (µs), and how that splits. Where clocks go
    back, it is of up to half an hour."""

    running_us: int
    split: Split


class Strip(Record):
    """A day, which began at `start` (UTC µs): the row that `report` has for it, and by their number
    from 0 to 95 the quarter hours in which anything ran."""

    start: int
    row: ReportRow
    slots: dict[int, Slot]


def strips(ledger: Ledger, state: TrackerState, days: Periods) -> list[Strip]:
    """The days, oldest first, up to this moment. Raises LedgerError."""
    zone, since, until = state.configuration.zone, days.bounds[0], state.at
    bounds = quarter_bounds(since, until)
    spans = [*ledger.spans_since(since), state.unsaved]
    shares = shared_out([(one.started_at, one.running_us, one.cores) for one in spans], bounds)
    splits: dict[int, Split] = {}
    for quarter in presence_sums.quarters(ledger, since, until):
        before = splits.get(quarter.at, Split())
        splits[quarter.at] = before.plus(quarter.present, quarter.absent)
    by_day: dict[int, dict[int, Slot]] = {}
    for at, share in zip(bounds, shares, strict=False):
        if share.running_us:
            slots = by_day.setdefault(zone.day_number(at), {})
            number = zone.local(at).second * SECOND_US // QUARTER_US
            before_us, split = slots.get(number, Slot(0, Split()))
            more = splits.get(at // QUARTER_US * QUARTER_US, Split())
            slots[number] = Slot(before_us + share.running_us, split.plus(*more))
    rows = by_period(ledger, state, "day", since, until)
    return [
        Strip(start, row, by_day.get(zone.day_number(start), {}))
        for (start, _), row in zip(pairwise(days.bounds), rows, strict=True)
    ]
