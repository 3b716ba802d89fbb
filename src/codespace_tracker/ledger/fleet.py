"""`fleet.db`: the streams of other codespaces, summed up when they come.

`sync` writes it; the daemon and commands read sums from it. It can be made again from the meeting
place, so it is in no backup. Without the file there is no fleet.
"""

from __future__ import annotations

import os

from codespace_tracker.core.record import Record
from codespace_tracker.ledger.connect import check_owners
from codespace_tracker.ledger.sqlite import sqlite3
from codespace_tracker.machine.file_names import FLEET
from codespace_tracker.machine.files import open_files
from codespace_tracker.machine.rooted import rooted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT = 3
SILENT_US = 40 * 60_000_000
"""After this, a codespace whose session is open counts as last seen, not as running."""

_BUSY_SECONDS = 2.0

_TABLES = f"""
    CREATE TABLE about (id INTEGER PRIMARY KEY CHECK (id = 1), form INTEGER NOT NULL) STRICT;
    INSERT INTO about VALUES (1, {FORMAT});

    -- One stream. `name` is what the user calls it. Only those with `counts` are in `total`.
    CREATE TABLE stream (
        n               INTEGER PRIMARY KEY,
        stream_id       TEXT NOT NULL UNIQUE,
        commit_id       TEXT NOT NULL,     -- of which it was read; empty: never
        environment     TEXT NOT NULL,
        codespace       TEXT NOT NULL,
        user            TEXT NOT NULL,
        repository      TEXT NOT NULL,
        payer           TEXT NOT NULL,
        name            TEXT NOT NULL,
        is_own          INTEGER NOT NULL,
        is_accepted     INTEGER NOT NULL,
        is_gone         INTEGER NOT NULL,  -- its branch is not there any more
        is_open         INTEGER NOT NULL,  -- its newest session
        seen_at         INTEGER NOT NULL,  -- up to when it is told (UTC µs); 0: nothing is
        came_at         INTEGER NOT NULL,  -- when it came here last
        reason          TEXT NOT NULL,     -- why its newest state is set aside; empty: it is not
        aside           TEXT NOT NULL,     -- the commit of that state
        watched_until   INTEGER NOT NULL,  -- up to when it tells presence by hour; 0: it does not
        alone_since     INTEGER NOT NULL   -- since when no one was there then; 0: someone was
    ) STRICT;

    CREATE TABLE telling (
        stream          INTEGER NOT NULL REFERENCES stream (n),
        session_id      TEXT NOT NULL,
        revision        INTEGER NOT NULL,
        started_at      INTEGER NOT NULL,
        spans           TEXT NOT NULL,     -- start, running time, cores: numbers apart by spaces
        is_original     INTEGER NOT NULL,  -- it was counted there, not imported
        PRIMARY KEY (stream, session_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX telling_session ON telling (session_id);

    -- What counts of a stream once time that several claim is counted once, by days of UTC.
    CREATE TABLE part (
        day             INTEGER NOT NULL,
        stream          INTEGER NOT NULL REFERENCES stream (n),
        started_at      INTEGER NOT NULL,
        running_us      INTEGER NOT NULL,
        cores           INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX part_day ON part (day);
    CREATE INDEX part_stream ON part (stream);

    CREATE TABLE day (
        stream          INTEGER NOT NULL REFERENCES stream (n),
        day             INTEGER NOT NULL,
        running_us      INTEGER NOT NULL,
        core_us         INTEGER NOT NULL,
        sessions        INTEGER NOT NULL,  -- that started on it
        unattended_core_us INTEGER,        -- NULL: the stream tells nothing of presence
        ended_at        INTEGER NOT NULL,  -- when the last of it ended
        PRIMARY KEY (stream, day)
    ) STRICT, WITHOUT ROWID;

    -- Core-time with no one there, as a stream tells it.
    CREATE TABLE unattended (
        stream          INTEGER NOT NULL REFERENCES stream (n),
        day             INTEGER NOT NULL,
        core_us         INTEGER NOT NULL,
        PRIMARY KEY (stream, day)
    ) STRICT, WITHOUT ROWID;

    -- The days of all streams together that count against the quota of a user (lower case).
    CREATE TABLE total (
        user            TEXT NOT NULL,
        day             INTEGER NOT NULL,
        core_us         INTEGER NOT NULL,
        ended_at        INTEGER NOT NULL,
        PRIMARY KEY (user, day)
    ) STRICT, WITHOUT ROWID;
"""

COUNTS = (
    "is_own = 0 AND is_accepted = 1 AND environment = 'codespaces' AND user <> ''"
    " AND payer <> 'organization'"
)
"""Which streams count against the quota of their user."""

COUNTED_IN = (
    "SELECT o.stream FROM telling o JOIN stream x ON x.n = o.stream WHERE o.session_id = {session}"
    " ORDER BY (x.is_own AND o.is_original) DESC, (x.is_own OR x.is_accepted) DESC,"
    " o.is_original DESC, o.revision DESC, x.stream_id DESC LIMIT 1"
)
"""The stream in which a session counts: our own, if we counted it; else, of those that are our own
or accepted, else of all, the one that counted it, else the one with the newest telling. A tie ends
the same for all who look."""


class FleetError(Exception):
    """The sums of other codespaces could not be used. The text says what happened; `is_broken` that
    the file must be made again."""

    def __init__(self, text: str, *, is_broken: bool = False) -> None:
        super().__init__(text)
        self.is_broken = is_broken


class FleetStream(Record):
    """A stream as it is kept here; fields as in the table `stream`."""

    n: int
    stream_id: str
    commit_id: str
    environment: str
    codespace: str
    user: str
    repository: str
    payer: str
    name: str
    is_own: int
    is_accepted: int
    is_gone: int
    is_open: int
    seen_at: int
    came_at: int
    reason: str
    aside: str
    watched_until: int
    alone_since: int

    @property
    def shown_name(self) -> str:
        """What it is called: by the user, by its codespace, or by its id."""
        return self.name or self.codespace or self.stream_id[:8]

    def runs(self, now: int) -> bool:
        """Whether it was running a short while ago, at the instant now (UTC µs)."""
        return bool(self.is_open) and now - self.seen_at <= SILENT_US

    def is_silent(self, now: int) -> bool:
        """Whether it may have run for longer than is known: its session is open, and nothing has
        come for a while."""
        return bool(self.is_open) and not self.runs(now)


class FleetSum(Record):
    """What was used in a group of streams and days: its key (a stream's number, a day, a month),
    running time (µs), core-time (core-µs), the sessions that started in it, the instant (UTC µs) up
    to which all its streams are known, and the core-time with no one there of those that tell it;
    None if none does."""

    key: str
    running_us: int
    core_us: int
    sessions: int
    seen_at: int
    unattended_core_us: int | None


class Heard(Record):
    """How fresh the figures of the other codespaces are: how many told anything, how many of these
    do not count yet, and up to when (UTC µs, growing) each of those that count is known whose
    session is open. `told_until` is up to when the newest figure of those that count is (UTC µs;
    0: none counts). `problem` says why nothing is known."""

    codespaces: int = 0
    waiting: int = 0
    open_until: tuple[int, ...] = ()
    told_until: int = 0
    problem: str = ""

    def silent(self, now: int) -> tuple[int, ...]:
        """Of those that count up to when each is known that may have run for longer than that, at
        the instant now (UTC µs)."""
        return tuple(seen for seen in self.open_until if now - seen > SILENT_US)

    def running(self, now: int) -> int:
        """How many of those that count run, as far as is known at the instant now (UTC µs)."""
        return len(self.open_until) - len(self.silent(now))


class Fleet:
    """An open fleet.db. A `with` statement closes it."""

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        self.connection = connection
        self.path = path

    def __enter__(self) -> Fleet:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    @classmethod
    def open(cls, directory: str) -> Fleet:
        """Open it for reading. Raises FleetError."""
        return cls._open(directory, "mode=ro")

    @classmethod
    def open_to_write(cls, directory: str) -> Fleet:
        """Open it for writing; it is made if it is not there. Raises FleetError."""
        path = os.path.join(directory, FLEET)
        if not os.path.lexists(rooted(path)):
            umask = os.umask(0o077)  # SQLite makes files with the umask's permissions
            try:
                fleet = cls._open(directory, "mode=rwc", is_new=True)
            finally:
                os.umask(umask)
            try:
                fleet.connection.execute("PRAGMA journal_mode = WAL")
                fleet.connection.executescript(f"BEGIN; {_TABLES} COMMIT;")
            except sqlite3.Error as error:
                fleet.connection.close()
                raise FleetError(f"{path}: it could not be made ({error}).") from error
            return fleet
        return cls._open(directory, "mode=rw")

    @classmethod
    def _open(cls, directory: str, how: str, *, is_new: bool = False) -> Fleet:
        path = os.path.join(directory, FLEET)
        quoted = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
        try:
            check_owners(path)
            connection = sqlite3.connect(f"file://{quoted}?{how}", uri=True, timeout=_BUSY_SECONDS)
        except Exception as error:
            raise FleetError(f"{path}: it could not be opened ({error}).") from error
        try:
            connection.isolation_level = None
            found = os.stat(rooted(path))
            if (found.st_dev, found.st_ino) not in open_files():
                raise FleetError(f"{path}: another file was put in its place.")
            if not is_new:
                row = connection.execute("SELECT form FROM about").fetchone()
                if row is None or row[0] != FORMAT:
                    raise FleetError(f"{path}: it is of another version.", is_broken=True)
        except (sqlite3.Error, OSError) as error:
            connection.close()
            raise _of_sqlite(path, error) from error
        except FleetError:
            connection.close()
            raise
        return cls(connection, path)

    # --- what is known

    def streams(self) -> list[FleetStream]:
        """All streams, by the order in which they came first. Raises FleetError."""
        return [FleetStream._make(row) for row in self._rows("SELECT * FROM stream ORDER BY n")]

    def sums(self, by: str, since: int, until: int) -> list[FleetSum]:
        """What the streams used on the days of UTC that begin within a time (UTC µs), without our
        own. `by` is `stream`, `day` or `month`. Raises FleetError."""
        keys = {
            "stream": "d.k",
            "day": "date(d.day / 1000000, 'unixepoch')",
            "month": "strftime('%Y-%m', d.day / 1000000, 'unixepoch')",
        }
        group = "s.n" if by == "stream" else "d.day"
        inner = (
            f"SELECT {group} AS k, min(d.day) AS day, sum(d.running_us) AS r, sum(d.core_us) AS c,"
            " sum(d.sessions) AS n, min(s.seen_at) AS seen, sum(d.unattended_core_us) AS u"
            " FROM stream s CROSS JOIN day d ON d.stream = s.n"  # else it looks at all days
            " WHERE s.is_own = 0 AND d.day >= ? AND d.day < ? GROUP BY 1"
        )
        sql = (
            f"SELECT {keys[by]}, sum(d.r), sum(d.c), sum(d.n), min(d.seen), sum(d.u)"
            f" FROM ({inner}) d GROUP BY 1 ORDER BY 1"
        )
        rows = self._rows(sql, since, until)
        return [FleetSum(str(row[0]), *row[1:]) for row in rows]

    def heard(self) -> Heard:
        """How fresh the figures of other codespaces are. Raises FleetError."""
        sql = (
            "SELECT seen_at, is_accepted, is_open FROM stream WHERE is_own = 0 AND seen_at > 0"
            " ORDER BY seen_at"
        )
        rows = self._rows(sql)
        waiting = sum(not is_accepted for _, is_accepted, _ in rows)
        is_open = (seen_at for seen_at, is_accepted, is_open in rows if is_accepted and is_open)
        told_until = max((seen_at for seen_at, is_accepted, _ in rows if is_accepted), default=0)
        return Heard(len(rows), waiting, tuple(is_open), told_until)

    def totals(self, user: str, since: int) -> list[tuple[int, int, int]]:
        """The days from an instant on (UTC µs) with the core-time (core-µs) that counts against
        the quota of a user, and when the last of it ended. Raises FleetError."""
        sql = "SELECT day, core_us, ended_at FROM total WHERE user = ? AND day >= ?"
        return [(day, core, end) for day, core, end in self._rows(sql, user.lower(), since)]

    def parts(self, user: str, day: int) -> list[tuple[int, int, int]]:
        """The stretches of a day that count against the quota of a user: start (UTC µs), running
        time (µs), cores. Raises FleetError."""
        sql = (
            "SELECT p.started_at, p.running_us, p.cores FROM part p JOIN stream s ON s.n = p.stream"
            f" WHERE p.day = ? AND lower(s.user) = ? AND {COUNTS}"
        )
        return [(start, ran, cores) for start, ran, cores in self._rows(sql, day, user.lower())]

    def stretches(self, streams: list[int], since: int, until: int) -> list[tuple[int, int, int]]:
        """The stretches of some streams on the days that begin within a time (UTC µs): start,
        running time (µs), cores. Raises FleetError."""
        marks = ", ".join("?" * len(streams))
        sql = (
            "SELECT started_at, running_us, cores FROM part WHERE day >= ? AND day < ?"
            f" AND stream IN ({marks})"
        )
        return [
            (start, ran, cores) for start, ran, cores in self._rows(sql, since, until, *streams)
        ]

    def counts_in(self, session_id: str) -> int | None:
        """The number of the stream in which a session counts; None if no one tells it. Raises
        FleetError."""
        rows = self._rows(COUNTED_IN.format(session="?"), session_id)
        return rows[0][0] if rows else None

    def counting(self, user: str) -> set[int]:
        """The numbers of the streams that count against the quota of a user. Raises FleetError."""
        sql = f"SELECT n FROM stream WHERE {COUNTS} AND lower(user) = ?"
        return {row[0] for row in self._rows(sql, user.lower())}

    def has_figures(self, user: str) -> bool:
        """Whether another codespace counts against the quota of a user."""
        sql = f"SELECT 1 FROM stream WHERE {COUNTS} AND lower(user) = ? AND seen_at > 0 LIMIT 1"
        return bool(user) and bool(self._rows(sql, user.lower()))

    def _rows(self, sql: str, *values: object) -> list[tuple[int, ...]]:
        try:
            found: list[tuple[int, ...]] = self.connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise FleetError(f"{self.path}: it could not be read ({error}).") from error
        return found


def _of_sqlite(path: str, error: Exception) -> FleetError:
    if _is_broken(error):
        return FleetError(f"{path}: it is damaged ({error}).", is_broken=True)
    return FleetError(f"{path}: it could not be opened ({error}).")


def _is_broken(error: Exception) -> bool:
    """Whether it is the content of the file that SQLite does not take, and not the disk or a lock
    that keeps it from the content."""
    text = str(error)
    return "not a database" in text or "malformed" in text or "no such table" in text


def running_of(spans: str) -> Iterator[tuple[int, int, int]]:
    """The stretches that the column `spans` of a telling holds."""
    numbers = iter(map(int, spans.split()))
    return zip(numbers, numbers, numbers, strict=True)
