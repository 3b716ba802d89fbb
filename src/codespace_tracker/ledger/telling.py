"""All that a ledger tells of its sessions: for an export, and for the ledger that imports them."""

from __future__ import annotations

from codespace_tracker.core.record import Record
from codespace_tracker.core.session import ClosedSpan, Session
from codespace_tracker.ledger.connect import LedgerDamaged, connect_copy, explained
from codespace_tracker.ledger.migrate import check_readable
from codespace_tracker.ledger.presence_sums import Quarter, of_session
from codespace_tracker.ledger.store import SPANS, Ledger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_TABLES = ("session", "span", "tracker")


class Telling(Record):
    """A session, the id of the tracker that counted it, its repository (empty: not known), its
    spans, and what is known of presence.

    The open span is as of the last heartbeat.
    """

    session: Session
    tracker_id: str
    repository: str
    spans: tuple[ClosedSpan, ...]
    quarters: tuple[Quarter, ...] = ()

    @property
    def core_us(self) -> int:
        """Its core-time in core-µs."""
        return sum(span.running_us * span.cores for span in self.spans)


def telling(ledger: Ledger, session: Session) -> Telling:
    """All of one session. Raises LedgerError."""
    [(tracker_id, repository)] = ledger.rows(
        "SELECT tracker_id, repository FROM session WHERE number=?", session.number
    )
    spans = (
        ClosedSpan(*row)
        for row in ledger.rows(f"{SPANS} WHERE p.session = ? ORDER BY p.n", session.number)
    )
    quarters = tuple(of_session(ledger, session.number))
    return Telling(session, tracker_id, repository, tuple(spans), quarters)


def tellings(ledger: Ledger) -> Iterator[Telling]:
    """All sessions by their start, read as they are asked for. Raises LedgerError."""
    return (telling(ledger, session) for session in ledger.sessions_by_start())


def open_copy(path: str) -> Ledger:
    """Open a copy of a ledger that is not ours to work with. Its folder is only read, also while a
    tracker runs there.

    It may hold anything: that it is sound is checked. Raises LedgerMissing, LedgerForeign,
    LedgerNewer, LedgerDamaged, LedgerError.
    """
    connection = connect_copy(path)
    try:
        with explained(path):
            connection.execute("PRAGMA trusted_schema = OFF")
            check_readable(connection, path)
            marks = ", ".join("?" * len(_TABLES))
            sql = f"SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ({marks})"
            if connection.execute(sql, _TABLES).fetchone()[0] != len(_TABLES):
                raise LedgerDamaged(
                    f"{path}: this is a database, but not a ledger of codespace-tracker."
                )
        ledger = Ledger(connection, path)
        if wrong := ledger.sound():
            raise LedgerDamaged(f"{path}: the ledger is damaged ({wrong[0]}).")
    except BaseException:
        connection.close()
        raise
    return ledger
