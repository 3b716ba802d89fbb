"""Sessions that another tool counted before this one did: kept with numbers from 0 downwards, before all of ours."""

from collections.abc import Iterable
from typing import NamedTuple

from codespace_tracker.core.session import Session, Span
from codespace_tracker.ledger.store import Ledger


class Foreign(NamedTuple):
    """A session of another tool: its id, its start (UTC µs), its running time (µs), whether it was lost."""

    session_id: str
    started_at: int
    running_us: int
    recovered: bool


class Imported(NamedTuple):
    """What became of an import: how many were added, were known already, or ran while we counted ourselves."""

    added: int
    known: int
    overlapping: int
    running_us: int


def put(ledger: Ledger, sessions: Iterable[Foreign], tracker_id: str, cores: int) -> Imported:
    """Keep sessions, given the newest first, under the id of whoever counted them, and add them to the total. Belongs
    into a transaction.

    Those that were not over when our own first one began are left out: that time is counted already. Raises
    LedgerError.
    """
    ours = ledger.value("SELECT min(started_at) FROM session WHERE number > 0")
    number = min(0, int(ledger.value("SELECT min(number) FROM session") or 1) - 1)
    added = known = overlapping = running_us = 0
    for one in sessions:
        if ledger.value("SELECT 1 FROM session WHERE session_id=?", one.session_id):
            known += 1
            continue
        if ours is not None and one.started_at + one.running_us > ours:
            overlapping += 1
            continue
        ended_at = one.started_at + one.running_us
        session = Session(
            session_id=one.session_id,
            number=number,
            boot_id="",
            pid1_start_us=None,
            started_at=one.started_at,
            last_seen_at=ended_at,
            last_mono_us=0,
            last_boot_us=0,
            running_us=one.running_us,
            span=Span(1, one.started_at, 0, cores),
            ending="recovered" if one.recovered else "clean",
            ended_at=ended_at,
        )
        ledger.add_session(session, tracker_id)
        ledger.change("UPDATE span SET running_us=? WHERE session=?", one.running_us, number)
        number, added, running_us = number - 1, added + 1, running_us + one.running_us
    if added:
        ledger.change("UPDATE tracker SET before_us = before_us + ?", running_us)
        ledger.change("DELETE FROM drawn")  # the list of sessions is drawn anew, whole
    return Imported(added, known, overlapping, running_us)
