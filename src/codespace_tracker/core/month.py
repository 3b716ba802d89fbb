"""The month's rule: what a month has used, by GitHub's figures and by what was counted here.

GitHub's figures come hours late and are corrected for up to three days. So each day of UTC is one
of three:

- settled: it ended at least 72 hours before the report was made. GitHub's figure is the bill, and
  it alone counts.
- reported, not settled: the larger of what was counted here, and GitHub's figure plus what was
  counted here since.
- not reported: what was counted here.

A report may also give one sum for a whole month. It does not say which days it is of, so it never
takes the place of a day: the month is the larger of the sum of its days, and that sum plus what was
counted here since.
"""

from __future__ import annotations

from codespace_tracker.core.clock import DAY_US
from codespace_tracker.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

SETTLED_US = 3 * DAY_US
"""How long after its end a day's figure may still change."""

Counted: TypeAlias = "Callable[[int, int], int]"
"""The core-time in core-µs that was counted here between two instants (UTC µs)."""


class Day(Record):
    """What GitHub says that a user's codespaces used on a day of UTC, which begins at `start`.

    Core-time in core-µs, storage in billionths of a GB-month. `as_of` is the instant of the report
    that first gave this figure, `seen_at` that of the newest report that still gives it. Instants
    in UTC µs.
    """

    start: int
    core_us: int
    as_of: int
    seen_at: int = 0
    storage: int = 0

    def is_settled(self, at: int) -> bool:
        """Whether the figure will not change any more. A report dated later than `at` (now) counts
        as made now."""
        return self.start + DAY_US + SETTLED_US <= min(max(self.as_of, self.seen_at), at)


class Bucket(Record):
    """One sum for a whole month, as of the instant `as_of` (UTC µs). Amounts as in `Day`."""

    start: int
    core_us: int
    as_of: int
    storage: int = 0


class Used(Record):
    """Core-time in core-µs: GitHub's figures; what was counted here on top of them; and what was
    counted here on settled days beyond GitHub's figure, which is not on the bill and not part of
    the sum."""

    billed: int
    own: int
    off_bill: int = 0

    @property
    def total(self) -> int:
        """What counts."""
        return self.billed + self.own


class MonthUsed(Record):
    """A month's use. `excess` is the part of it that only a month's sum tells of, up to the instant
    `as_of` of that sum; `is_settled` says that nothing can be added to it any more."""

    used: Used
    is_settled: bool
    excess: int = 0
    as_of: int = 0


def used_between(counted: Counted, days: Iterable[Day], since: int, until: int, at: int) -> Used:
    """The core-time used from one instant to a later one, as things stand at the instant `at`
    (now).

    If a day is only partly within, GitHub's figure counts by that part.
    """
    billed, own, off_bill = 0, counted(since, until), 0
    for day in days:
        first, last = max(day.start, since), min(day.start + DAY_US, until)
        if first >= last:
            continue
        settled = day.is_settled(at)
        end = day.start + DAY_US
        as_of = end if settled else max(day.start + 1, min(day.as_of, end, at))
        part = day.core_us * max(0, min(last, as_of) - first) // (as_of - day.start)
        here = counted(first, last)
        billed += part
        if settled:
            own -= here
            off_bill += max(0, here - part)
        else:
            since_then = counted(max(first, as_of), last) if last > as_of else 0
            own += max(here - part, since_then) - here
    return Used(billed, own, off_bill)


def month_used(
    counted: Counted, days: Iterable[Day], bucket: Bucket | None, month: tuple[int, int], at: int
) -> MonthUsed:
    """What the month with the bounds `month` has used up to the instant `at` (now)."""
    start, until = month[0], min(month[1], at)
    within = [day for day in days if start <= day.start < until]
    by_day = used_between(counted, within, start, until, at) if until > start else Used(0, 0)
    settled = sum(day.is_settled(at) for day in within) >= -((start - until) // DAY_US)
    if bucket is None:
        return MonthUsed(by_day, settled)
    as_of = max(start, min(bucket.as_of, until))
    since_then = counted(as_of, until) if as_of < until else 0
    total = max(by_day.total, bucket.core_us + since_then)
    billed = max(by_day.billed, bucket.core_us)
    used = Used(billed, total - billed, by_day.off_bill)
    is_final = month[1] + SETTLED_US <= min(bucket.as_of, at)
    return MonthUsed(used, settled or is_final, total - by_day.total, as_of)


def known_since(first_at: int, days: Iterable[Day], bucket: Bucket | None, month_start: int) -> int:
    """From when on the month is known (UTC µs): here, since the instant `first_at`, or by GitHub's
    figures."""
    if bucket is not None:
        return month_start
    told = {day.start for day in days}
    known = first_at
    while (
        day := (known - 1) // DAY_US * DAY_US
    ) in told:  # the day that `known` is in, or the one that ends at it
        known = day
    return max(known, month_start)
