"""Sessions that were counted elsewhere: kept with numbers from 0 downwards, before all own
sessions.

No time counts twice: of a session that ran while another one did, only the rest is kept, each
stretch of it as a span. What one ledger tells is consistent in itself: its sessions are not held
against each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from codespace_tracker.core.clock import SECOND_US
from codespace_tracker.core.presence import Part
from codespace_tracker.core.session import ClosedSpan, Ending, Session, Span
from codespace_tracker.ledger import presence
from codespace_tracker.ledger.presence_sums import Quarter
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.ledger.telling import Telling, telling

_LEAST_US = SECOND_US
"""What is left of a session beside others and is shorter than this is nothing: their times are not
that exact."""

_NEVER = 1 << 62


class Exact(NamedTuple):
    """What this tracker records of a session beyond what the original tool does.

    Who counted it, when it was last seen (UTC µs), its ending (None: it was open when it was told)
    and the instant of that, its repository, its spans, and what is known of presence.
    """

    tracker_id: str
    last_seen_at: int
    ending: Ending | None
    ended_at: int | None
    repository: str
    spans: tuple[ClosedSpan, ...]
    quarters: tuple[Part, ...] = ()


class ForeignSession(NamedTuple):
    """A session counted elsewhere: its id, its start (UTC µs), its running time (µs), whether it
    was lost; all that is known of it, if this program counted it."""

    session_id: str
    started_at: int
    running_us: int
    recovered: bool
    exact: Exact | None = None


class Imported(NamedTuple):
    """What became of an import: how many were added, of how many of these only a part, as the rest
    was counted already; how many were known already; how many ran in time that was counted already;
    the running time that was added (µs). How many took the place of an older telling of themselves,
    and the running time that this added (µs)."""

    added: int
    cut: int
    known: int
    overlapping: int
    running_us: int
    replaced: int = 0
    corrected_us: int = 0


def put(
    ledger: Ledger,
    sessions: Iterable[ForeignSession],
    tracker_id: str,
    cores: int,
    source: frozenset[str] = frozenset(),
) -> Imported:
    """Keep sessions, given the newest first, and add them to the total. Belongs into a transaction.

    `tracker_id` and `cores` are for those that are not told exactly; `source` has the ids of all
    sessions that a ledger tells. Our own sessions stay as they are. One that was imported before is
    replaced by a newer telling. Raises LedgerError.
    """
    counted = _Counted(ledger, source)
    lowest = ledger.value("SELECT min(number) FROM session")
    number = 0 if lowest is None else min(0, int(lowest) - 1)
    added = cut = known = overlapping = running_us = replaced = corrected_us = 0
    for foreign in sessions:
        before = ledger.value("SELECT number FROM session WHERE session_id=?", foreign.session_id)
        if before is not None and before > 0:
            known += 1
            continue
        kept = None if before is None else telling(ledger, ledger.session(before))
        decision = _to_keep(
            counted, foreign, number if before is None else before, tracker_id, cores, kept
        )
        if kept is not None:
            if decision is None or not _is_newer(decision, kept, foreign):
                known += 1
                continue
            _put(ledger, decision, replaces=True)
            replaced += 1
            corrected_us += decision.session.running_us - kept.session.running_us
        elif decision is None:
            overlapping += 1
        else:
            _put(ledger, decision)
            ran_us = decision.session.running_us
            number, added, running_us, cut = (
                number - 1,
                added + 1,
                running_us + ran_us,
                cut + (ran_us < foreign.running_us),
            )
    if added or replaced:
        sql = "UPDATE tracker SET before_us = before_us + ?1, imported_us = imported_us + ?1"
        ledger.change(sql, running_us + corrected_us)
        ledger.change("DELETE FROM drawn")  # the whole list of sessions is drawn again
    return Imported(added, cut, known, overlapping, running_us, replaced, corrected_us)


def put_in_order(ledger: Ledger) -> None:
    """Number the sessions of other tools by their start, across imports. Belongs into a
    transaction.

    Raises LedgerError.
    """
    ordered = (
        "SELECT number, 1 - row_number() OVER (ORDER BY started_at DESC, number DESC) AS place"
        " FROM session WHERE number <= 0"
    )
    if not ledger.value(f"SELECT 1 FROM ({ordered}) WHERE number <> place LIMIT 1"):
        return
    ledger.change("PRAGMA defer_foreign_keys = ON")
    ledger.change("CREATE TEMP TABLE move (number INTEGER PRIMARY KEY, place INTEGER NOT NULL)")
    ledger.change(f"INSERT INTO move {ordered}")
    beyond = (
        int(ledger.value("SELECT min(number) FROM move")) - 1
    )  # first to where no number is taken
    for column, table in (("number", "session"), ("session", "span"), ("session", "presence")):
        move = (
            f"UPDATE {table} SET {column} = place + ? FROM move WHERE move.number = "
            f"{table}.{column}"
        )
        ledger.change(move, beyond)
        ledger.change(f"UPDATE {table} SET {column} = {column} - ?1 WHERE {column} <= ?1", beyond)
    ledger.change("DROP TABLE move")


def _to_keep(
    counted: _Counted,
    foreign: ForeignSession,
    number: int,
    tracker_id: str,
    cores: int,
    kept: Telling | None,
) -> Telling | None:
    """A session as the ledger is to have it; None if all of it is counted already."""
    exact, until = foreign.exact, _NEVER
    if exact is None:
        if kept is not None:
            tracker_id, cores = kept.tracker_id, kept.spans[0].cores
        exact = Exact(tracker_id, 0, "recovered" if foreign.recovered else "clean", None, "", ())
        own_spans: tuple[ClosedSpan, ...] = (
            ClosedSpan(1, foreign.started_at, 0, cores, foreign.running_us),
        )
        until = counted.ours
    else:
        own_spans = exact.spans
    spans = _numbered(counted.rest(own_spans, foreign.session_id, until))
    if not spans:
        return None
    is_whole = (
        len(spans) == len(own_spans)
        and sum(span.running_us for span in spans) == foreign.running_us
    )
    started_at, ended_at = (
        min(span.started_at for span in spans),
        max(span.ended_at for span in spans),
    )
    if is_whole and foreign.exact is not None:
        started_at, ended_at = (
            foreign.started_at,
            exact.last_seen_at if exact.ended_at is None else exact.ended_at,
        )
    session = Session(
        session_id=foreign.session_id,
        number=number,
        boot_id="",
        pid1_start_us=None,
        started_at=started_at,
        last_seen_at=exact.last_seen_at or ended_at,
        last_mono_us=0,
        last_boot_us=0,
        running_us=sum(span.running_us for span in spans),
        span=Span(*spans[-1][:4]),
        ending=exact.ending or "recovered",
        ended_at=ended_at,
    )
    # which part of a quarter hour was cut off is not told: all of it is unknown then
    quarters = tuple(Quarter(one.at, number, *one[1:]) for one in exact.quarters)
    return Telling(session, exact.tracker_id, exact.repository, spans, quarters if is_whole else ())


def _is_newer(found: Telling, kept: Telling, foreign: ForeignSession) -> bool:
    """Whether a telling is to take the place of the one that is kept. A tie is for the one that is
    told exactly and to its end."""
    new, old = found.session, kept.session
    if (new, *found[2:]) == (old, *kept[2:]):
        return False
    if new.last_seen_at > old.last_seen_at or new.running_us > old.running_us:
        return True
    is_tie = (new.last_seen_at, new.running_us) == (old.last_seen_at, old.running_us)
    if len(found.quarters) < len(kept.quarters):
        return False
    return is_tie and foreign.exact is not None and foreign.exact.ending is not None


def _put(ledger: Ledger, found: Telling, *, replaces: bool = False) -> None:
    number = found.session.number
    if replaces:
        ledger.change("DELETE FROM span WHERE session=?", number)
        ledger.change("DELETE FROM presence WHERE session=?", number)
        ledger.change("DELETE FROM session WHERE number=?", number)
    ledger.add_session(found.session, found.tracker_id, found.repository)
    ledger.change("DELETE FROM span WHERE session=?", number)
    for span in found.spans:
        sql = (
            "INSERT INTO span (session, n, started_at, offset_us, cores, running_us) VALUES "
            "(?,?,?,?,?,?)"
        )
        ledger.change(sql, number, *span)
    presence.put(ledger, number, tuple(Part(one.at, *one[2:]) for one in found.quarters))


def _numbered(spans: Iterable[ClosedSpan]) -> tuple[ClosedSpan, ...]:
    """The spans as those of one session: one after the other on its running clock."""
    found, offset_us = [], 0
    for n, span in enumerate(spans, 1):
        found.append(span._replace(n=n, offset_us=offset_us))
        offset_us += span.running_us
    return tuple(found)


class _Counted:
    """The time that is counted already, but for that of sessions that the same ledger tells.

    `ours` is the start of our first session (UTC µs): the original's sessions count up to it.
    """

    def __init__(self, ledger: Ledger, source: frozenset[str]) -> None:
        self._ledger = ledger
        self._source = source
        ours = ledger.value("SELECT min(started_at) FROM session WHERE number > 0")
        self.ours = _NEVER if ours is None else int(ours)
        newest = ledger.last_session()
        goes_on = newest is not None and newest.number > 0 and newest.ending in (None, "paused")
        self._open_since = newest.span.started_at if newest is not None and goes_on else _NEVER
        self._longest_us = int(ledger.value("SELECT coalesce(max(running_us), 0) FROM span"))

    def rest(self, spans: Iterable[ClosedSpan], session_id: str, until: int) -> list[ClosedSpan]:
        """What of a session's spans is not counted yet, up to an instant (UTC µs)."""
        found: list[ClosedSpan] = []
        for span in spans:
            end = min(span.ended_at, until)
            stretches = self._not_counted(span.started_at, end, session_id)
            if stretches != [(span.started_at, span.ended_at)]:
                stretches = [
                    one for one in stretches if one[1] - one[0] >= min(_LEAST_US, span.running_us)
                ]
            found += [
                span._replace(started_at=start, running_us=end - start) for start, end in stretches
            ]
            self._longest_us = max(self._longest_us, span.running_us)
        return found

    def _not_counted(self, since: int, until: int, session_id: str) -> list[tuple[int, int]]:
        """The stretches of a time (UTC µs) that no session has counted yet; a moment, for one that
        did not run."""
        if since == until:
            return [(since, until)]
        # what ended later than `until` by more than the longest span began after it
        spans = self._ledger.rows(
            "SELECT p.started_at, p.ended_at, s.session_id FROM span p JOIN session s ON s.number"
            " = p.session WHERE p.running_us IS NOT NULL AND p.ended_at > ?1 AND p.ended_at < ?2"
            " + ?3 AND p.started_at < ?2",
            *(since, until, self._longest_us),
        )
        taken = [
            (start, end)
            for start, end, span in spans
            if span != session_id and span not in self._source
        ]
        if self._open_since < until:
            taken.append((self._open_since, until))
        gaps, at = [], since
        for start, end in [*sorted(taken), (until, until)]:
            if start > at:
                gaps.append((at, start))
            at = max(at, end)
        return gaps
