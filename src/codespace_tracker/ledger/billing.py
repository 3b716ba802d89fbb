"""What the ledger holds of GitHub's own figures: lines of its usage report, each once."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from codespace_tracker.core.gauge import Day
from codespace_tracker.ledger.connect import LedgerError, connect_reader
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

    def without_losses(self, lines: Sequence[Line]) -> tuple[list[Line], set[int]]:
        """For a report that could not be read whole: its lines but for those days of which more is known, and those
        days (their starts, UTC µs)."""
        told = {(line.day, line.cores, line.repository): line.core_us for line in lines}
        days = sorted({line.day for line in lines})
        known = [line for day in days for line in self.lines(day, day + 1)]
        losing = {line.day for line in known if told.get((line.day, line.cores, line.repository), -1) < line.core_us}
        return [line for line in lines if line.day not in losing], losing

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

    def take_over(self, path: str) -> bool:
        """Keep what a ledger that lies at `path`, damaged perhaps, tells of days, where it is newer; whether all of it
        could be read. The file stays as it is. Raises LedgerError."""
        told: dict[tuple[int, int], list[Line]] = {}
        is_whole = True
        try:
            for row in _rows_at(path):
                told.setdefault((row[0], row[5]), []).append(Line._make(row[:5]))
        except (LedgerError, sqlite3.Error, ValueError):
            is_whole = False
        for (_, as_of), lines in sorted(told.items()):
            self.put(lines, as_of)
        return is_whole

    def newest(self) -> int:
        """The instant of the newest report that a figure is of (UTC µs); 0 where there is none."""
        return int(self._ledger.value("SELECT max(as_of) FROM billed") or 0)

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


_LARGEST = 1 << 60


def _rows_at(path: str) -> Iterator[tuple[int, int, str, int, int, int]]:
    """The lines in a ledger that is not to be changed, as far as they can be read. Raises LedgerError,
    sqlite3.Error, ValueError."""
    connection = connect_reader(path)
    try:
        for row in connection.execute("SELECT day, cores, repository, core_us, net_micros, as_of FROM billed"):
            day, cores, repository, *amounts = row
            if not isinstance(repository, str) or any(
                not isinstance(number, int) or abs(number) > _LARGEST for number in (day, cores, *amounts)
            ):
                raise ValueError("a row that was never written so")
            yield row
    finally:
        connection.close()
