"""The fuel gauge: what a billing month has used of its quota, on which basis, and how long the rest lasts.

The quota is shared by all codespaces of a user, and the tracker sees one. Where GitHub's own figures were imported,
they hold up to the moment that they are of, and what was counted here since is added.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.core.session import ClosedSpan
from codespace_tracker.core.usage import core_us_between

DOLLARS_A_CORE_HOUR = 0.09
"""GitHub's price of a core-hour beyond what a plan includes: its billing documentation, November 2026."""

SIZES = (2, 4, 8, 16, 32)
"""The machine sizes of GitHub Codespaces, in cores."""

WEEK_US = 7 * DAY_US


class Day(NamedTuple):
    """What GitHub says that all codespaces of a user used on a day of UTC, which begins at `start` (UTC µs)."""

    start: int
    core_us: int


class Billed(NamedTuple):
    """GitHub's figures by day, and the instant (UTC µs) that they are of."""

    as_of: int
    days: tuple[Day, ...]


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

    `billed` is the part that GitHub's figures tell (0 where there are none) up to `as_of` (None where there are none),
    `own` what was counted here: since then, or since the month began.
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


def billed_from(billed: Billed | None, month_start: int) -> int:
    """From which instant (UTC µs) of a billing month on use is counted here: GitHub's figures hold before it."""
    return month_start if billed is None else max(month_start, billed.as_of)


def gauge(
    spans: Sequence[ClosedSpan], billed: Billed | None, at: int, month: tuple[int, int], quota: int | None
) -> Gauge:
    """How the billing month `month` (its bounds) stands at an instant within it.

    Figures of GitHub's that are of an earlier month say nothing of this one.
    """
    start, end = month
    if billed is not None and billed.as_of <= start:
        billed = None
    told = 0 if billed is None else _billed_between(billed, start, at)
    own = core_us_between(spans, billed_from(billed, start), at)
    return Gauge(at, start, end, quota, told, billed.as_of if billed else None, own)


def pace_of_week(spans: Sequence[ClosedSpan], billed: Billed | None, now: Gauge, first_at: int) -> Pace | None:
    """The pace of the last seven days, which GitHub projects by; of fewer where counting began later (`first_at`)."""
    since = max(now.at - WEEK_US, _known_since(billed, first_at))
    return _pace(spans, billed, now, since)


def pace_of_month(spans: Sequence[ClosedSpan], billed: Billed | None, now: Gauge, first_at: int) -> Pace | None:
    """The pace of this billing month so far, from where counting began if that was within it."""
    since = max(now.month_start, _known_since(billed, first_at))
    return _pace(spans, billed, now, since)


def hours_left(core_us: int, cores: int) -> float:
    """The hours that a machine of so many cores can run on what is left (core-µs)."""
    return core_us / cores / HOUR_US


def dollars(core_us: int) -> float:
    """The estimated cost of core-time (core-µs) that no plan includes, in US dollars."""
    return core_us / HOUR_US * DOLLARS_A_CORE_HOUR


def used_between(spans: Iterable[ClosedSpan], billed: Billed | None, since: int, until: int) -> int:
    """The core-time used between two instants: GitHub's up to the moment that it is of, our own from then on."""
    own_since = since if billed is None else max(since, billed.as_of)
    told = 0 if billed is None else _billed_between(billed, since, until)
    return told + core_us_between(spans, own_since, max(own_since, until))


def _known_since(billed: Billed | None, first_at: int) -> int:
    days = billed.days if billed is not None else ()
    return min([first_at, *(day.start for day in days)])


def _pace(spans: Sequence[ClosedSpan], billed: Billed | None, now: Gauge, since: int) -> Pace | None:
    """The pace since an instant; None where that is less than a day ago: one evening says nothing of a month."""
    history = now.at - since
    if history < DAY_US:
        return None
    used = used_between(spans, billed, since, now.at)
    at_reset = now.used + used * (now.month_end - now.at) // history
    lasts_until = None
    if now.quota is not None and at_reset > now.quota and now.left is not None:
        lasts_until = now.at if not now.left else now.at + now.left * history // used
    return Pace(used * DAY_US // history, history, at_reset, lasts_until)


def _billed_between(billed: Billed, since: int, until: int) -> int:
    """GitHub's figures between two instants; a day that is only partly within counts by that part."""
    total = 0
    for day in billed.days:
        end = min(day.start + DAY_US, max(billed.as_of, day.start + 1))
        within = min(end, until) - max(day.start, since)
        if within > 0:
            total += day.core_us * within // (end - day.start)
    return total
