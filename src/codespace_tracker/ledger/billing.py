"""What the ledger holds of GitHub's own figures: lines of its usage report, each once, and whose
use they are."""

from __future__ import annotations

from codespace_tracker.core.calendar import month_bounds
from codespace_tracker.core.clock import DAY_US
from codespace_tracker.core.record import Record
from codespace_tracker.ledger.billed import Billed, Period
from codespace_tracker.ledger.connect import LedgerError, connect_reader
from codespace_tracker.ledger.sqlite import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any


class Line(Record):
    """A line of GitHub's usage report: a day of UTC (its start, UTC µs), machine size, repository,
    core-time in core-µs, what was charged for it in millionths of a US dollar (None: not told), and
    storage in billionths of a GB-month. Storage has 0 cores and no core-time.

    `person` used it (empty: the account that the report is of), and `organization`, if not empty,
    pays for it. With `is_month` it is the sum of the month that begins on that day.
    """

    day: int
    cores: int
    repository: str
    core_us: int
    net_micros: int | None
    storage: int = 0
    person: str = ""
    organization: str = ""
    cost_center: str = ""
    is_month: bool = False

    @property
    def account(self) -> tuple[str, str]:
        """Whose bill it is on: an organisation's, or a person's own."""
        return (self.organization, "") if self.organization else ("", self.person)

    def is_of(self, user: str) -> bool:
        """Whether it counts against the quota of a user: it is theirs, and they pay for it."""
        is_theirs = not self.person or self.person.lower() == user.lower()
        return is_theirs and not self.organization


class Stretch(Record):
    """What a report tells of, from an instant on and before another (UTC µs): the days within, or
    (`is_month`) the month as one sum. What has no line there was not used."""

    since: int
    until: int
    is_month: bool = False


class Forgotten(Record):
    """What was taken away: how many days, months told as one sum, and lines; and on how many of the
    days there was use."""

    days: int
    months: int
    lines: int
    used_days: int = 0


_OWN = ("", "")
"""The account of a report that says neither a person nor an organisation: the user's own."""

_LINE = (
    "start, cores, repository, core_us, net_micros, storage, person, organization, cost_center, "
    "is_month"
)
_KEY = "start = ? AND is_month = ? AND organization = ? AND (organization <> '' OR person = ?)"


class Billing(Billed):
    """GitHub's figures in an open ledger, and how reports change them. All methods raise
    LedgerError; changes belong into a transaction."""

    def put(
        self,
        lines: Sequence[Line],
        as_of: int,
        stretches: Sequence[Stretch] = (),
        *,
        is_whole: bool = True,
    ) -> int:
        """Keep the lines of a report of the instant `as_of`; of how many days and months they told
        something new.

        Of each day the latest report of an account counts, whole: it takes the place of what was
        told before. The report holds each line once: add up what a file repeats before. `stretches`
        say which days it tells of, also without a line; a report without any line is of the user's
        own account.

        A day whose figures are known already keeps the moment at which they were first told:
        GitHub's figures come hours after the use, and what was counted here since is not in them.
        With `is_whole` false a day is not taken for settled: a line of it may be missing.
        """
        periods: dict[tuple[int, bool, tuple[str, str]], list[Line]] = {}
        accounts = {line.account for line in lines} or {_OWN}
        for since, until, is_month in stretches:
            starts = [since] if is_month else range(since, min(until, as_of + 1), DAY_US)
            periods.update(
                {(start, is_month, account): [] for start in starts for account in accounts}
            )
        for line in lines:
            periods.setdefault((line.day, line.is_month, line.account), []).append(line)
        changed = {
            key[:2]
            for key, period_lines in sorted(periods.items())
            if self._put_period(
                Period(*key, as_of, as_of), sorted(period_lines, key=_order), is_whole=is_whole
            )
        }
        for account in accounts:
            self._replace_sums(stretches, account, as_of)
        return len(changed)

    def without_losses(self, lines: Sequence[Line]) -> tuple[list[Line], set[int]]:
        """For a report that could not be read whole: its lines but for those days of which more is
        known, and those days (their starts, UTC µs)."""
        reported = {line._replace(core_us=0, net_micros=0, storage=0): line for line in lines}
        stored = [
            line
            for start, is_month in sorted({(line.day, line.is_month) for line in lines})
            for line in self.lines(start, start + 1)
            if line.is_month == is_month
        ]

        def is_less(line: Line) -> bool:
            now = reported.get(line._replace(core_us=0, net_micros=0, storage=0))
            return now is None or now.core_us < line.core_us or now.storage < line.storage

        losing = {line.day for line in stored if is_less(line)}
        return [line for line in lines if line.day not in losing], losing

    def confirm(self, since: int, until: int, as_of: int) -> None:
        """A report of the user's own account, of the instant `as_of`, tells of the days from
        `since` on and before `until` (UTC µs) what is known of them already, and so that nothing
        was used on the others."""
        known = [
            line for line in self.lines(since, until) if not line.is_month and line.account == _OWN
        ]
        self.put(known, as_of, [Stretch(since, until)])

    def forget(self, since: int, until: int) -> Forgotten:
        """Take away all that was told of days that begin from `since` on and before `until` (UTC
        µs), and of months that do; the next fetch asks GitHub for all again."""
        value = self._ledger.value
        periods = (
            "SELECT count(DISTINCT start) FROM billed_period WHERE start >= ? AND start < ? AND "
            "is_month = ?"
        )
        days, months = (int(value(periods, since, until, is_month)) for is_month in (0, 1))
        used = (
            "SELECT count(DISTINCT start) FROM billed_line WHERE start >= ? AND start < ? AND "
            "is_month = 0"
        )
        used_days = int(value(used, since, until))
        for table in ("billed_period", "billed_line"):
            lines = self._ledger.change(
                f"DELETE FROM {table} WHERE start >= ? AND start < ?", since, until
            )
        self._ledger.change("DELETE FROM billed_answer")
        return Forgotten(days, months, lines, used_days)

    def _put_period(self, now: Period, lines: list[Line], *, is_whole: bool) -> bool:
        before = self.period(now.start, now.account, is_month=now.is_month)
        key = (now.start, int(now.is_month), *now.account)
        rows = self._ledger.rows(f"SELECT {_LINE} FROM billed_line WHERE {_KEY}", *key)
        stored = sorted(map(_line, rows), key=_order)
        if before is not None and max(before.as_of, before.seen_at) > now.as_of:
            return False
        first, is_known = now.as_of, before is not None and stored == lines
        if before is not None and (is_known or _sums(stored) == _sums(lines)):
            first = before.as_of
        seen_at = now.seen_at if is_whole else min(now.seen_at, now.start + DAY_US)
        self._ledger.change(
            "INSERT OR REPLACE INTO billed_period VALUES (?,?,?,?,?,?)", *key, first, seen_at
        )
        if is_known:
            return False
        self._ledger.change(f"DELETE FROM billed_line WHERE {_KEY}", *key)
        for line in lines:
            values = (*line[:-1], int(line.is_month))
            self._ledger.change(
                f"INSERT INTO billed_line ({_LINE}) VALUES (?,?,?,?,?,?,?,?,?,?)", *values
            )
        return bool(stored or lines)

    def _replace_sums(
        self, stretches: Iterable[Stretch], account: tuple[str, str], as_of: int
    ) -> None:
        """Drop a month's sum where a later report has all its days."""
        for since, until, is_month in stretches:
            if is_month:
                continue
            for sum_ in self.periods(since, until):
                covers = until >= min(month_bounds(sum_.start)[1], sum_.as_of)
                if sum_.is_month and sum_.account == account and sum_.seen_at <= as_of and covers:
                    for table in ("billed_line", "billed_period"):
                        self._ledger.change(
                            f"DELETE FROM {table} WHERE {_KEY}", sum_.start, 1, *account
                        )

    def take_over(self, path: str) -> bool:
        """Keep what a ledger that lies at `path`, damaged perhaps, tells of days, where it is
        newer; whether all of it could be read. The file stays as it is. Raises LedgerError."""
        by_period: dict[Period, list[Line]] = {}
        is_whole = True
        try:
            for period, line in _rows_at(path):
                by_period.setdefault(period, []).extend([line] if line else [])
        except (LedgerError, sqlite3.Error, ValueError):
            is_whole = False
        for period, lines in sorted(by_period.items(), key=lambda one: one[0]):
            stored = self.period(period.start, period.account, is_month=period.is_month)
            if stored is None or stored.seen_at <= period.seen_at:
                self._put_period(
                    period._replace(seen_at=period.as_of), sorted(lines, key=_order), is_whole=True
                )
                self._put_period(
                    period._replace(as_of=period.seen_at), sorted(lines, key=_order), is_whole=True
                )
        return is_whole

    def newest(self) -> int:
        """The instant of the newest report that a figure is of (UTC µs); 0 where there is none."""
        return int(self._ledger.value("SELECT max(max(as_of, seen_at)) FROM billed_period") or 0)

    def period(
        self, start: int, account: tuple[str, str] = _OWN, *, is_month: bool = False
    ) -> Period | None:
        """What is known of the reports that told of a day or a month; None if none did."""
        sql = (
            "SELECT as_of, seen_at FROM billed_period WHERE start=? AND is_month=? AND "
            "organization=? AND person=?"
        )
        rows = self._ledger.rows(sql, start, int(is_month), *account)
        return Period(start, is_month, account, *rows[0]) if rows else None

    def lines(self, since: int, until: int) -> list[Line]:
        """The lines for days and months that begin from `since` on and before `until` (UTC µs), in
        their order."""
        rows = self._rows(
            f"SELECT {_LINE} FROM billed_line WHERE start >= ? AND start < ? ORDER BY start, "
            "repository, cores",
            *(since, until),
        )
        return [_line(row) for row in rows]

    def etag(self, month: str) -> str:
        """The entity tag of GitHub's last answer for a month (YYYY-MM); empty if there was none."""
        return str(self._ledger.value("SELECT etag FROM billed_answer WHERE month=?", month) or "")

    def put_etag(self, month: str, etag: str) -> None:
        """Keep the entity tag of an answer whose lines are kept."""
        self._ledger.change("INSERT OR REPLACE INTO billed_answer VALUES (?, ?)", month, etag)


def _line(row: Sequence[object]) -> Line:
    """A line from the columns of `_LINE`."""
    return Line._make([*row[:-1], bool(row[-1])])


def _order(line: Line) -> tuple[object, ...]:
    return (line.cores, *line[2:3], *line[6:9])


def _sums(lines: Iterable[Line]) -> dict[tuple[str, str], int]:
    """Core-time by person and organisation: a repository may be written in more ways than one."""
    found: dict[tuple[str, str], int] = {}
    for line in lines:
        whose = line.person, line.organization
        found[whose] = found.get(whose, 0) + line.core_us
    return {whose: core_us for whose, core_us in found.items() if core_us}


_LARGEST = 1 << 60
_OF_LINE = ", ".join(f"l.{name}" for name in _LINE.split(", ") if name not in ("start", "is_month"))
_NEW = f"""
    SELECT {_OF_LINE},
           p.start, p.is_month, p.organization, p.person, p.as_of, p.seen_at
    FROM billed_period p LEFT JOIN billed_line l ON l.start = p.start AND l.is_month = p.is_month
    AND l.organization = p.organization AND (p.organization <> '' OR l.person = p.person)
"""
_OLD = """
    SELECT cores, repository, core_us, net_micros, 0, '', '', '', day, 0, '', '', as_of, as_of
    FROM billed
"""


def _rows_at(path: str) -> Iterator[tuple[Period, Line | None]]:
    """The periods and lines in a ledger that is not to be changed, as far as they can be read; one
    of an older form has no periods. Raises LedgerError, sqlite3.Error, ValueError."""
    connection = connect_reader(path)
    try:
        is_old = (
            connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'billed'").fetchone()
            is not None
        )
        for row in connection.execute(_OLD if is_old else _NEW):
            yield _checked(row)
    finally:
        connection.close()


def _checked(row: Sequence[Any]) -> tuple[Period, Line | None]:
    """A row of `_rows_at` as what it is. Raises ValueError for one that was never written so."""
    start, is_month, organization, person, as_of, seen_at = row[8:]
    cores, repository, core_us, net, storage, *texts = row[:8]
    has_line = cores is not None
    numbers = [
        start,
        is_month,
        as_of,
        seen_at,
        *([cores, core_us, net or 0, storage] if has_line else []),
    ]
    names = [organization, person, *([repository, *texts] if has_line else [])]
    if any(not isinstance(value, int) or abs(value) > _LARGEST for value in numbers):
        raise ValueError("a number that was never written so")
    if any(not isinstance(value, str) for value in names):
        raise ValueError("a text that was never written so")
    period = Period(start, bool(is_month), (organization, person), as_of, seen_at)
    return period, Line._make([start, *row[:8], bool(is_month)]) if has_line else None
