"""The fuel gauge: what a billing month has used of its quota, on which basis, and how long the rest lasts.

The quota is shared by all codespaces of a user, and the tracker sees one. Where GitHub's own figure of a day was
imported, it holds up to the moment that it is of, and what was counted here since is added; but a day is never less
than what was counted here in all, because GitHub's figures come hours late. Days that GitHub tells nothing of are our
own count.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from codespace_tracker.core.clock import DAY_US, HOUR_US

DOLLARS_A_CORE_HOUR = 0.09
"""GitHub's price of a core-hour beyond what a plan includes: its billing documentation, November 2026."""

SIZES = (2, 4, 8, 16, 32)
"""The machine sizes of GitHub Codespaces, in cores."""

WEEK_US = 7 * DAY_US


Counted = Callable[[int, int], int]
"""The core-time in core-µs that was counted here between two instants (UTC µs)."""


class Day(NamedTuple):
    """What GitHub says that all codespaces of a user used on a day of UTC, which begins at `start`.

    Core-time in core-µs; `as_of` is the instant that the figure is of. Instants in UTC µs.
    """

    start: int
    core_us: int
    as_of: int


class Used(NamedTuple):
    """Core-time in core-µs: GitHub's figures, and what was counted here and is not in them."""

    billed: int
    own: int


class Pace(NamedTuple):
    """A pace: core-µs a day, from how much history (µs), and what it leads to.

    `at_reset` is the use of the whole month at this pace, in core-µs; `lasts_until` the instant (UTC µs) at which the
    quota is used up, None where it lasts until the month's end or there is none.
    """

    core_us_a_day: int
    history_us: int
    at_reset: int
    lasts_until: int | None


class Gauge(NamedTuple):
    """A billing month as it stands at the instant `at`. Core-time in core-µs, instants in UTC µs.

    `billed` is the part that GitHub's figures of this month tell, the newest of them of the instant `as_of` (None where
    there are none); `own` is what was counted here and is not in them.
    """

    at: int
    month_start: int
    month_end: int
    quota: int | None
    billed: int
    as_of: int | None
    own: int

    @property
    def used(self) -> int:
        """What the month has used, in core-µs."""
        return self.billed + self.own

    @property
    def left(self) -> int | None:
        """What is left of the quota, not below 0; None without a quota."""
        return None if self.quota is None else max(0, self.quota - self.used)

    @property
    def percent(self) -> float | None:
        """The part of the quota that is used, in percent; None without a quota."""
        return None if not self.quota else self.used * 100 / self.quota


def gauge(counted: Counted, billed: Iterable[Day], at: int, month: tuple[int, int], quota: int | None) -> Gauge:
    """How the billing month `month` (its bounds) stands at an instant within it."""
    start, end = month
    days = [day for day in billed if start <= day.start < end]
    used = used_between(counted, days, start, at)
    return Gauge(at, start, end, quota, used.billed, max((day.as_of for day in days), default=None), used.own)


def used_between(counted: Counted, billed: Iterable[Day], since: int, until: int) -> Used:
    """The core-time used from one instant to a later one.

    Of a day that is partly within, GitHub's figure counts by that part.
    """
    told, own = 0, counted(since, until)
    for day in billed:
        first, last = max(day.start, since), min(day.start + DAY_US, until)
        if first >= last:
            continue
        as_of = min(max(day.as_of, day.start + 1), day.start + DAY_US)
        part = day.core_us * max(0, min(last, as_of) - first) // (as_of - day.start)
        here = counted(first, last)
        since_then = counted(max(first, as_of), last) if last > as_of else 0
        told += part
        own += max(here - part, since_then) - here
    return Used(told, own)


def pace_of_week(counted: Counted, billed: Iterable[Day], now: Gauge, first_at: int) -> Pace | None:
    """The pace of the last seven days, which GitHub projects by; of fewer where counting began later (`first_at`)."""
    return _pace(counted, billed, now, max(now.at - WEEK_US, _known_since(billed, first_at)))


def pace_of_month(counted: Counted, billed: Iterable[Day], now: Gauge, first_at: int) -> Pace | None:
    """The pace of this billing month so far, from where counting began if that was within it."""
    return _pace(counted, billed, now, max(now.month_start, _known_since(billed, first_at)))


def hours_left(core_us: int, cores: int) -> float:
    """The hours that a machine of so many cores can run on what is left (core-µs)."""
    return core_us / cores / HOUR_US


def dollars(core_us: int) -> float:
    """The estimated cost of core-time (core-µs) that no plan includes, in US dollars."""
    return core_us / HOUR_US * DOLLARS_A_CORE_HOUR


def _known_since(billed: Iterable[Day], first_at: int) -> int:
    return min([first_at, *(day.start for day in billed)])


def _pace(counted: Counted, billed: Iterable[Day], now: Gauge, since: int) -> Pace | None:
    """The pace since an instant; None where that is less than a day ago: one evening says nothing of a month."""
    history = now.at - since
    if history < DAY_US:
        return None
    used = sum(used_between(counted, billed, since, now.at))
    at_reset = now.used + used * (now.month_end - now.at) // history
    lasts_until = None
    if now.quota is not None and at_reset > now.quota and now.left is not None:
        lasts_until = now.at if not now.left else now.at + now.left * history // used
    return Pace(used * DAY_US // history, history, at_reset, lasts_until)
