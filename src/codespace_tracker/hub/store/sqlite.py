"""A store in an SQLite file: for a first try, and for a team that fits on one machine.

One thread has the connection, so that the server's loop never waits for the disk.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from codespace_tracker.core.clock import DAY_US
from codespace_tracker.hub.store import migrations
from codespace_tracker.hub.store.interface import (
    OverADay,
    Push,
    Row,
    Unattended,
    Unavailable,
    Unfit,
    Writer,
)
from codespace_tracker.hub.store.portable import AT_ONCE, Store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from codespace_tracker.hub.store.portable import Rows, Run

    _T = TypeVar("_T")

_BUSY_SECONDS = 10.0
_OVER_A_DAY = "a_day_has_24_hours"

_NOTE_PUSH = """
    UPDATE stream SET last_push = :push, environment = :environment, codespace = :codespace,
        repository = :repository, payer = :payer, told_at = :now,
        is_open = iif(:seen_at >= seen_at, :is_open, is_open), seen_at = max(seen_at, :seen_at),
        cut_back_at = iif(:is_cut_back, :now, cut_back_at)
    WHERE team = :team AND stream_id = :stream_id AND last_push IN (:after, :push)
    AND EXISTS (SELECT 1 FROM token k WHERE k.team = :team AND k.prefix = :prefix
                AND k.hash = :hash AND k.revoked_at = 0 AND k.stream_id = :stream_id)
"""

_KNOWN = """
    SELECT revision, days FROM telling
    WHERE team = ? AND stream_id = ? AND month = ? AND session_id = ?
"""

_PUT = "INSERT OR REPLACE INTO telling VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

_SUM = """
    INSERT INTO day VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (team, day, stream_id) DO UPDATE SET
        running_us = running_us + excluded.running_us, core_us = core_us + excluded.core_us,
        sessions = sessions + excluded.sessions
"""


_ALONE = """
    INSERT INTO unattended VALUES (?, ?, ?, ?, ?) ON CONFLICT (team, day, stream_id) DO UPDATE SET
        running_us = excluded.running_us, core_us = excluded.core_us
    WHERE excluded.running_us > running_us
"""

_KEPT_SINCE = "SELECT kept_since FROM team WHERE team = ?"


class SqliteStore(Store):
    """A store in the file at a path."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, "sqlite")
        self._connection: sqlite3.Connection | None = None
        self._alone = asyncio.Lock()

    async def open(self) -> None:
        """Raises Unfit, Unavailable."""
        if not os.path.exists(self._path):
            raise Unfit(
                f"there is no database {self._path}. Fix: `codespace-tracker hub migrate` makes it,"
                " or check --database."
            )
        try:
            await self._in_thread(lambda of: migrations.check("sqlite", _version(of), self._path))
        except Unfit:
            await self.close()
            raise

    async def close(self) -> None:
        """Close the file."""

        def close() -> None:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

        await asyncio.get_running_loop().run_in_executor(self._thread, close)

    async def migrate(self) -> int:
        """Raises Unfit, Unavailable."""
        try:  # it has names in it, which are for no other user
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise Unfit(
                f"{self._path}: it cannot be made or written ({error.strerror}). Fix: check"
                " --database, and who may write there."
            ) from error

        def work(connection: sqlite3.Connection) -> int:
            found = migrations.missing("sqlite", _version(connection))
            for one in found:
                connection.executescript(
                    f"BEGIN IMMEDIATE; {one.sql}; PRAGMA user_version = {one.number}; COMMIT;"
                )
            return len(found)

        return await self._in_thread(work)

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = sqlite3.connect(
                f"file:{quote(self._path)}?mode=rw",  # or a wrong path would make an empty one
                timeout=_BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
                uri=True,
            )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._connection = connection
        return self._connection

    async def make_months(self, day: int) -> None:
        """SQLite has no partitions."""

    async def drop_months(self, day: int) -> None:
        """SQLite has no partitions."""

    async def tell(
        self,
        writer: Writer,
        push: Push,
        rows: Sequence[Row],
        unattended: Sequence[Unattended],
        now: int,
    ) -> int:
        """As in `Store.tell`."""
        last = max(rows, key=lambda row: row.seen_at, default=None)
        values = {
            **writer._asdict(),
            **push._asdict(),
            "now": now,
            "seen_at": last.seen_at if last else 0,
            "is_open": last.is_open if last else 0,
        }

        def work(connection: sqlite3.Connection) -> int | None:
            connection.execute("BEGIN IMMEDIATE")
            if connection.execute(_NOTE_PUSH, values).rowcount != 1:
                connection.execute("ROLLBACK")
                return None
            [since] = connection.execute(_KEPT_SINCE, (writer.team,)).fetchone()
            kept = [row for row in rows if row.seen_at >= since * DAY_US]
            taken = _put(connection, writer, kept, since)
            connection.executemany(
                _ALONE,
                ((writer.team, writer.stream_id, *one) for one in unattended if one.day >= since),
            )
            connection.execute("COMMIT")
            return taken

        async with self._alone:
            taken = await self._in_thread(work)
        if taken is None:
            raise await self.in_transaction(lambda run: self.why_not(run, writer))
        return taken

    async def in_transaction(self, work: Callable[[Run], Awaitable[Any]]) -> Any:
        """As in `Store.in_transaction`."""

        async def run(sql: str, **values: object) -> Rows:
            return await self._in_thread(lambda of: of.execute(sql, values).fetchall())

        async with self._alone:
            await run("BEGIN IMMEDIATE")
            try:
                found = await work(run)
                await run("COMMIT")
            except BaseException:
                await self._in_thread(_roll_back)
                raise
        return found

    async def folded(
        self, sql: str, begin: Callable[[], _T], take: Callable[[_T, Rows], None], **values: object
    ) -> _T:
        """As in `Store.folded`."""

        def fold(connection: sqlite3.Connection) -> _T:
            found = begin()
            cursor = connection.execute(sql, values)
            while rows := cursor.fetchmany(AT_ONCE):
                take(found, rows)
            return found

        async with self._alone:
            return await self._in_thread(fold)

    def numbers(self, column: Any) -> Iterable[int]:
        """As in `Store.numbers`."""
        return _numbers(column)

    async def _in_thread(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        def explained() -> _T:
            try:
                return work(self._connected())
            except sqlite3.Error as error:
                if self._connection is not None:
                    _roll_back(self._connection)
                if _OVER_A_DAY in str(error):
                    raise OverADay from error
                raise Unavailable(f"{self._path}: {error}") from error

        return await asyncio.get_running_loop().run_in_executor(self._thread, explained)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _put(connection: sqlite3.Connection, writer: Writer, rows: Sequence[Row], since: int) -> int:
    """Keep the tellings that are newer than what is there, with the sums of the days from `since`
    on (since 1970); how many they were."""
    of = writer.team, writer.stream_id
    newer, changes = [], dict[int, list[int]]()
    for row in rows:
        found = connection.execute(_KNOWN, (*of, row.month, row.session_id)).fetchone()
        if found is not None and found[0] >= row.revision:
            continue
        _add(changes, row.days, 1)
        if found is not None:
            _add(changes, _numbers(found[1]), -1)
        newer.append(row)
    connection.executemany(
        _PUT,
        ((*of, *_values(row)) for row in newer),
    )
    connection.executemany(
        _SUM,
        (
            (*of, day, *change)
            for day, change in sorted(changes.items())
            if day >= since and any(change)
        ),
    )
    return len(newer)


def _add(changes: dict[int, list[int]], days: tuple[int, ...], sign: int) -> None:
    numbers = iter(days)
    for day, *values in zip(numbers, numbers, numbers, numbers, strict=True):
        change = changes.setdefault(day, [0, 0, 0])
        for n, value in enumerate(values):
            change[n] += sign * value


def _values(row: Row) -> tuple[object, ...]:
    """The columns of a telling after the team and the stream."""
    return (
        *(row.month, row.session_id, row.revision, row.mark, row.started_at, row.seen_at),
        *(row.origin, _text(row.spans), _text(row.days)),
    )


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split()))


def _text(numbers: tuple[int, ...]) -> str:
    return " ".join(map(str, numbers))
