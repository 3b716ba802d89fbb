"""Reading GitHub's own figures: what they come to, for commands that show them and for the daemon.
`billing` has the rest."""

from __future__ import annotations

from codespace_tracker.core.clock import DAY_US
from codespace_tracker.core.gauge import Figures
from codespace_tracker.core.month import Bucket, Day
from codespace_tracker.core.record import Record
from codespace_tracker.ledger.migrate import version
from codespace_tracker.ledger.store import Ledger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FORM = 6
"""The form of ledger from which on figures are kept so. One that the daemon has not brought up to
date yet is read as if it had none."""


class Period(Record):
    """A day or a month of an account that reports tell of: `as_of` and `seen_at` are those of
    `core.month.Day`."""

    start: int
    is_month: bool
    account: tuple[str, str]
    as_of: int
    seen_at: int


class Billed:
    """GitHub's figures in an open ledger. All methods raise LedgerError."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def periods(self, since: int, until: int) -> list[Period]:
        """The days and months that begin from `since` on and before `until` (UTC µs) and that
        reports told of."""
        rows = self._rows(
            "SELECT start, is_month, organization, person, as_of, seen_at FROM billed_period"
            " WHERE start >= ? AND start < ? ORDER BY start, is_month",
            *(since, until),
        )
        return [
            Period(start, bool(is_month), (of, person), *rest)
            for start, is_month, of, person, *rest in rows
        ]

    def figures(self, since: int, month_start: int, user: str) -> Figures:
        """GitHub's figures of what counts against a user's quota: by day, from the day of the
        instant `since` (UTC µs) on, and the sum of the month that begins at `month_start`, if a
        report gave one.

        Lines without a person are theirs; those of other persons, or that an organisation pays for,
        are not. Where a day was told of with and without their name, the newest report counts.
        """
        rows = self._rows(
            "SELECT p.start, p.is_month, coalesce(sum(l.core_us), 0), p.as_of, p.seen_at,"
            " coalesce(sum(l.storage), 0) FROM billed_period p LEFT JOIN billed_line l ON l.start"
            " = p.start AND l.is_month = p.is_month AND l.organization = '' AND l.person ="
            " p.person WHERE p.start > ? AND p.organization = '' AND (p.person = '' OR"
            " lower(p.person) = ?) GROUP BY p.start, p.is_month, p.person ORDER BY max(p.as_of,"
            " p.seen_at)",
            *(min(since, month_start + 1) - DAY_US, user.lower()),
        )
        days = {
            row[0]: Day(row[0], *row[2:]) for row in rows if not row[1] and row[0] > since - DAY_US
        }
        sums = [row for row in rows if row[1] and row[0] == month_start]
        bucket = None
        if sums:
            start, _, core_us, as_of, seen_at, storage = sums[-1]
            bucket = Bucket(start, core_us, max(as_of, seen_at), storage)
        return Figures(tuple(day for _, day in sorted(days.items())), bucket)

    def _rows(self, sql: str, *values: str | int) -> list[Any]:
        return self._ledger.rows(sql, *values) if version(self._ledger.connection) >= FORM else []
