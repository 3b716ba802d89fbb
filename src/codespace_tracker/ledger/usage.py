"""What reports ask of the ledger: stretches of running time, and their sums, between two instants (UTC µs)."""

from collections.abc import Iterator
from typing import NamedTuple

from codespace_tracker.ledger.store import Ledger

_RAN = "coalesce(p.running_us, s.running_us - p.offset_us)"
_WITHIN = f"min(p.started_at + {_RAN}, :until) - max(p.started_at, :since)"
_FROM = f"""
    FROM span p JOIN session s ON s.number = p.session
    WHERE p.started_at < :until AND p.started_at + {_RAN} > :since
"""


class Sum(NamedTuple):
    """The use of one repository or one machine size: its name, how many sessions, running time and core-time in µs."""

    name: str
    sessions: int
    running_us: int
    core_us: int


class SessionSum(NamedTuple):
    """What one session used within the time asked for: its number, its start (UTC µs), its repository, µs, core-µs."""

    number: int
    started_at: int
    repository: str
    running_us: int
    core_us: int


def stretches(ledger: Ledger, since: int, until: int) -> Iterator[tuple[int, int, int]]:
    """Each span that has part in the time, whole, the open one as of its last heartbeat: its start (UTC µs), running
    time (µs) and cores."""
    rows = ledger.connection.execute(
        "SELECT p.started_at, p.running_us, p.cores FROM span p"
        " WHERE p.running_us > 0 AND p.started_at < :until AND p.ended_at > :since"
        f" UNION ALL SELECT p.started_at, {_RAN}, p.cores {_FROM} AND p.running_us IS NULL",
        {"since": since, "until": until},
    )
    yield from rows


def begun(ledger: Ledger, since: int, until: int) -> int:
    """How many sessions began within the time."""
    return int(ledger.value("SELECT count(*) FROM session WHERE started_at >= ? AND started_at < ?", since, until))


def core_us(ledger: Ledger, since: int, until: int) -> int:
    """The core-time (core-µs) within the time, that of the open span as of its last heartbeat."""
    sql = (
        "SELECT coalesce(sum((min(ended_at, ?2) - max(started_at, ?1)) * cores), 0) FROM span"
        " WHERE running_us IS NOT NULL AND ended_at > ?1 AND started_at < ?2"
    )
    total = int(ledger.value(sql, since, until))
    current = ledger.rows(
        f"SELECT p.started_at, {_RAN}, p.cores FROM span p JOIN session s ON s.number = p.session"
        " WHERE p.running_us IS NULL"
    )
    for start, ran, cores in current:
        total += max(0, min(start + ran, until) - max(start, since)) * cores
    return total


def by_session(ledger: Ledger, since: int, until: int) -> list[SessionSum]:
    """Each session that ran within the time, oldest first."""
    return [
        SessionSum._make(row)
        for row in ledger.connection.execute(
            f"SELECT s.number, s.started_at, s.repository, sum({_WITHIN}), sum(({_WITHIN}) * p.cores) {_FROM}"
            " GROUP BY s.number ORDER BY s.number",
            {"since": since, "until": until},
        )
    ]


def by_repository(ledger: Ledger, since: int, until: int) -> list[Sum]:
    """Each repository, the most used first; one that is not known has no name."""
    return _sums(ledger, "s.repository", since, until)


def repository_of(ledger: Ledger, number: int) -> str:
    """The repository of a session; empty where it is not known."""
    return str(ledger.value("SELECT repository FROM session WHERE number=?", number) or "")


def by_machine(ledger: Ledger, since: int, until: int) -> list[Sum]:
    """Each machine size, the most used first; its name is the number of its cores."""
    return _sums(ledger, "p.cores", since, until)


def _sums(ledger: Ledger, column: str, since: int, until: int) -> list[Sum]:
    rows = ledger.connection.execute(
        f"SELECT {column}, count(DISTINCT s.number), sum({_WITHIN}), sum(({_WITHIN}) * p.cores) {_FROM}"
        f" GROUP BY {column} ORDER BY 4 DESC",
        {"since": since, "until": until},
    )
    return [Sum(str(row[0]), *row[1:]) for row in rows]
