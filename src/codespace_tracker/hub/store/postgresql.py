"""A store in PostgreSQL, 15 or newer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import sql as identifiers

from codespace_tracker.core.clock import DAY_US
from codespace_tracker.hub.store import migrations
from codespace_tracker.hub.store.connections import Connections, Link, named
from codespace_tracker.hub.store.interface import (
    OverADay,
    Push,
    Row,
    Unattended,
    Unavailable,
    Unfit,
    Writer,
    month_day,
    month_name,
    next_month,
)
from codespace_tracker.hub.store.portable import AT_ONCE, Store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from codespace_tracker.hub.store.portable import Rows, Run

    _T = TypeVar("_T")

_OLDEST = 150000
_OVER_A_DAY = "a_day_has_24_hours"
_PARTITIONED = ("telling", "day", "unattended")
_MONTHS_AHEAD = 2
_LOCK = 0x636F6465  # of those who change the form of the database, one at a time

_NOTE_PUSH = """
    UPDATE stream s SET last_push = :push, environment = :environment, codespace = :codespace,
        repository = :repository, payer = :payer, told_at = :now,
        is_open = CASE WHEN :seen_at::bigint >= s.seen_at THEN :is_open ELSE s.is_open END,
        seen_at = greatest(s.seen_at, :seen_at::bigint),
        cut_back_at = CASE WHEN :is_cut_back THEN :now ELSE s.cut_back_at END
    FROM token k
    WHERE k.team = :team AND k.prefix = :prefix AND k.hash = :hash AND k.revoked_at = 0
    AND k.stream_id = :stream_id AND s.team = :team AND s.stream_id = :stream_id
    AND s.last_push IN (:after, :push)
    RETURNING s.team
"""

# One statement is one round trip, and half as many again are possible. Its parts all see the
# database as it was when it began, but `before` comes from the row as it is when it is locked: so
# the sums are right even if two batches of a stream come at once.
_TELL = f"""
    WITH writer AS ({_NOTE_PUSH}),
    kept AS (SELECT kept_since AS day FROM team WHERE team = :team),
    alone AS (
        INSERT INTO unattended AS u (team, stream_id, day, running_us, core_us)
        SELECT w.team, :stream_id, g.day, g.running_us, g.core_us
        FROM writer w, kept k, unnest(:alone_days::integer[], :alone_us::bigint[],
                                      :alone_core_us::bigint[]) AS g (day, running_us, core_us)
        WHERE g.day >= k.day
        ON CONFLICT (team, day, stream_id) DO UPDATE SET
            running_us = excluded.running_us, core_us = excluded.core_us
        WHERE excluded.running_us > u.running_us
    ),
    put AS (
        INSERT INTO telling AS t (team, stream_id, month, session_id, revision, mark, started_at,
                                  seen_at, origin, spans, days)
        SELECT w.team, :stream_id, g.month, g.session_id, g.revision, g.mark, g.started_at,
               g.seen_at, g.origin, g.spans::bigint[], g.days::bigint[]
        FROM writer w, kept k, unnest(:sessions::text[], :months::integer[], :revisions::bigint[],
                              :marks::bigint[], :starts::bigint[], :seen::bigint[],
                              :origins::text[], :spans::text[], :days::text[])
            AS g (session_id, month, revision, mark, started_at, seen_at, origin, spans, days)
        WHERE g.seen_at >= k.day::bigint * {DAY_US}
        ON CONFLICT (team, stream_id, month, session_id) DO UPDATE SET
            revision = excluded.revision, mark = excluded.mark, started_at = excluded.started_at,
            seen_at = excluded.seen_at, origin = excluded.origin, spans = excluded.spans,
            before = t.days, days = excluded.days
        WHERE excluded.revision > t.revision
        RETURNING t.days, t.before
    ),
    change AS (
        SELECT day, sum(running_us)::bigint AS running_us, sum(core_us)::bigint AS core_us,
               sum(sessions)::integer AS sessions
        FROM (
            SELECT days[n] AS day, days[n + 1] AS running_us, days[n + 2] AS core_us,
                   days[n + 3] AS sessions
            FROM put, generate_series(1, cardinality(days), 4) AS n
            UNION ALL
            SELECT before[n], -before[n + 1], -before[n + 2], -before[n + 3]
            FROM put, generate_series(1, cardinality(before), 4) AS n
        ) AS part WHERE day >= (SELECT day FROM kept) GROUP BY day
    ),
    summed AS (
        INSERT INTO day AS d (team, stream_id, day, running_us, core_us, sessions)
        SELECT :team, :stream_id, day, running_us, core_us, sessions FROM change
        ON CONFLICT (team, day, stream_id) DO UPDATE SET
            running_us = d.running_us + excluded.running_us,
            core_us = d.core_us + excluded.core_us, sessions = d.sessions + excluded.sessions
    )
    SELECT (SELECT count(*) FROM writer), (SELECT count(*) FROM put)
"""


class PostgresStore(Store):
    """A store in the database at an address (`postgresql://…`)."""

    def __init__(self, url: str, connections: int = 8) -> None:
        """Raises Failure if it is no address."""
        self._connections = Connections(url, connections)

    async def open(self) -> None:
        """Raises Unfit, Unavailable."""

        async def work(link: Link) -> None:
            _check_server(link)
            migrations.check("postgresql", await _version(link), link.connection.info.dbname)

        await self._connections.run(work)

    async def close(self) -> None:
        """Close the connections."""
        await self._connections.close()

    async def migrate(self) -> int:
        """Raises Unfit, Unavailable."""

        async def work(link: Link) -> int:
            _check_server(link)
            async with link.connection.transaction():
                await link.rows("SELECT pg_advisory_xact_lock(:lock)", lock=_LOCK)
                await link.rows(
                    "CREATE TABLE IF NOT EXISTS migration"
                    " (number integer PRIMARY KEY, name text NOT NULL, at timestamptz NOT NULL)"
                )
                found = migrations.missing("postgresql", await _version(link))
                for one in found:
                    await link.connection.execute(one.sql.encode())
                    await link.rows(
                        "INSERT INTO migration VALUES (:number, :name, now())",
                        number=one.number,
                        name=one.name,
                    )
            return len(found)

        return await self._connections.run(work)

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
            **_columns(rows),
            "alone_days": _array(str(one.day) for one in unattended),
            "alone_us": _array(str(one.running_us) for one in unattended),
            "alone_core_us": _array(str(one.core_us) for one in unattended),
        }
        try:
            return await self._tell(writer, values)
        except psycopg.errors.CheckViolation:
            # a month of which nothing was told yet: two processes may come at once
            days = [day for row in rows for day in (row.month, *row.days[::4])]
            await self._make_months([*days, *(one.day for one in unattended)])
            return await self._tell(writer, values)

    async def _tell(self, writer: Writer, values: dict[str, object]) -> int:
        async def work(link: Link) -> int:
            try:
                [(written, taken)] = await link.rows(_TELL, **values)
            except psycopg.errors.CheckViolation as error:
                if error.diag.constraint_name == _OVER_A_DAY:
                    raise OverADay from error
                raise
            if not written:
                raise await self.why_not(link.rows, writer)
            return int(taken)

        return await self._connections.run(work)

    async def make_months(self, day: int) -> None:
        """As in `Store.make_months`."""
        found = [day]
        for _ in range(_MONTHS_AHEAD):
            found.append(next_month(found[-1]))
        await self._make_months(found)

    async def drop_months(self, day: int) -> None:
        """As in `Store.drop_months`."""

        async def work(link: Link) -> None:
            for name, end in await _partitions(link):
                if end <= day:
                    await _drop_if_empty(link, name)

        await self._connections.run(work)

    async def _make_months(self, days: Iterable[int]) -> None:
        months = sorted({month_day(month_name(day)) for day in days})

        async def work(link: Link) -> None:
            for month in months:
                await _make_month(link, month)

        try:
            await self._connections.run(work)
        except psycopg.errors.InsufficientPrivilege as error:
            raise Unavailable(f"the tables of a month cannot be made ({error})") from error

    async def in_transaction(self, work: Callable[[Run], Awaitable[Any]]) -> Any:
        """As in `Store.in_transaction`."""

        async def within(link: Link) -> Any:
            async with link.connection.transaction():
                return await work(link.rows)

        return await self._connections.run(within)

    async def folded(
        self, sql: str, begin: Callable[[], _T], take: Callable[[_T, Rows], None], **values: object
    ) -> _T:
        """As in `Store.folded`."""

        async def within(link: Link) -> _T:
            found = begin()
            async with (
                link.connection.transaction(),
                link.connection.cursor(name="folded") as cursor,
            ):
                await cursor.execute(named(sql), values)
                while rows := await cursor.fetchmany(AT_ONCE):
                    take(found, rows)
            return found

        return await self._connections.run(within)

    def numbers(self, column: Any) -> Iterable[int]:
        """As in `Store.numbers`."""
        found: list[int] = column
        return found


def _check_server(link: Link) -> None:
    version = link.connection.info.server_version
    if version < _OLDEST:
        raise Unfit(f"PostgreSQL {version // 10000} is too old. Fix: use 15 or newer.")
    encoding = link.connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":  # SQL_ASCII gives bytes for text, and others lack letters
        raise Unfit(
            f"the database {link.connection.info.dbname} has the encoding {encoding}. Fix: make it"
            " with `createdb --encoding UTF8 --template template0`."
        )


async def _version(link: Link) -> int:
    """The number of the last migration; 0 in an empty database."""
    [(found,)] = await link.rows("SELECT to_regclass('migration') IS NOT NULL")
    if not found:
        return 0
    [(number,)] = await link.rows("SELECT coalesce(max(number), 0) FROM migration")
    return int(number)


async def _make_month(link: Link, month: int) -> None:
    """Make the partitions of a month (its first day), if they are not there.

    A table is made beside the others and then attached, which waits for no reader or writer of
    other months; `CREATE TABLE … PARTITION OF` would.
    """
    async with link.connection.transaction():
        await link.rows("SELECT pg_advisory_xact_lock(:lock)", lock=_LOCK)
        for table in _PARTITIONED:
            name = f"{table}_{month_name(month).replace('-', '_')}"
            [(is_there,)] = await link.rows("SELECT to_regclass(:name) IS NOT NULL", name=name)
            if is_there:
                continue
            words = {
                "name": identifiers.Identifier(name),
                "table": identifiers.Identifier(table),
                "first": identifiers.Literal(month),
                "end": identifiers.Literal(next_month(month)),
            }
            for text in (
                "CREATE TABLE {name} (LIKE {table} INCLUDING ALL)",
                "ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({first}) TO ({end})",
            ):
                await link.connection.execute(identifiers.SQL(text).format(**words))


async def _partitions(link: Link) -> list[tuple[str, int]]:
    """Each partition with the day (since 1970) before which it ends."""
    found = []
    for table in _PARTITIONED:
        names = await link.rows(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = to_regclass(:table)"
            " ORDER BY 1",
            table=table,
        )
        for (name,) in names:
            found.append((str(name), next_month(month_day(str(name)[-7:].replace("_", "-")))))
    return found


async def _drop_if_empty(link: Link, name: str) -> None:
    async with link.connection.transaction():
        await link.rows("SELECT pg_advisory_xact_lock(:lock)", lock=_LOCK)
        word = identifiers.Identifier(name)
        # locked first, or something may be put there between the look and the end
        await link.connection.execute(identifiers.SQL("LOCK TABLE {}").format(word))
        cursor = await link.connection.execute(
            identifiers.SQL("SELECT EXISTS (SELECT FROM {})").format(word)
        )
        if await cursor.fetchone() == (False,):
            await link.connection.execute(identifiers.SQL("DROP TABLE {}").format(word))


def _columns(rows: Sequence[Row]) -> dict[str, str]:
    """The rows as an array for each column, in the text form of PostgreSQL, which takes a tenth of
    the time of psycopg's lists. None of these texts has a quote in it: ids are checked."""
    return {
        "sessions": _array(f'"{row.session_id}"' for row in rows),
        "months": _array(str(row.month) for row in rows),
        "revisions": _array(str(row.revision) for row in rows),
        "marks": _array(str(row.mark) for row in rows),
        "starts": _array(str(row.started_at) for row in rows),
        "seen": _array(str(row.seen_at) for row in rows),
        "origins": _array(f'"{row.origin}"' for row in rows),
        "spans": _array(f'"{_array(map(str, row.spans))}"' for row in rows),
        "days": _array(f'"{_array(map(str, row.days))}"' for row in rows),
    }


def _array(texts: Iterable[str]) -> str:
    return f"{{{','.join(texts)}}}"
