"""What reports ask of the ledger: sums of running time and core-time between instants (UTC µs)."""

from __future__ import annotations

from itertools import pairwise

from codespace_tracker.core.record import Record
from codespace_tracker.core.usage import Usage, shared_out
from codespace_tracker.ledger.store import Ledger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_RAN = "coalesce(p.running_us, s.running_us - p.offset_us)"
_WITHIN = "min(p.started_at + p.ran, :until) - max(p.started_at, :since)"


# by the partial index
_ENDED_WITHIN = " FROM span WHERE running_us IS NOT NULL AND ended_at > ?1 AND ended_at <= ?2"
_OPEN = f"""
    SELECT s.number, p.started_at, {_RAN}, p.cores
    FROM span p JOIN session s ON s.number = p.session WHERE p.running_us IS NULL
"""


class Sum(Record):
    """The use of one repository or one machine size: its name, how many sessions, running time and
    core-time in µs."""

    name: str
    sessions: int
    running_us: int
    core_us: int


class SessionSum(Record):
    """What one session used within the time asked for: its number, its start (UTC µs), its
    repository, µs, core-µs."""

    number: int
    started_at: int
    repository: str
    running_us: int
    core_us: int


def by_period(ledger: Ledger, bounds: Sequence[int]) -> list[Usage]:
    """How much falls between each two neighbours of `bounds` (instants in UTC µs, growing), the
    open span as of its last heartbeat.

    SQLite sums the many spans that lie within one period; only those that pass a bound are cut
    here.
    """
    shares = shared_out(_passing(ledger, bounds), bounds)
    for n, period in enumerate(pairwise(bounds)):
        within = (
            "SELECT coalesce(sum(running_us), 0), coalesce(sum(running_us * cores), 0)"
            + _ENDED_WITHIN
        )
        [(running_us, core_us)] = ledger.rows(f"{within} AND started_at >= ?1", *period)
        shares[n] = Usage(shares[n].running_us + running_us, shares[n].core_us + core_us)
    return shares


def _passing(ledger: Ledger, bounds: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """The spans that pass a bound, and the open one, whole: start (UTC µs), running time (µs) and
    cores."""
    for period in pairwise(bounds):
        yield from ledger.rows(
            f"SELECT started_at, running_us, cores{_ENDED_WITHIN} AND started_at < ?1", *period
        )
    sql = (
        "SELECT started_at, running_us, cores FROM span WHERE running_us IS NOT NULL AND ended_at "
        "> ?1"
    )
    yield from ledger.rows(f"{sql} AND started_at < ?1", bounds[-1])
    yield from (row[1:] for row in ledger.rows(_OPEN))


def begun(ledger: Ledger, since: int, until: int) -> int:
    """How many sessions began within the time."""
    return int(
        ledger.value(
            "SELECT count(*) FROM session WHERE started_at >= ? AND started_at < ?", since, until
        )
    )


def sessions_between(ledger: Ledger, since: int, until: int) -> int:
    """How many sessions started before `until` and were seen at or after `since`."""
    counted = "SELECT count(*) FROM session WHERE started_at < ? AND last_seen_at >= ?"
    return int(ledger.value(counted, until, since))


def core_us(ledger: Ledger, since: int, until: int) -> int:
    """The core-time (core-µs) within the time, that of the open span as of its last heartbeat."""
    return used(ledger, since, until).core_us


def used(ledger: Ledger, since: int, until: int, beside: int | None = None) -> Usage:
    """How much falls within the time, the open span as of its last heartbeat; without that of the
    session with the number `beside`. One that another tracker left open in what is a copy counts as
    of its last heartbeat too."""
    sql = (
        "SELECT coalesce(sum(us), 0), coalesce(sum(us * cores), 0) FROM (SELECT min(ended_at, ?2) -"
        " max(started_at, ?1) AS us, cores FROM span WHERE running_us IS NOT NULL AND ended_at > ?1"
        " AND started_at < ?2)"
    )
    [(running_us, core)] = ledger.rows(sql, since, until)
    for number, start, ran, cores in ledger.rows(_OPEN):
        us = max(0, min(start + ran, until) - max(start, since)) if number != beside else 0
        running_us, core = running_us + us, core + us * cores
    return Usage(running_us, core)


def by_session(ledger: Ledger, since: int, until: int) -> list[SessionSum]:
    """Each session that ran within the time, the one that started first first."""
    return [
        SessionSum._make(row)
        for row in ledger.connection.execute(
            f"SELECT p.number, p.began, p.repository, sum({_WITHIN}), sum(({_WITHIN}) *"
            f" p.cores) {_from(ledger, since)} GROUP BY p.number ORDER BY p.began, p.number",
            {"since": since, "until": until},
        )
    ]


def by_repository(ledger: Ledger, since: int, until: int) -> list[Sum]:
    """Each repository, the most used first; one that is not known has no name."""
    return _sums(ledger, "p.repository", since, until)


def repository_of(ledger: Ledger, number: int) -> str:
    """The repository of a session; empty where it is not known."""
    return str(ledger.value("SELECT repository FROM session WHERE number=?", number) or "")


def by_machine(ledger: Ledger, since: int, until: int) -> list[Sum]:
    """Each machine size, the most used first; its name is the number of its cores."""
    return _sums(ledger, "p.cores", since, until)


def _from(ledger: Ledger, since: int) -> str:
    """The spans within the time, with what is told of their sessions. Those of a part of the
    history are found by the index; to read all of it by that takes longer than to read it as it
    lies."""
    spans = (
        "SELECT s.number, s.started_at AS began, s.repository, p.started_at, p.cores,"
        f" {_RAN} AS ran FROM span p JOIN session s ON s.number = p.session"
    )
    if since > (ledger.first_start() or 0):
        ended = "WHERE p.running_us IS NOT NULL AND p.ended_at > :since"
        spans = f"{spans} {ended} UNION ALL {spans} WHERE p.running_us IS NULL"
    return f"FROM ({spans}) p WHERE p.started_at < :until AND p.started_at + p.ran > :since"


def _sums(ledger: Ledger, column: str, since: int, until: int) -> list[Sum]:
    rows = ledger.connection.execute(
        f"SELECT {column}, count(DISTINCT p.number), sum({_WITHIN}), sum(({_WITHIN}) * p.cores)"
        f" {_from(ledger, since)} GROUP BY {column} ORDER BY 4 DESC",
        {"since": since, "until": until},
    )
    return [Sum(str(row[0]), *row[1:]) for row in rows]
