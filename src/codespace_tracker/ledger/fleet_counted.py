"""What other codespaces counted of a user's quota, as one figure for any stretch of time."""

from __future__ import annotations

from codespace_tracker.core.clock import DAY_US
from codespace_tracker.core.gauge import Others
from codespace_tracker.core.record import Record
from codespace_tracker.core.session import ClosedSpan
from codespace_tracker.core.usage import core_us_between
from codespace_tracker.ledger.fleet import Fleet, FleetError, Heard
from codespace_tracker.ledger.store import Ledger

BACK_US = 70 * DAY_US
"""How far back figures are wanted: to the beginning of a month, and a week before it."""


class Beside(Record):
    """The other codespaces beside this one: what they counted of the user's quota, None where
    nothing of it counts, and how fresh that is."""

    others: Others | None
    heard: Heard


def beside(
    directory: str, ledger: Ledger, user: str, at: int, since: int, *, own_counts: bool
) -> Beside:
    """The other codespaces at the instant `at`, with what they counted between two instants from
    `since` on (UTC µs).

    Sessions that one of them counted count there, and are taken off here if what was counted here
    counts too. Where fleet.db cannot be read, nothing counts. Raises LedgerError.
    """
    try:
        with Fleet.open(directory) as fleet:
            heard = fleet.heard()
            if not fleet.has_figures(user):
                return Beside(None, heard)
            totals = fleet.totals(user, since)
            counting = fleet.counting(user) if own_counts else set()
    except FleetError as error:
        return Beside(None, Heard(problem=str(error)))
    twice = _imported(ledger, counting, since) if counting else []
    parts: dict[int, list[ClosedSpan]] = {}
    days = {day: (core, end) for day, core, end in totals}

    def within(since: int, until: int) -> int:
        """Of one day, which is not wanted as a whole."""
        if until <= since:
            return 0
        day = since // DAY_US * DAY_US
        core, end = days.get(day, (0, 0))
        if since == day and end <= until:  # such as today: all that is told of it is over
            return core
        if day not in parts:
            parts[day] = _parts(directory, user, day)
        return core_us_between(parts[day], since, until)

    def counted(since: int, until: int) -> int:
        first, last = -(-since // DAY_US) * DAY_US, until // DAY_US * DAY_US
        if first > last:
            total = within(since, until)
        else:
            whole = sum(core for day, core, _ in totals if first <= day < last)
            total = whole + within(since, first) + within(last, until)
        return total - core_us_between(twice, since, until) if until > since else 0

    return Beside(Others(counted, min(days, default=at)), heard)


def _parts(directory: str, user: str, day: int) -> list[ClosedSpan]:
    try:
        with Fleet.open(directory) as fleet:
            return _as_spans(fleet.parts(user, day))
    except FleetError:
        return []


def _as_spans(rows: list[tuple[int, int, int]]) -> list[ClosedSpan]:
    return [ClosedSpan(1, start, 0, cores, running) for start, running, cores in rows]


def _imported(ledger: Ledger, trackers: set[str], since: int) -> list[ClosedSpan]:
    """The spans of sessions that one of these trackers counted: imported ones, and those of the
    original in a copy."""
    rows = ledger.rows(
        "SELECT p.started_at, p.running_us, p.cores, s.tracker_id FROM span p JOIN session s ON"
        " s.number = p.session, tracker t WHERE p.running_us IS NOT NULL AND p.ended_at > ? AND"
        " s.tracker_id <> t.tracker_id",
        since,
    )
    return [
        ClosedSpan(1, start, 0, cores, running)
        for start, running, cores, tracker in rows
        if tracker in trackers
    ]
