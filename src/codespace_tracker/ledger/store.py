"""What the ledger holds, as the core's values: one method a question or a change.

How it is opened, and changed in transactions, is `database.py`.
"""

from __future__ import annotations

from codespace_tracker.core import plain_json
from codespace_tracker.core.record import Record
from codespace_tracker.core.recovery import NOTHING_EARLIER, Earlier
from codespace_tracker.core.session import ClosedSpan, Session, Span
from codespace_tracker.ledger.connect import LedgerError, explained
from codespace_tracker.ledger.database import Database

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any, TypeAlias

    from codespace_tracker.core.clock import Reading
    from codespace_tracker.core.schedule import Considered
    from codespace_tracker.ledger.presence import Seen

Stamp = tuple[int, int, int]
"""Inode, size and time of change (ns) of a file, as `machine.files.stamp` tells them."""

Detail: TypeAlias = "Mapping[str, str | int | float | bool | None]"

_SESSION = """
    SELECT s.session_id, s.number, s.boot_id, s.pid1_start_us, s.started_at, s.last_seen_at,
           s.last_mono_us, s.last_boot_us, s.running_us, p.n, p.started_at, p.offset_us, p.cores,
           coalesce(s.ending, iif(s.tracker_id = t.tracker_id, NULL, 'recovered')),
           coalesce(s.ended_at, iif(s.tracker_id = t.tracker_id, NULL, s.last_seen_at))
    FROM session s JOIN span p ON p.session = s.number, tracker t
    WHERE p.n = (SELECT max(n) FROM span WHERE session = s.number)
"""

SPANS = """
    SELECT p.n, p.started_at, p.offset_us, p.cores,
           coalesce(p.running_us, s.running_us - p.offset_us)
    FROM span p JOIN session s ON s.number = p.session
"""
"""The spans, as `ClosedSpan` has them: the open one as of its session's last heartbeat."""
_ENDED = """
    SELECT n, started_at, offset_us, cores, running_us FROM span
    WHERE running_us IS NOT NULL AND ended_at > ?
"""
"""Those that ended after an instant: the partial index finds them, and no session is needed."""

_EARLIER = 1000
"""How many sessions a start looks back for one of its own boot: others were here that often
meanwhile, or none is."""


class Tracker(Record):
    """Who writes this ledger, and where. `before_us` is the running time of all sessions but the
    newest, in µs; `imported_us` is the part of it that was imported, by which the running clock
    differs from the total."""

    tracker_id: str
    environment: str
    codespace_name: str
    user_name: str
    repository: str
    before_us: int
    imported_us: int = 0


class Entry(Record):
    """One entry of the journal: its number, its instant (UTC µs), what happened, in which session,
    and details."""

    seq: int
    at: int
    kind: str
    session: int | None
    detail: dict[str, Any]


class StoredConfiguration(Record):
    """The configuration in force and the problems of the files as they are now, both as JSON text
    of `config/configuration.py`."""

    configuration: str
    problems: str


class Ledger(Database):
    """An open ledger. All methods raise LedgerError when SQLite cannot do it."""

    # --- who writes it

    def tracker(self) -> Tracker | None:
        """Who writes this ledger; None before the first session."""
        row = self._one(
            "SELECT * FROM tracker"
        )  # in the form of 0.1.0 the last column is not there yet
        return Tracker(*row[1:]) if row else None

    def put_tracker(self, tracker: Tracker) -> None:
        """Keep who writes this ledger."""
        self._change("INSERT OR REPLACE INTO tracker VALUES (1, ?, ?, ?, ?, ?, ?, ?)", tracker)

    # --- sessions and spans. One that another tracker left open (this directory is a copy of its)
    # is never written by us, and reads as recovered.

    def last_session(self) -> Session | None:
        """The newest session; None if there is none."""
        row = self._one(f"{_SESSION} ORDER BY s.number DESC LIMIT 1")
        return _session(row) if row else None

    def earlier(self, last: Session | None, reading: Reading) -> Earlier:
        """What a start at a reading must know of the sessions before the last one, of which it
        reads the newest."""
        if last is None or last.boot_id == reading.boot_id:
            return NOTHING_EARLIER
        since = last.number - _EARLIER
        number = self.value(
            "SELECT max(number) FROM session WHERE number > ? AND boot_id = ?",
            since,
            reading.boot_id,
        )
        seen_at = self.value(
            "SELECT max(last_seen_at) FROM session WHERE number > ? AND last_seen_at <= ?",
            since,
            reading.wall_us,
        )
        row = self._one(f"{_SESSION} AND s.number = ?", (number,)) if number is not None else None
        return Earlier(_session(row) if row else None, seen_at or 0)

    def first_start(self) -> int | None:
        """The start of the first session (UTC µs)."""
        at = self.value(
            "SELECT min(started_at) FROM session"
        )  # imported ones may be later than ours
        return None if at is None else int(at)

    def session_count(self) -> int:
        """How many sessions there are: their numbers are without gaps."""
        # each by itself: SQLite finds one end of an index at once, and reads all of it for both
        # together
        row = self._one(
            "SELECT (SELECT max(number) FROM session) - (SELECT min(number) FROM session) + 1"
        )
        return int(row[0] or 0)

    def first_number(self) -> int:
        """The lowest number of a session: below 1 where some were imported."""
        return int(self.value("SELECT coalesce(min(number), 1) FROM session"))

    def sessions(self, since: int, until: int, limit: int) -> list[Session]:
        """The newest `limit` (-1: all) sessions that started before `until` and were seen at or
        after `since` (UTC µs), newest first."""
        rows = self._all(
            f"{_SESSION} AND s.started_at < ? AND s.last_seen_at >= ?"
            " ORDER BY s.started_at DESC, s.number DESC LIMIT ?",
            (until, since, limit),
        )
        return [_session(row) for row in rows]

    def sessions_from(self, number: int) -> Iterator[Session]:
        """All sessions from a number on (0: from the first), oldest first, read as they are asked
        for."""
        number = number or -(1 << 62)  # those that another tool counted before have numbers below 1
        with explained(self.path):
            for row in self.connection.execute(
                f"{_SESSION} AND s.number >= ? ORDER BY s.number", (number,)
            ):
                yield _session(row)

    def sessions_by_start(self) -> Iterator[Session]:
        """All sessions, the one that started first first, read as they are asked for."""
        with explained(self.path):
            for row in self.connection.execute(f"{_SESSION} ORDER BY s.started_at, s.number"):
                yield _session(row)

    def session(self, number: int) -> Session:
        """The session of a number, which must be there."""
        return _session(self._one(f"{_SESSION} AND s.number = ?", (number,)))

    def add_session(self, session: Session, tracker_id: str, repository: str = "") -> None:
        """Write a new session with its first span."""
        self._change(
            "INSERT INTO session (number, session_id, tracker_id, boot_id, pid1_start_us,"
            " started_at, last_seen_at, last_mono_us, last_boot_us, running_us, ending, ended_at,"
            " repository) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                *(
                    session.number,
                    session.session_id,
                    tracker_id,
                    session.boot_id,
                    session.pid1_start_us,
                ),
                *(
                    session.started_at,
                    session.last_seen_at,
                    session.last_mono_us,
                    session.last_boot_us,
                ),
                *(session.running_us, session.ending, session.ended_at, repository),
            ),
        )
        self._put_span(session.number, session.span)

    def heartbeat(
        self, session: Session, considered: Considered | None = None, seen: Seen | None = None
    ) -> None:
        """Extend the session that is running: the durable proof of life, one row in one
        transaction.

        `considered` is up to where triggers have been looked at, `seen` what is known of presence;
        None to leave that as it is. Quarter hours that are over need a row each, and so a
        transaction.
        Raises LedgerReplaced when the row is not as this process left it: another ledger was put in
        its place.
        """
        changed = self._change(
            "UPDATE session SET last_seen_at=?, last_mono_us=?, last_boot_us=?, running_us=?"
            + (
                ", considered_us=?, considered_at=?, start_considered=?"
                if considered is not None
                else ""
            )
            + (seen.columns if seen is not None else "")
            + " WHERE number=? AND session_id=? AND running_us<=?",
            (
                *(
                    session.last_seen_at,
                    session.last_mono_us,
                    session.last_boot_us,
                    session.running_us,
                ),
                *(considered or ()),
                *(() if seen is None else seen.values()),
                *(session.number, session.session_id, session.running_us),
            ),
        )
        if seen is not None:
            seen.put_over(self, session.number)
        if changed != 1:
            raise LedgerReplaced(
                f"{self.path}: session {session.number} is not as the tracker left it."
            )

    def update_session(
        self,
        session: Session,
        closed: Iterable[ClosedSpan] = (),
        considered: Considered | None = None,
        seen: Seen | None = None,
    ) -> None:
        """Write a session that went on or ended, with the spans that were closed on the way."""
        self.heartbeat(session, considered, seen)
        self._change(
            "UPDATE session SET ending=?, ended_at=?, pid1_start_us=? WHERE number=?",
            (session.ending, session.ended_at, session.pid1_start_us, session.number),
        )
        for span in closed:
            self._put_span(session.number, Span(*span[:4]))
            self.close_span(session.number, span)
        self._put_span(session.number, session.span)

    def close_span(self, number: int, closed: ClosedSpan) -> None:
        """Write the running time of a span that is over."""
        self._change(
            "UPDATE span SET running_us=? WHERE session=? AND n=?",
            (closed.running_us, number, closed.n),
        )

    def _put_span(self, number: int, span: Span) -> None:
        self._change(
            "INSERT INTO span (session, n, started_at, offset_us, cores) VALUES (?,?,?,?,?) ON"
            " CONFLICT DO UPDATE SET started_at=excluded.started_at,"
            " offset_us=excluded.offset_us, cores=excluded.cores",
            (number, *span),
        )

    def spans_since(self, since: int) -> list[ClosedSpan]:
        """The spans that ended after the instant `since` (UTC µs), the open one as of its last
        heartbeat."""
        rows = self._all(
            f"{_ENDED} UNION ALL {SPANS} WHERE p.running_us IS NULL",
            (since,),
        )
        return [ClosedSpan(*row) for row in rows]

    # --- journal

    def note(
        self, at: int, kind: str, session: int | None = None, detail: Detail | None = None
    ) -> None:
        """Append to the journal what happened at the instant `at` (UTC µs)."""
        import json

        self._change(
            "INSERT INTO journal (at, kind, session, detail) VALUES (?,?,?,?)",
            (at, kind, session, json.dumps(detail or {}, separators=(",", ":"))),
        )

    def journal(self, after: int = 0, limit: int = -1) -> list[Entry]:
        """The newest `limit` entries (-1: all) with a number above `after`, oldest first."""
        rows = self._all(
            "SELECT seq, at, kind, session, detail FROM journal WHERE seq > ? ORDER BY seq DESC "
            "LIMIT ?",
            (after, limit),
        )
        return [Entry._make([*row[:4], plain_json.loads(row[4])]) for row in reversed(rows)]

    def journal_end(self) -> int:
        """The number of the newest entry of the journal, 0 if it is empty."""
        row = self._one("SELECT max(seq) FROM journal")
        return int(row[0]) if row and row[0] is not None else 0

    def forget(self, since: int, until: int) -> None:
        """Delete journal entries older than the instant `since` (UTC µs), the oldest first, but
        never the newest.

        What stays has no gaps, even if a clock was wrong for a while and dated entries in between.
        Those dated after `until` are from a clock ahead of this one. There is no telling which of
        the two is wrong, so they stay until something old comes after them.
        """
        self._change(
            "DELETE FROM journal WHERE seq <= (SELECT max(seq) FROM journal WHERE at < ?1 AND seq"
            " < coalesce((SELECT seq FROM journal WHERE at BETWEEN ?1 AND ?2 ORDER BY seq LIMIT"
            " 1), (SELECT max(seq) FROM journal)))",
            (since, until),
        )

    # --- configuration

    def stored_configuration(self) -> StoredConfiguration | None:
        """The configuration in force as JSON text; None before there was one."""
        row = self._one("SELECT plan, problems FROM plan")
        return StoredConfiguration(*row) if row else None

    def store_configuration(self, stored: StoredConfiguration) -> None:
        """Keep the configuration in force and the problems that the files have now."""
        self._change("INSERT OR REPLACE INTO plan VALUES (1, ?, ?)", stored)

    # --- files drawn from the ledger

    def version(self) -> int:
        """A number that is another one once another program has written to the ledger."""
        return int(self.value("PRAGMA data_version"))

    def drawn(self, name: str) -> Stamp | None:
        """How a file looked when it was last drawn; None if it never was."""
        row = self._one("SELECT inode, size, mtime_ns FROM drawn WHERE name = ?", (name,))
        return (row[0], row[1], row[2]) if row else None

    def keep_drawn(self, name: str, stamp: Stamp) -> None:
        """Keep how a file looks that was just drawn."""
        self._change("INSERT OR REPLACE INTO drawn VALUES (?, ?, ?, ?)", (name, *stamp))


class LedgerReplaced(LedgerError):
    """The ledger is not the one that this process has been writing to."""


def _session(row: tuple[Any, ...]) -> Session:
    return Session._make([*row[:9], Span._make(row[9:13]), *row[13:]])
