"""What other codespaces counted of a user's quota, as one figure for any stretch of time."""

from __future__ import annotations

from codespace_tracker.core.clock import DAY_US
from codespace_tracker.core.gauge import Others
from codespace_tracker.core.record import Record
from codespace_tracker.core.session import ClosedSpan
from codespace_tracker.core.usage import core_us_between
from codespace_tracker.ledger.fleet import Fleet, FleetError, Heard
from codespace_tracker.ledger.store import Ledger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

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
            began = _began(fleet, user, totals, at)
            twice = _counted_there(ledger, fleet, user, since) if own_counts else []
    except FleetError as error:
        return Beside(None, Heard(problem=str(error)))
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

    return Beside(Others(counted, began), heard)


def _began(fleet: Fleet, user: str, totals: list[tuple[int, int, int]], at: int) -> int:
    """When the first of what was counted began; the instant `at` if nothing was. Before that
    nothing is known, also of the same day."""
    first = min((day for day, _, _ in totals), default=at)
    return min((start for start, _, _ in fleet.parts(user, first)), default=first)


def _parts(directory: str, user: str, day: int) -> list[ClosedSpan]:
    try:
        with Fleet.open(directory) as fleet:
            return _as_spans(fleet.parts(user, day))
    except FleetError:
        return []


def _as_spans(rows: list[tuple[int, int, int]]) -> list[ClosedSpan]:
    return [ClosedSpan(1, start, 0, cores, running) for start, running, cores in rows]


def _counted_there(ledger: Ledger, fleet: Fleet, user: str, since: int) -> list[ClosedSpan]:
    """The spans of sessions that are in this ledger, and count in another stream."""
    numbers = in_others(ledger, fleet, fleet.counting(user), since)
    if not numbers:
        return []
    rows = ledger.rows(
        "SELECT session, started_at, running_us, cores FROM span WHERE running_us IS NOT NULL AND"
        " ended_at > ?",
        since,
    )
    return _as_spans([tuple(row[1:]) for row in rows if row[0] in numbers])


def in_others(ledger: Ledger, fleet: Fleet, streams: Collection[int], since: int) -> set[int]:
    """The numbers of sessions that are in this ledger and that count in one of these streams, of
    those that ended after an instant (UTC µs): imported ones, and those of the original in a copy.
    Raises LedgerError, FleetError."""
    if not streams:
        return set()
    rows = ledger.rows(
        "SELECT DISTINCT s.number, s.session_id, s.tracker_id FROM span p JOIN session s ON"
        " s.number = p.session, tracker t WHERE p.running_us IS NOT NULL AND p.ended_at > ? AND"
        " s.tracker_id <> t.tracker_id",
        since,
    )
    if not rows:
        return set()
    from codespace_tracker.ledger.sessions_to_tell import told_id  # not for those without imports

    return {
        number
        for number, session_id, tracker_id in rows
        if fleet.counts_in(told_id(session_id, tracker_id)) in streams
    }
