"""What the ledger holds of GitHub's own figures: lines of its usage report, each once."""

from collections.abc import Iterable
from typing import NamedTuple

from codespace_tracker.core.gauge import Day
from codespace_tracker.ledger.store import Ledger


class Line(NamedTuple):
    """A line of GitHub's usage report: a day of UTC (its start, UTC µs), machine size, repository, core-time in
    core-µs, and what was charged for it in millionths of a US dollar. Storage has 0 cores and no core-time."""

    day: int
    cores: int
    repository: str
    core_us: int
    net_micros: int


class Billing:
    """GitHub's figures in an open ledger. All methods raise LedgerError; changes belong into a transaction."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def put(self, lines: Iterable[Line], as_of: int) -> int:
        """Keep the lines of a report of the instant `as_of`; how many days they told something new of.

        A report tells all of its days: of each day the latest one counts, and takes the place of what was told before.
        It holds each day, size and repository once: add up what a file repeats before. A day whose sum is known
        already stays of the moment at which it was first told: GitHub's figures come hours after the use, and what was
        counted here since is not in them.
        """
        days: dict[int, list[Line]] = {}
        for line in lines:
            days.setdefault(line.day, []).append(line)
        return sum(self._put_day(day, sorted(told), as_of) for day, told in days.items())

    def _put_day(self, day: int, told: list[Line], as_of: int) -> bool:
        before = self._ledger.value("SELECT max(as_of) FROM billed WHERE day=?", day)
        known = sorted(self.lines(day, day + 1))
        if known == told or (before is not None and before > as_of):
            return False
        if known and sum(line.core_us for line in known) == sum(line.core_us for line in told):
            as_of = before
        self._ledger.change("DELETE FROM billed WHERE day=?", day)
        for line in told:
            self._ledger.change(
                "INSERT INTO billed (day, cores, repository, core_us, net_micros, as_of) VALUES (?,?,?,?,?,?)",
                *(*line, as_of),
            )
        return True

    def days(self, since: int) -> tuple[Day, ...]:
        """GitHub's figures by day, from the day of the instant `since` (UTC µs) on, as far as they were imported."""
        rows = self._ledger.rows(
            "SELECT day, sum(core_us), max(as_of) FROM billed WHERE day > ? - 86400000000 GROUP BY day ORDER BY day",
            since,
        )
        return tuple(Day(*row) for row in rows)

    def lines(self, since: int, until: int) -> list[Line]:
        """The lines for days that begin from `since` on and before `until` (UTC µs), in the order of the days."""
        rows = self._ledger.rows(
            "SELECT day, cores, repository, core_us, net_micros FROM billed WHERE day >= ? AND day < ?"
            " ORDER BY day, repository, cores",
            *(since, until),
        )
        return [Line._make(row) for row in rows]

    def etag(self, month: str) -> str:
        """The entity tag of GitHub's last answer for a month (YYYY-MM); empty if there was none."""
        return str(self._ledger.value("SELECT etag FROM billed_answer WHERE month=?", month) or "")

    def put_etag(self, month: str, etag: str) -> None:
        """Keep the entity tag of an answer whose lines are kept."""
        self._ledger.change("INSERT OR REPLACE INTO billed_answer VALUES (?, ?)", month, etag)
