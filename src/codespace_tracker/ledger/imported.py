"""Sessions that another tool counted before this one did: kept with numbers from 0 downwards, before all of ours.

No time counts twice: of a session that ran while another one did, in the same files or those of an earlier import, only
the rest is kept, each stretch of it as a span.
"""

from collections.abc import Iterable
from typing import NamedTuple

from codespace_tracker.core.clock import SECOND_US
from codespace_tracker.core.session import Session, Span
from codespace_tracker.ledger.store import Ledger

_LEAST_US = SECOND_US
"""What is left of a session beside others and is shorter than this is nothing: their times are not that exact."""


class Foreign(NamedTuple):
    """A session of another tool: its id, its start (UTC µs), its running time (µs), whether it was lost."""

    session_id: str
    started_at: int
    running_us: int
    recovered: bool


class Imported(NamedTuple):
    """What became of an import: how many were added, of how many of these only a part, as the rest was counted already;
    how many were known already; how many ran in time that was counted already; the running time that was added (µs)."""

    added: int
    cut: int
    known: int
    overlapping: int
    running_us: int


def put(ledger: Ledger, sessions: Iterable[Foreign], tracker_id: str, cores: int) -> Imported:
    """Keep sessions, given the newest first, under the id of whoever counted them, and add them to the total. Belongs
    into a transaction.

    What ran after our own first one began is left out: that time is counted already. Raises LedgerError.
    """
    ours = ledger.value("SELECT min(started_at) FROM session WHERE number > 0")
    lowest = ledger.value("SELECT min(number) FROM session")
    number = 0 if lowest is None else min(0, int(lowest) - 1)
    added = cut = known = overlapping = running_us = 0
    for one in sessions:
        if ledger.value("SELECT 1 FROM session WHERE session_id=?", one.session_id):
            known += 1
            continue
        end = one.started_at + one.running_us
        found = _not_counted(ledger, one.started_at, end if ours is None else min(end, ours))
        stretches = [(start, end) for start, end in found if end - start >= min(_LEAST_US, one.running_us)]
        if not stretches:
            overlapping += 1
            continue
        ran_us, (started_at, ended_at) = (
            sum(end - start for start, end in stretches),
            (stretches[0][0], stretches[-1][1]),
        )
        session = Session(
            session_id=one.session_id,
            number=number,
            boot_id="",
            pid1_start_us=None,
            started_at=started_at,
            last_seen_at=ended_at,
            last_mono_us=0,
            last_boot_us=0,
            running_us=ran_us,
            span=Span(1, started_at, 0, cores),
            ending="recovered" if one.recovered else "clean",
            ended_at=ended_at,
        )
        ledger.add_session(session, tracker_id)
        _put_spans(ledger, number, stretches, cores)
        number, added, running_us, cut = number - 1, added + 1, running_us + ran_us, cut + (ran_us < one.running_us)
    if added:
        ledger.change("UPDATE tracker SET before_us = before_us + ?1, imported_us = imported_us + ?1", running_us)
        ledger.change("DELETE FROM drawn")  # the list of sessions is drawn anew, whole
    return Imported(added, cut, known, overlapping, running_us)


def put_in_order(ledger: Ledger) -> None:
    """Number the sessions of other tools by their start, whatever import they came with. Belongs into a transaction.

    Raises LedgerError.
    """
    ordered = (
        "SELECT number, 1 - row_number() OVER (ORDER BY started_at DESC, number DESC) AS place FROM session"
        " WHERE number <= 0"
    )
    if not ledger.value(f"SELECT 1 FROM ({ordered}) WHERE number <> place LIMIT 1"):
        return
    ledger.change("PRAGMA defer_foreign_keys = ON")
    ledger.change("CREATE TEMP TABLE move (number INTEGER PRIMARY KEY, place INTEGER NOT NULL)")
    ledger.change(f"INSERT INTO move {ordered}")
    beyond = int(ledger.value("SELECT min(number) FROM move")) - 1  # first to where no number is taken
    for column, table in (("number", "session"), ("session", "span")):
        found = f"UPDATE {table} SET {column} = place + ? FROM move WHERE move.number = {table}.{column}"
        ledger.change(found, beyond)
        ledger.change(f"UPDATE {table} SET {column} = {column} - ?1 WHERE {column} <= ?1", beyond)
    ledger.change("DROP TABLE move")


def _not_counted(ledger: Ledger, since: int, until: int) -> list[tuple[int, int]]:
    """The stretches of a time (UTC µs) that no session has counted yet; a moment, for a session that did not run."""
    spans = ledger.connection.execute(
        "SELECT started_at, ended_at FROM span WHERE running_us IS NOT NULL AND ended_at > ? ORDER BY ended_at",
        (since,),
    )
    if since == until:
        return [(since, until)]
    found, at = [], since
    for start, end in spans:
        if start >= until:
            break
        if start > at:
            found.append((at, start))
        at = max(at, end)
    if at < until:
        found.append((at, until))
    return found


def _put_spans(ledger: Ledger, number: int, stretches: list[tuple[int, int]], cores: int) -> None:
    """The spans of a session, of which the ledger has the first."""
    ledger.change("DELETE FROM span WHERE session=?", number)
    offset_us = 0
    for n, (start, end) in enumerate(stretches, 1):
        ledger.change(
            "INSERT INTO span (session, n, started_at, offset_us, cores, running_us) VALUES (?,?,?,?,?,?)",
            *(number, n, start, offset_us, cores, end - start),
        )
        offset_us += end - start
