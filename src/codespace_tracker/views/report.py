"""What ran, by hour of the week, day, week, month, session, repository or machine: as counted here,
up to now."""

from __future__ import annotations

from itertools import pairwise

from codespace_tracker.core.periods import Grain, name, periods
from codespace_tracker.core.record import Record
from codespace_tracker.core.usage import shared_out
from codespace_tracker.ledger import presence_sums, sums
from codespace_tracker.ledger.presence_sums import Split
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.views import wording
from codespace_tracker.views.hours import by_hour
from codespace_tracker.views.tracker_state import TrackerState

GRAINS: dict[str, tuple[Grain, int]] = {
    "day": ("day", 29),
    "week": ("week", 77),
    "month": ("month", 335),
}
"""What a report can be grouped by, and how many days back it goes by default."""


class ReportRow(Record):
    """A line of a report: its name, number of sessions, running time and core-time in µs, and how
    the running time splits."""

    name: str
    sessions: int
    running_us: int
    core_us: int
    split: Split = Split()


def rows(ledger: Ledger, state: TrackerState, by: str, since: int, until: int) -> list[ReportRow]:
    """What ran between two instants (UTC µs), up to this moment: by hour of the week, day, week,
    month, session, repository or machine. Raises LedgerError."""
    if by in GRAINS:
        grain, _ = GRAINS[by]
        return by_period(ledger, state, grain, since, until)
    ahead = state.unsaved
    more_us = max(0, min(ahead.ended_at, until) - max(ahead.started_at, since))
    if by == "hour":
        return [
            ReportRow(one.name, one.sessions, one.running_us, one.core_us, one.split)
            for one in by_hour(ledger, state, since, until)
        ]
    if by == "session":
        zone, lowest = state.configuration.zone, ledger.first_number()
        splits = presence_sums.by_session(ledger, since, until)
        return [
            ReportRow(
                f"{wording.session_number(total.number, lowest)}  "
                f"{wording.moment(total.started_at, zone)}",
                1,
                total.running_us + (more_us if total.number == state.session.number else 0),
                total.core_us
                + (more_us * ahead.cores if total.number == state.session.number else 0),
                splits.get(total.number, Split()),
            )
            for total in sums.by_session(ledger, since, until)
        ]
    if by == "machine":
        totals = sums.by_machine(ledger, since, until)
        current = str(ahead.cores)
        of_machines = presence_sums.by_machine(ledger, since, until)
        split_of = {str(cores): split for cores, split in of_machines.items()}
    else:
        totals = sums.by_repository(ledger, since, until)
        current = sums.repository_of(ledger, state.session.number)
        split_of = presence_sums.by_repository(ledger, since, until)
    return [
        ReportRow(
            (wording.count(int(total.name), "core") if by == "machine" else total.name)
            or "(unknown)",
            total.sessions,
            total.running_us + (more_us if total.name == current else 0),
            total.core_us + (more_us * ahead.cores if total.name == current else 0),
            split_of.get(total.name, Split()),
        )
        for total in totals
    ]


def by_period(
    ledger: Ledger, state: TrackerState, grain: Grain, since: int, until: int
) -> list[ReportRow]:
    """What ran in each day, week or month between two instants (UTC µs). Raises LedgerError."""
    dates, whole = periods(state.configuration.zone, grain, since, max(since, until - 1))
    bounds = [since, *whole[1:-1], max(since, until)]
    ahead = state.unsaved
    more = shared_out([(ahead.started_at, ahead.running_us, ahead.cores)], bounds)
    shares = zip(sums.by_period(ledger, bounds), more, strict=True)
    return [
        ReportRow(
            name(date, grain),
            sums.begun(ledger, *period),
            sum(part.running_us for part in share),
            sum(part.core_us for part in share),
            presence_sums.running_time(ledger, *period),
        )
        for date, period, share in zip(dates, pairwise(bounds), shares, strict=True)
    ]
