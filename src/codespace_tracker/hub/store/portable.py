"""The part of a store that is the same on SQLite and PostgreSQL: SQL that both understand.

Values are named (`:team`), and are never put into the text of a statement.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from codespace_tracker.core.clock import DAY_US
from codespace_tracker.hub.store.interface import (
    AlreadyThere,
    AsideRow,
    Cursor,
    NotAllowed,
    NotThere,
    OtherWriter,
    Person,
    Push,
    Row,
    StreamRow,
    StreamTaken,
    Telling,
    Unattended,
    Writer,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from codespace_tracker.core.stream import Stretch
    from codespace_tracker.hub.tokens import Secret

    _T = TypeVar("_T")
    Rows: TypeAlias = list[tuple[Any, ...]]
    Run: TypeAlias = Callable[..., Awaitable[Rows]]

AT_ONCE = 2000
"""Rows that are in memory at a time, of a statement that may have millions."""

_ASIDE_KEPT_US = 30 * 24 * 60 * 60 * 1_000_000
_ASIDE_LIMIT = 100

_STREAMS = """
    SELECT s.stream_id, s.person, p.pseudonym, p.shows_name, s.environment, s.codespace,
           s.repository, s.payer, s.seen_at, s.is_open, s.told_at, s.cut_back_at,
           (SELECT count(*) FROM token k WHERE k.team = s.team AND k.stream_id = s.stream_id
            AND k.revoked_at = 0)
    FROM stream s JOIN person p ON p.team = s.team AND p.person = s.person
    WHERE s.team = :team ORDER BY s.codespace, s.stream_id
"""

_LAST_PUSH = """
    SELECT s.last_push FROM token k JOIN stream s ON s.team = k.team AND s.stream_id = k.stream_id
    WHERE k.team = :team AND k.prefix = :prefix AND k.hash = :hash AND k.revoked_at = 0
    AND k.stream_id = :stream_id
"""

_DELETE_WHAT_WAS_TOLD = (
    "DELETE FROM telling WHERE team = :team AND stream_id IN"
    " (SELECT stream_id FROM stream WHERE team = :team AND person = :person)",
    "DELETE FROM day WHERE team = :team AND stream_id IN"
    " (SELECT stream_id FROM stream WHERE team = :team AND person = :person)",
    "DELETE FROM unattended WHERE team = :team AND stream_id IN"
    " (SELECT stream_id FROM stream WHERE team = :team AND person = :person)",
    "DELETE FROM aside WHERE team = :team AND stream_id IN"
    " (SELECT stream_id FROM stream WHERE team = :team AND person = :person)",
    "DELETE FROM token WHERE team = :team AND stream_id IN"
    " (SELECT stream_id FROM stream WHERE team = :team AND person = :person)",
)
_KEPT_SINCE = "SELECT kept_since FROM team WHERE team = :team"
_FORGET_DAYS = (
    "DELETE FROM day WHERE team = :team AND stream_id = :stream_id AND day < :day",
    "DELETE FROM unattended WHERE team = :team AND stream_id = :stream_id AND day < :day",
)
_SILENT = """
    SELECT 1 FROM stream s WHERE s.team = :team AND s.stream_id = :stream_id AND s.told_at < :at
    AND s.added_at < :at AND NOT EXISTS (SELECT 1 FROM token k WHERE k.team = :team
        AND k.stream_id = :stream_id AND k.added_at >= :at)
    AND NOT EXISTS (SELECT 1 FROM telling t WHERE t.team = :team AND t.stream_id = :stream_id)
"""
_DELETE_STREAM = (
    "DELETE FROM aside WHERE team = :team AND stream_id = :stream_id",
    "DELETE FROM token WHERE team = :team AND stream_id = :stream_id",
    "DELETE FROM stream WHERE team = :team AND stream_id = :stream_id",
)
_DELETE_STREAMS = "DELETE FROM stream WHERE team = :team AND person = :person RETURNING stream_id"
_DELETE_PERSON = "DELETE FROM person WHERE team = :team AND person = :person RETURNING person"


class Store(ABC):
    """Where a hub keeps what it is told. All methods may raise Unavailable."""

    # --- what differs between the engines

    @abstractmethod
    async def open(self) -> None:
        """Make it ready. Raises Unfit if it is not of this version."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of the database."""

    @abstractmethod
    async def migrate(self) -> int:
        """Bring the database to this version; how many migrations that took. Raises Unfit."""

    @abstractmethod
    async def make_months(self, day: int) -> None:
        """Make the partitions of the month of a day (since 1970) and of the two that follow, where
        the engine has partitions."""

    @abstractmethod
    async def drop_months(self, day: int) -> None:
        """Drop partitions that ended by a day (since 1970) and are empty, where the engine has
        partitions."""

    @abstractmethod
    async def tell(
        self,
        writer: Writer,
        push: Push,
        rows: Sequence[Row],
        unattended: Sequence[Unattended],
        now: int,
    ) -> int:
        """Keep a batch with its sums in one transaction; how many tellings were newer than what
        was there. `rows` has each session once, `unattended` each day. What is older than what
        the team keeps is dropped. Raises NotAllowed, OtherWriter, OverADay."""

    @abstractmethod
    async def in_transaction(self, work: Callable[[Run], Awaitable[Any]]) -> Any:
        """Do some work in one transaction, which may be tried more than once. `work` gets a
        function that runs a statement with its values."""

    @abstractmethod
    async def folded(
        self, sql: str, begin: Callable[[], _T], take: Callable[[_T, Rows], None], **values: object
    ) -> _T:
        """What comes of the rows of one statement that may have millions: `begin` makes it, and
        `take` adds some thousand rows at a time. May be tried more than once, from `begin` on."""

    @abstractmethod
    def numbers(self, column: Any) -> Iterable[int]:
        """The numbers of a list as it is in a column."""

    async def rows(self, sql: str, **values: object) -> Rows:
        """The rows of one statement, in a transaction of its own."""

        async def work(run: Run) -> Rows:
            return await run(sql, **values)

        found: Rows = await self.in_transaction(work)
        return found

    # --- teams and their people

    async def add_team(self, team: str, name: str, now: int) -> None:
        """Raises AlreadyThere."""
        sql = (
            "INSERT INTO team (team, name, added_at) VALUES (:team, :name, :now)"
            " ON CONFLICT DO NOTHING RETURNING team"
        )
        if not await self.rows(sql, team=team, name=name, now=now):
            raise AlreadyThere

    async def teams(self) -> list[tuple[str, str, int, int]]:
        """Each team with its name, how many people and how many streams it has."""
        sql = (
            "SELECT team, name, (SELECT count(*) FROM person p WHERE p.team = t.team),"
            " (SELECT count(*) FROM stream s WHERE s.team = t.team) FROM team t ORDER BY team"
        )
        return [(str(team), str(name), p, s) for team, name, p, s in await self.rows(sql)]

    async def add_person(self, team: str, person: str, pseudonym: str, now: int) -> None:
        """Raises AlreadyThere, also where someone has the pseudonym; NotThere without the team."""

        async def work(run: Run) -> None:
            if not await run("SELECT 1 FROM team WHERE team = :team", team=team):
                raise NotThere
            sql = (
                "INSERT INTO person (team, person, pseudonym, added_at)"
                " VALUES (:team, :person, :pseudonym, :now) ON CONFLICT DO NOTHING RETURNING person"
            )
            values = {"team": team, "person": person, "pseudonym": pseudonym, "now": now}
            if not await run(sql, **values):
                raise AlreadyThere

        await self.in_transaction(work)

    async def people(self, team: str) -> list[Person]:
        """The people of a team."""
        sql = (
            "SELECT person, pseudonym, shows_name, (SELECT count(*) FROM stream s WHERE"
            " s.team = p.team AND s.person = p.person) FROM person p WHERE team = :team"
            " ORDER BY person"
        )
        return [Person._make(row) for row in await self.rows(sql, team=team)]

    async def remove_person(self, team: str, person: str) -> int:
        """Delete a person and all that their streams told; how many streams there were. Raises
        NotThere."""
        who = {"team": team, "person": person}

        async def work(run: Run) -> int:
            for statement in _DELETE_WHAT_WAS_TOLD:
                await run(statement, **who)
            gone = await run(_DELETE_STREAMS, **who)
            await run("DELETE FROM code WHERE team = :team AND person = :person", **who)
            if not await run(_DELETE_PERSON, **who):
                raise NotThere
            return len(gone)

        found: int = await self.in_transaction(work)
        return found

    # --- enrolment

    async def add_code(self, code: Secret, person: str, expires_at: int) -> None:
        """Keep a code for a person. Raises NotThere."""

        async def work(run: Run) -> None:
            who = {"team": code.team, "person": person}
            if not await run("SELECT 1 FROM person WHERE team = :team AND person = :person", **who):
                raise NotThere
            await run(
                "INSERT INTO code (team, prefix, hash, person, expires_at)"
                " VALUES (:team, :prefix, :hash, :person, :expires_at)",
                **who,
                prefix=code.prefix,
                hash=code.hash,
                expires_at=expires_at,
            )

        await self.in_transaction(work)

    async def enrol(
        self, code: Secret, stream_id: str, token: Secret, now: int, *, shows_name: bool
    ) -> str:
        """Let a token write a stream, by a code; the name of the team.

        The same code with the same token works again, so that a lost answer does no harm. A token
        that the stream had before is revoked. Raises NotAllowed, StreamTaken.
        """
        values = {"team": code.team, "stream_id": stream_id, "now": now}

        async def work(run: Run) -> str:
            used = await run(
                "UPDATE code SET used_for = :token WHERE team = :team AND prefix = :prefix AND"
                " hash = :hash AND (used_for = :token OR (used_for IS NULL AND expires_at > :now))"
                " RETURNING person",
                team=code.team,
                prefix=code.prefix,
                hash=code.hash,
                token=token.hash,
                now=now,
            )
            if not used:
                raise NotAllowed
            person = str(used[0][0])
            await run(
                "INSERT INTO stream (team, stream_id, person, added_at)"
                " VALUES (:team, :stream_id, :person, :now) ON CONFLICT DO NOTHING",
                **values,
                person=person,
            )
            [(owner,)] = await run(
                "SELECT person FROM stream WHERE team = :team AND stream_id = :stream_id",
                team=code.team,
                stream_id=stream_id,
            )
            if owner != person:
                raise StreamTaken
            await run(
                "UPDATE token SET revoked_at = :now WHERE team = :team AND stream_id = :stream_id"
                " AND revoked_at = 0 AND prefix <> :prefix",
                **values,
                prefix=token.prefix,
            )
            await run(
                "INSERT INTO token (team, prefix, hash, stream_id, added_at)"
                " VALUES (:team, :prefix, :hash, :stream_id, :now) ON CONFLICT DO NOTHING",
                **values,
                prefix=token.prefix,
                hash=token.hash,
            )
            await run(
                "UPDATE person SET shows_name = :shows WHERE team = :team AND person = :person",
                team=code.team,
                person=person,
                shows=int(shows_name),
            )
            [(name,)] = await run("SELECT name FROM team WHERE team = :team", team=code.team)
            return str(name)

        found: str = await self.in_transaction(work)
        return found

    # --- streams

    async def cursor(self, writer: Writer) -> Cursor:
        """What there is of a stream. Raises NotAllowed."""

        async def work(run: Run) -> Cursor:
            found = await run(_LAST_PUSH, **writer._asdict())
            if not found:
                raise NotAllowed
            of = {"team": writer.team, "stream_id": writer.stream_id}
            [(since,)] = await run(_KEPT_SINCE, team=writer.team)
            months = await run(
                "SELECT month, count(*), CAST(sum(mark) AS bigint) FROM telling"
                " WHERE team = :team AND stream_id = :stream_id AND seen_at >= :since"
                " GROUP BY month",
                **of,
                since=since * DAY_US,
            )
            days = await run(
                "SELECT day, running_us FROM unattended"
                " WHERE team = :team AND stream_id = :stream_id AND day >= :since",
                **of,
                since=since,
            )
            sums = {month: (n, marks) for month, n, marks in months}
            return Cursor(str(found[0][0]), sums, dict(days), since)

        cursor: Cursor = await self.in_transaction(work)
        return cursor

    async def revisions(self, writer: Writer, month: int) -> dict[str, int]:
        """The revisions of the sessions of a stream that are kept in a month (its first day).
        Raises NotAllowed."""

        async def work(run: Run) -> dict[str, int]:
            if not await run(_LAST_PUSH, **writer._asdict()):
                raise NotAllowed
            sql = (
                "SELECT session_id, revision FROM telling"
                " WHERE team = :team AND stream_id = :stream_id AND month = :month"
            )
            kept = await run(sql, team=writer.team, stream_id=writer.stream_id, month=month)
            return {str(session): revision for session, revision in kept}

        found: dict[str, int] = await self.in_transaction(work)
        return found

    async def withdraw(self, writer: Writer) -> None:
        """Delete what a stream told of unattended time. Raises NotAllowed."""

        async def work(run: Run) -> None:
            if not await run(_LAST_PUSH, **writer._asdict()):
                raise NotAllowed
            await run(
                "DELETE FROM unattended WHERE team = :team AND stream_id = :stream_id",
                team=writer.team,
                stream_id=writer.stream_id,
            )

        await self.in_transaction(work)

    async def why_not(self, run: Run, writer: Writer) -> NotAllowed | OtherWriter:
        """Why a batch was not taken, where neither its token nor its last push was found."""
        found = await run(_LAST_PUSH, **writer._asdict())
        return OtherWriter(str(found[0][0])) if found else NotAllowed()

    async def set_aside(self, writer: Writer, reasons: Iterable[tuple[str, str]], now: int) -> None:
        """Note why tellings of sessions were not taken."""
        of = {"team": writer.team, "stream_id": writer.stream_id}

        async def work(run: Run) -> None:
            await run(
                "DELETE FROM aside WHERE team = :team AND stream_id = :stream_id AND at < :before",
                **of,
                before=now - _ASIDE_KEPT_US,
            )
            sql = "SELECT count(*) FROM aside WHERE team = :team AND stream_id = :stream_id"
            [(kept,)] = await run(sql, **of)
            for session_id, reason in sorted(reasons)[: max(0, _ASIDE_LIMIT - kept)]:
                await run(
                    "INSERT INTO aside (team, stream_id, session_id, reason, at) VALUES"
                    " (:team, :stream_id, :session_id, :reason, :now) ON CONFLICT"
                    " (team, stream_id, session_id) DO UPDATE SET reason = excluded.reason,"
                    " at = excluded.at",
                    **of,
                    session_id=session_id,
                    reason=reason,
                    now=now,
                )

        await self.in_transaction(work)

    async def asides(self, team: str) -> list[AsideRow]:
        """What was set aside of a team's streams, newest first."""
        sql = (
            "SELECT stream_id, session_id, reason, at FROM aside WHERE team = :team"
            " ORDER BY at DESC, stream_id, session_id"
        )
        return [AsideRow._make(row) for row in await self.rows(sql, team=team)]

    async def streams(self, team: str) -> list[StreamRow]:
        """The streams of a team, by their codespaces."""
        return [StreamRow._make(row) for row in await self.rows(_STREAMS, team=team)]

    async def days(self, team: str, since: int, until: int) -> list[tuple[str, int, int, int, int]]:
        """The sums of a team's streams on the days from `since` until before `until` (days since
        1970): stream, day, running time (µs), core-time (core-µs), sessions begun."""
        sql = (
            "SELECT stream_id, day, running_us, core_us, sessions FROM day WHERE team = :team"
            " AND day >= :since AND day < :until"
        )
        found = await self.rows(sql, team=team, since=since, until=until)
        return [(str(one), day, ran, core, n) for one, day, ran, core, n in found]

    async def unattended(
        self, team: str, since: int, until: int
    ) -> list[tuple[str, int, int, int]]:
        """How long a team's machines ran unattended on the days from `since` until before `until`
        (days since 1970): stream, day, running time (µs), core-time (core-µs)."""
        sql = (
            "SELECT stream_id, day, running_us, core_us FROM unattended WHERE team = :team"
            " AND day >= :since AND day < :until"
        )
        found = await self.rows(sql, team=team, since=since, until=until)
        return [(str(one), day, ran, core) for one, day, ran, core in found]

    async def tellings(
        self, team: str, streams: Iterable[str], since: int, until: int
    ) -> list[Telling]:
        """The sessions of some of a team's streams that may have run between two instants (UTC
        µs)."""
        sql = (
            "SELECT stream_id, session_id, revision, spans FROM telling WHERE team = :team"
            " AND stream_id = :stream_id AND seen_at > :since AND started_at < :until"
        )

        async def work(run: Run) -> list[Telling]:
            found = []
            for stream_id in streams:
                of = {"team": team, "stream_id": stream_id, "since": since, "until": until}
                found += [self._telling(*row) for row in await run(sql, **of)]
            return found

        all_: list[Telling] = await self.in_transaction(work)
        return all_

    async def everything(
        self, team: str, stream_id: str
    ) -> tuple[list[tuple[str, tuple[int, ...]]], dict[int, tuple[int, int, int]]]:
        """The sessions of a stream with their days as in `Row`, and its sums of days: running time
        (µs), core-time (core-µs), sessions begun."""
        of = {"team": team, "stream_id": stream_id}

        async def work(run: Run) -> Any:
            kept = await run(
                "SELECT session_id, days FROM telling"
                " WHERE team = :team AND stream_id = :stream_id",
                **of,
            )
            sums = await run(
                "SELECT day, running_us, core_us, sessions FROM day"
                " WHERE team = :team AND stream_id = :stream_id",
                **of,
            )
            return kept, sums

        kept, sums = await self.in_transaction(work)
        return (
            [(str(session), tuple(self.numbers(days))) for session, days in kept],
            {day: (running, core, n) for day, running, core, n in sums},
        )

    async def stretches(
        self,
        team: str,
        since: int,
        until: int,
        begin: Callable[[], _T],
        take: Callable[[_T, str, Stretch], None],
    ) -> _T:
        """What comes of all stretches in which the machines of a team may have run between two
        instants (UTC µs): `take` is given what `begin` made, the stream's id, and each stretch."""
        sql = (
            "SELECT stream_id, spans FROM telling WHERE team = :team AND seen_at > :since"
            " AND started_at < :until"
        )

        def take_rows(found: _T, rows: Rows) -> None:
            for stream_id, spans in rows:
                numbers = iter(self.numbers(spans))
                for stretch in zip(numbers, numbers, numbers, strict=True):
                    take(found, str(stream_id), stretch)

        return await self.folded(sql, begin, take_rows, team=team, since=since, until=until)

    def _telling(self, stream_id: str, session_id: str, revision: int, spans: Any) -> Telling:
        numbers = iter(self.numbers(spans))
        stretches = tuple(zip(numbers, numbers, numbers, strict=True))
        return Telling(str(stream_id), str(session_id), revision, stretches)

    async def revoke(self, team: str, stream_id: str, now: int) -> None:
        """Revoke the tokens of a stream. What it told stays. Raises NotThere."""
        sql = (
            "UPDATE token SET revoked_at = :now WHERE team = :team AND stream_id = :stream_id"
            " AND revoked_at = 0 RETURNING prefix"
        )
        if not await self.rows(sql, team=team, stream_id=stream_id, now=now):
            raise NotThere

    # --- age

    async def kept_since(self, team: str) -> int:
        """Since which day (since 1970) a team keeps anything; 0: always. Raises NotThere."""
        found = await self.rows(_KEPT_SINCE, team=team)
        if not found:
            raise NotThere
        return int(found[0][0])

    async def forget_before(self, team: str, day: int) -> int:
        """Delete what a team has of the time before a day (since 1970), and take nothing of it any
        more; how many sessions that were. A session that went on until after it stays. Streams
        that told nothing since are deleted with their tokens. Raises NotThere.

        Each stream is a transaction of its own: where it is cut off, it is only to be run again.
        """
        sql = (
            "UPDATE team SET kept_since = :day WHERE team = :team AND kept_since <= :day"
            " RETURNING team"
        )
        if not await self.rows(sql, team=team, day=day):
            day = await self.kept_since(team)
        gone = 0
        for stream in await self.streams(team):
            gone += await self._forget_of(team, stream.stream_id, day)
        return gone

    async def _forget_of(self, team: str, stream_id: str, day: int) -> int:
        of = {"team": team, "stream_id": stream_id}

        async def work(run: Run) -> int:
            gone = await run(
                "DELETE FROM telling WHERE team = :team AND stream_id = :stream_id"
                " AND seen_at < :at RETURNING session_id",
                **of,
                at=day * DAY_US,
            )
            for statement in _FORGET_DAYS:
                await run(statement, **of, day=day)
            silent = await run(_SILENT, **of, at=day * DAY_US)
            for statement in _DELETE_STREAM if silent else ():
                await run(statement, **of)
            return len(gone)

        found: int = await self.in_transaction(work)
        return found

    # --- viewers

    async def add_viewer(self, viewer: Secret, name: str, now: int) -> None:
        """Let a viewer see a team. Raises AlreadyThere, NotThere."""

        async def work(run: Run) -> None:
            if not await run("SELECT 1 FROM team WHERE team = :team", team=viewer.team):
                raise NotThere
            sql = (
                "INSERT INTO viewer (team, viewer, hash, added_at) VALUES (:team, :name, :hash,"
                " :now) ON CONFLICT DO NOTHING RETURNING viewer"
            )
            values = {"team": viewer.team, "name": name, "hash": viewer.hash, "now": now}
            if not await run(sql, **values):
                raise AlreadyThere

        await self.in_transaction(work)

    async def viewers(self, team: str) -> list[str]:
        """The names of a team's viewers."""
        sql = "SELECT viewer FROM viewer WHERE team = :team ORDER BY viewer"
        return [str(name) for (name,) in await self.rows(sql, team=team)]

    async def viewer_hashes(self, team: str) -> list[tuple[str, bytes]]:
        """The viewers of a team, with the hashes of their secrets."""
        sql = "SELECT viewer, hash FROM viewer WHERE team = :team"
        return [(str(name), bytes(hash_)) for name, hash_ in await self.rows(sql, team=team)]

    async def viewer(self, given: Secret) -> str:
        """The viewer whose secret this is. Raises NotAllowed."""
        sql = "SELECT viewer FROM viewer WHERE team = :team AND hash = :hash"
        found = await self.rows(sql, team=given.team, hash=given.hash)
        if not found:
            raise NotAllowed
        return str(found[0][0])

    async def remove_viewer(self, team: str, name: str) -> None:
        """Raises NotThere."""
        sql = "DELETE FROM viewer WHERE team = :team AND viewer = :name RETURNING viewer"
        if not await self.rows(sql, team=team, name=name):
            raise NotThere
