"""Presence in the ledger: how the running time of each session split, by quarter hours, and what
the next daemon of a session must know.

The quarter hour that is being counted is in the row of the session, which a heartbeat writes
anyway. When it is over, or the session is closed, it gets a row of its own. What reads it is in
`presence_sums`.
"""

from __future__ import annotations

from codespace_tracker.core.presence import Kept, Part, Stretch, Tally
from codespace_tracker.core.record import Record
from codespace_tracker.ledger.presence_sums import is_kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.ledger.database import Database

_SET = (
    ", decided_us=?, quarter_at=?, present_us=?, absent_us=?, unknown_us=?, idle_since_us=?,"
    " stretch_at=?, newest_at=?"
)
"""What a heartbeat writes of presence."""

_ADDED = (
    " ON CONFLICT DO UPDATE SET present_us = present_us + excluded.present_us,"
    " absent_us = absent_us + excluded.absent_us, unknown_us = unknown_us + excluded.unknown_us"
)


class Seen(Record):
    """What is to be written of a session's presence with a heartbeat."""

    kept: Kept
    tally: Tally
    stretch: Stretch | None

    @property
    def columns(self) -> str:
        """What the row of the session gets with a heartbeat, as a part of SQL's SET."""
        return _SET

    def values(self) -> tuple[int | None, ...]:
        """The values for `columns`."""
        counted = self.tally.open
        return (
            self.kept.decided,
            None if counted is None else counted.at,
            *((0, 0, 0) if counted is None else counted[1:]),
            None if self.stretch is None else self.stretch.since,
            self.kept.point,
            self.kept.newest,
        )

    def put_over(self, ledger: Database, session: int) -> None:
        """Write the quarter hours of a session that are over."""
        put(ledger, session, self.tally.over)


class Found(Record):
    """What a ledger tells of a session's presence. `idle_since` is the running time since which
    no one has been there, as of the last heartbeat; None where that is unknown."""

    kept: Kept
    counted: Part | None
    idle_since: int | None


def found(ledger: Database, session: int) -> Found | None:
    """What is known of a session; None if no one looked, or the ledger is of an older form."""
    if not is_kept(ledger):
        return None
    rows = ledger.rows(
        "SELECT decided_us, stretch_at, newest_at, quarter_at, present_us, absent_us, unknown_us,"
        " idle_since_us FROM session WHERE number=?",
        session,
    )
    if not rows:
        return None
    decided, point, newest, quarter, present, absent, unknown, since = rows[0]
    counted = None if quarter is None else Part(quarter, present, absent, unknown)
    return Found(Kept(decided, point, newest), counted, since)


def put(ledger: Database, session: int, over: tuple[Part, ...]) -> None:
    """Write quarter hours of a session that are over. One that comes again, because the clock was
    set back, is added to."""
    for part in over:
        ledger.change(
            f"INSERT INTO presence VALUES (?,?,?,?,?){_ADDED}",
            *(part.at, session, part.present, part.absent, part.unknown),
        )


def close(ledger: Database, before: int) -> None:
    """Put the quarter hour that is being counted in the open sessions before this number among
    those that are over: these sessions are about to be closed. Belongs into a transaction."""
    where = (
        " WHERE quarter_at IS NOT NULL"
        " AND number IN (SELECT session FROM span WHERE running_us IS NULL AND session < ?)"
    )
    ledger.change(
        "INSERT INTO presence SELECT quarter_at, number, present_us, absent_us, unknown_us"
        f" FROM session{where}{_ADDED}",
        before,
    )
    ledger.change(
        f"UPDATE session SET quarter_at=NULL, present_us=0, absent_us=0, unknown_us=0{where}",
        before,
    )
