"""What displays ask of the ledger about presence: how running time and core-time between instants
(UTC µs) split.

A quarter hour counts where it begins. What is neither present nor absent is unknown: no one looked,
or it could not be known.
"""

from __future__ import annotations

from codespace_tracker.core.record import Record
from codespace_tracker.ledger.migrate import version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from codespace_tracker.ledger.database import Database

_FORM = 8
"""The form of a ledger since which it knows of presence."""

# the quarter hour that is being counted is in the row of a session that is open
_QUARTERS = """(
    SELECT session, quarter_at, present_us, absent_us, unknown_us FROM presence
    WHERE quarter_at >= ?1 AND quarter_at < ?2
    UNION ALL
    SELECT number, quarter_at, present_us, absent_us, unknown_us FROM session
    WHERE number IN (SELECT session FROM span WHERE running_us IS NULL)
    AND quarter_at >= ?1 AND quarter_at < ?2
) q"""
_QUARTER_US = 900_000_000
_CORES = f"""(
    SELECT cores FROM span p
    WHERE p.session = q.session AND p.started_at < q.quarter_at + {_QUARTER_US}
    ORDER BY p.n DESC LIMIT 1
)"""


class Split(Record):
    """How much of some running time (µs) or core-time (core-µs) someone was there, and how much no
    one was. Of the rest it is unknown."""

    present: int = 0
    absent: int = 0

    def plus(self, present: int, absent: int) -> Split:
        """With more of both."""
        return Split(self.present + present, self.absent + absent)

    def unknown_of(self, whole: int) -> int:
        """What is left of the whole."""
        return max(0, whole - self.present - self.absent)


class Quarter(Record):
    """A quarter hour of a session: when it began (UTC µs), and how much of it someone was there, no
    one was, and it is unknown (µs of running time)."""

    at: int
    session: int
    present: int
    absent: int
    unknown: int


def is_kept(ledger: Database) -> bool:
    """Whether the ledger has room for presence: one that a version before wrote has none."""
    return version(ledger.connection) >= _FORM


def last_seen(ledger: Database, session: int) -> tuple[int | None, int]:
    """As of a session's last heartbeat: the running time (µs) since which no one has been there,
    None where that is unknown; and when the newest sign of a person was (UTC µs), 0 for none."""
    if not is_kept(ledger):
        return None, 0
    rows = ledger.rows("SELECT idle_since_us, newest_at FROM session WHERE number=?", session)
    return (rows[0][0], rows[0][1]) if rows else (None, 0)


def running_time(ledger: Database, since: int, until: int) -> Split:
    """How the running time within the time splits."""
    return _one(ledger, f"SELECT sum(present_us), sum(absent_us) FROM {_QUARTERS}", since, until)


def core_time(ledger: Database, since: int, until: int) -> Split:
    """How the core-time within the time splits."""
    found = by_machine(ledger, since, until)
    return Split(
        sum(split.present * cores for cores, split in found.items()),
        sum(split.absent * cores for cores, split in found.items()),
    )


def by_machine(ledger: Database, since: int, until: int) -> dict[int, Split]:
    """How the running time splits, by the number of cores."""
    if not is_kept(ledger):
        return {}
    found: dict[int, Split] = {}
    # nearly every session has one number of cores: then it need not be looked up for each quarter
    for session, present, absent, least, most in ledger.rows(
        "SELECT session, present, absent,"
        " (SELECT min(cores) FROM span WHERE span.session = q.session),"
        " (SELECT max(cores) FROM span WHERE span.session = q.session)"
        " FROM (SELECT session, sum(present_us) AS present, sum(absent_us) AS absent"
        f" FROM {_QUARTERS} GROUP BY session) q",
        since,
        until,
    ):
        rows = [(most, present, absent)]
        if least != most:
            rows = ledger.rows(
                f"SELECT {_CORES}, sum(present_us), sum(absent_us) FROM {_QUARTERS}"
                " WHERE session = ?3 GROUP BY 1",
                *(since, until, session),
            )
        for cores, *parts in rows:
            found[cores or most] = found.get(cores or most, Split()).plus(*parts)
    return found


def by_session(ledger: Database, since: int, until: int) -> dict[int, Split]:
    """How the running time of each session splits, by its number."""
    return _grouped(ledger, "session", since, until)


def by_repository(ledger: Database, since: int, until: int) -> dict[str, Split]:
    """How the running time splits, by repository; one that is not known has no name."""
    name = "(SELECT repository FROM session s WHERE s.number = q.session)"
    return _grouped(ledger, name, since, until)


def of_session(ledger: Database, number: int) -> list[Quarter]:
    """The quarter hours of a session, in order."""
    if not is_kept(ledger):
        return []
    rows = ledger.rows(
        "SELECT quarter_at, session, present_us, absent_us, unknown_us FROM presence"
        " WHERE session = ?1 UNION ALL"
        " SELECT quarter_at, number, present_us, absent_us, unknown_us FROM session"
        " WHERE number = ?1 AND quarter_at IS NOT NULL ORDER BY 1",
        number,
    )
    return [Quarter(*row) for row in rows]


def quarters(ledger: Database, since: int, until: int) -> list[Quarter]:
    """The quarter hours that began within the time, in order; none where no one looked."""
    if not is_kept(ledger):
        return []
    rows = ledger.rows(
        "SELECT quarter_at, session, sum(present_us), sum(absent_us), sum(unknown_us)"
        f" FROM {_QUARTERS} GROUP BY quarter_at, session",
        since,
        until,
    )
    return [Quarter(*row) for row in rows]


def with_cores(ledger: Database, since: int, until: int) -> list[tuple[int, int, int, int]]:
    """The quarter hours that began within the time: when, the cores, and how much of it someone was
    there and no one was (µs of running time)."""
    if not is_kept(ledger):
        return []
    sql = f"SELECT quarter_at, {_CORES}, present_us, absent_us FROM {_QUARTERS}"
    rows = ledger.rows(sql, since, until)
    return [(at, cores or 1, present, absent) for at, cores, present, absent in rows]


def _one(ledger: Database, sql: str, since: int, until: int) -> Split:
    if not is_kept(ledger):
        return Split()
    [(present, absent)] = ledger.rows(sql, since, until)
    return Split(present or 0, absent or 0)


def _grouped(ledger: Database, by: str, since: int, until: int) -> dict[Any, Split]:
    if not is_kept(ledger):
        return {}
    rows = ledger.rows(
        f"SELECT {by}, sum(present_us), sum(absent_us) FROM {_QUARTERS} GROUP BY 1", since, until
    )
    return {row[0]: Split(*row[1:]) for row in rows}
