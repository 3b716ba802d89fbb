"""What the rows of a usage report tell of: single days, or whole months as one sum each.

GitHub's API answers without `year` and `month`, or with `year` alone, with one row for each month
and SKU, dated the 1st, with one arbitrary repository; in January it may carry the time of the first
use instead. Taken for the use of that one day, a month would count twice. What could be either is
taken for the month's sum: that never counts twice.
"""

from typing import Any, Literal, NamedTuple

from codespace_tracker.core.calendar import UTC, month_bounds
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.ledger.billing import Stretch


class Dates(NamedTuple):
    """Which days and months a report tells of; the days (starts, UTC µs) whose rows are a month's
    sum; and the starts of those months that may be their first day's use alone."""

    stretches: list[Stretch]
    sums: frozenset[int]
    doubtful: list[int]


class _Month:
    """The rows of one calendar month: their instants, and whether there is more than one of a
    kind."""

    def __init__(self) -> None:
        self.instants: set[int] = set()
        self.kinds: set[Any] = set()
        self.is_repeated = False

    def is_dated_as_sum(self, start: int) -> bool:
        """Whether the rows are dated as a month's sum is: the 1st, or (January) a moment of some
        day."""
        is_january = UTC.date(start)[5:7] == "01"
        return all(
            instant == start or (is_january and instant % HOUR_US != 0) for instant in self.instants
        )


class Shape:
    """Sees each row of a report pass, and says then what it tells of.

    `is_answer` says that it is an answer of the API, `summary` that it is one of the summary
    endpoint, of a month or a day; `month` that it was asked for one month (its bounds, UTC µs), and
    so is by day.
    """

    def __init__(
        self,
        *,
        is_answer: bool,
        summary: Literal["month", "day"] | None = None,
        month: tuple[int, int] | None = None,
    ) -> None:
        self._is_answer = is_answer
        self._summary = summary
        self._month = month
        self._months: dict[int, _Month] = {}
        self._by_day: dict[int, _Month] = {}

    def add(self, instant: int, kind: tuple[object, ...] | None) -> None:
        """A row: its date (UTC µs), and what it is of; None for another product."""
        month = self._by_day.get(instant // DAY_US)
        if month is None:
            month = self._months.setdefault(month_bounds(instant)[0], _Month())
            self._by_day[instant // DAY_US] = month
        month.instants.add(instant)
        if kind is not None:
            month.is_repeated = month.is_repeated or kind in month.kinds
            month.kinds.add(kind)

    def dates(self, now_us: int) -> Dates:
        """What the report tells of, at the instant `now_us` (UTC µs)."""
        if self._month is not None:
            return Dates([Stretch(*self._month)], frozenset(), [])
        months = self._months
        if not self._are_sums(now_us):
            return Dates(self._days(), frozenset(), [])
        sums = frozenset(
            instant // DAY_US * DAY_US for month in months.values() for instant in month.instants
        )
        stretches = [
            Stretch(start, month_bounds(start)[1], is_month=True) for start in sorted(months)
        ]
        is_doubtful = self._summary is None and (len(months) == 1 or self._is_repeated())
        return Dates(stretches, sums, sorted(months) if is_doubtful else [])

    def _are_sums(self, now_us: int) -> bool:
        if self._summary is not None:
            return self._summary == "month"
        if not all(month.is_dated_as_sum(start) for start, month in self._months.items()):
            return False
        if self._is_repeated() and not self._is_answer:
            return False
        if len(self._months) != 1:
            return len(self._months) > 1
        return (
            self._is_answer and now_us >= min(self._months) + DAY_US
        )  # before, the 1st is all that there is

    def _is_repeated(self) -> bool:
        """Whether a month has a SKU twice, which GitHub's sums do not have: other tools may split
        them by repository."""
        return any(month.is_repeated for month in self._months.values())

    def _days(self) -> list[Stretch]:
        """The days from the first to the last date of the report; all of a month of which the API
        told several."""
        days = []
        dates = sorted(
            {
                instant // DAY_US * DAY_US
                for month in self._months.values()
                for instant in month.instants
            }
        )
        if not self._is_answer:
            return [Stretch(dates[0], dates[-1] + DAY_US)] if dates else []
        for start, month in sorted(self._months.items()):
            within = {instant // DAY_US * DAY_US for instant in month.instants}
            whole = Stretch(start, month_bounds(start)[1])
            days.append(whole if len(within) > 1 else Stretch(min(within), min(within) + DAY_US))
        return days
