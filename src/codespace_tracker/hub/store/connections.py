"""Connections to PostgreSQL, which may vanish at any moment and be had again elsewhere.

Work is done on one of a few connections, and is tried again where that is right: after a deadlock,
on a new connection if an old one turned out to be dead, and on another server if this one only
reads. All that a hub does may be repeated, so "failed, but committed" does no harm.

A commit that was not copied to the synchronous standby ends with success and a warning (class
01000). Here that is a failure.
"""

from __future__ import annotations

import asyncio
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict

from codespace_tracker.failure import Failure
from codespace_tracker.hub.store.interface import Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    _T = TypeVar("_T")

_CONNECT_SECONDS = 5
_SECONDS = 20.0
"""For all of a piece of work, with its repetitions and the wait for a connection."""
_TRIES = 4
_OPTIONS = (
    "-c TimeZone=UTC -c statement_timeout=10000 -c lock_timeout=5000"
    " -c idle_in_transaction_session_timeout=10000"
    # the same few statements all the time, whose plans do not depend on values
    " -c plan_cache_mode=force_generic_plan -c jit=off"
)
_NOT_COPIED = "01000"
_NAMED = re.compile(r"(?<![:\w]):([a-z]\w*)")


class _Broken(Exception):
    """The connection cannot be used any more."""


class Link:
    """A connection, and whether a warning came with what was done on it."""

    def __init__(self, connection: AsyncConnection[tuple[Any, ...]]) -> None:
        self.connection = connection
        self.warned = ""
        connection.add_notice_handler(self._notice)

    def _notice(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        if diagnostic.sqlstate == _NOT_COPIED:
            self.warned = diagnostic.message_primary or "a warning"

    async def rows(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        """The rows of a statement with named values (`:team`)."""
        cursor = await self.connection.execute(named(sql), values)
        return await cursor.fetchall() if cursor.description else []


class Connections:
    """A few connections to the database at an address, shared by all requests of a process."""

    def __init__(self, url: str, size: int) -> None:
        """Raises Failure if it is no address."""
        self._given = _parts(url)
        self._url = url
        self._free: list[Link] = []
        self._turn = asyncio.Semaphore(size)
        self._is_closed = False

    async def close(self) -> None:
        """Close those that are free; those in use are closed as they come back."""
        self._is_closed = True
        await self._drop_free()

    async def run(self, work: Callable[[Link], Awaitable[_T]]) -> _T:
        """Do some work on a connection outside of transactions. Raises Unavailable, and what
        `work` raises beside psycopg's errors of connections and deadlocks."""
        try:
            return await asyncio.wait_for(self._run(work), _SECONDS)
        except asyncio.TimeoutError as error:
            raise Unavailable("the database did not answer in time") from error

    async def _run(self, work: Callable[[Link], Awaitable[_T]]) -> _T:
        async with self._turn:
            for left in reversed(range(_TRIES)):
                link = self._free.pop() if self._free else await self._connect()
                try:
                    found = await work(link)
                except (
                    psycopg.errors.DeadlockDetected,
                    psycopg.errors.SerializationFailure,
                ) as error:
                    await self._give_back(link)
                    if not left:
                        raise Unavailable(f"the database is busy ({error})") from error
                except (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction) as error:
                    # the others are probably dead too, or lead to the same server
                    await self._drop(link)
                    await self._drop_free()
                    if not left:
                        raise Unavailable(f"the database failed ({error})") from error
                except BaseException:
                    await self._give_back(link)
                    raise
                else:
                    warned = link.warned
                    await self._give_back(link)
                    if warned:
                        raise Unavailable(f"the database did not copy it ({warned})")
                    return found
        raise AssertionError("a last try either returns or raises")

    async def _connect(self) -> Link:
        defaults: dict[str, Any] = {"connect_timeout": _CONNECT_SECONDS, "options": _OPTIONS}
        try:
            connection = await AsyncConnection.connect(
                self._url,
                autocommit=True,
                **{key: value for key, value in defaults.items() if key not in self._given},
            )
        except psycopg.Error as error:
            why = " ".join(str(error).split())
            raise Unavailable(f"the database cannot be reached ({why})") from error
        return Link(connection)

    async def _give_back(self, link: Link) -> None:
        is_idle = (
            link.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
            and not link.connection.closed
        )
        if self._is_closed or not is_idle:
            await self._drop(link)
        else:
            link.warned = ""
            self._free.append(link)

    async def _drop(self, link: Link) -> None:
        await link.connection.close()

    async def _drop_free(self) -> None:
        while self._free:
            await self._drop(self._free.pop())


def _parts(url: str) -> dict[str, Any]:
    """The parts of an address. Raises Failure, which shows none of them: a password may have gone
    into the wrong one."""
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        given = {"port": "?"}
    hosts = str(given.get("host") or "").split(",")
    ports = str(given.get("port") or "").split(",")
    is_split = any("@" in one[1:] for one in (*hosts, str(given.get("dbname") or "")))
    if is_split or not all(map(str.isdecimal, filter(None, ports))):
        raise Failure(
            "this address of a database cannot be read. Fix: use postgresql://USER:PASSWORD@HOST/"
            "NAME. In a password, write signs such as @, / and % as %40, %2F and %25."
        )
    return given


@lru_cache(256)
def named(sql: str) -> bytes:
    """A statement with `:team` for values, as psycopg takes it."""
    return _NAMED.sub(r"%(\1)s", sql.replace("%", "%%")).encode()
