"""The fuel gauge: what a billing month has used of its quota, on which basis, and how long the rest
lasts.

The quota is shared by all codespaces of a user, and the tracker sees one. How GitHub's figures and
what was counted here make up the month's figure is the rule of `core/month.py`.
"""

from __future__ import annotations

from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.core.month import Bucket, Counted, Day, known_since, month_used, used_between
from codespace_tracker.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

DOLLARS_A_CORE_HOUR = 0.09
"""GitHub's price of a core-hour beyond what a plan includes: its billing documentation, November
2026."""

SIZES = (2, 4, 8, 16, 32)
"""The machine sizes of GitHub Codespaces, in cores."""

WEEK_US = 7 * DAY_US

GB_MONTH = 1_000_000_000
"""A GB-month in the unit that storage is kept in."""


class Terms(Record):
    """What a plan includes each month: core-time (core-µs) and storage (billionths of a GB-month),
    None for nothing that is known; and whether what runs here counts against it."""

    quota: int | None
    storage: int | None = None
    counts: bool = True


class Figures(Record):
    """What GitHub says of a month: by day, and as one sum."""

    days: tuple[Day, ...] = ()
    bucket: Bucket | None = None


class Others(Record):
    """What the user's other codespaces counted: between two instants, and since when there is
    any (UTC µs)."""

    counted: Counted
    since: int


class Pace(Record):
    """A pace: core-µs a day, from how much history (µs), and what it leads to.

    `at_reset` is the use of the whole month at this pace, in core-µs; `lasts_until` the instant
    (UTC µs) at which the quota is used up, None where it lasts until the month's end or there is
    none.
    """

    core_us_a_day: int
    history_us: int
    at_reset: int
    lasts_until: int | None


class Paces(Record):
    """The pace of the last seven days and that of the month; None where there is too little history
    for one."""

    week: Pace | None = None
    month: Pace | None = None


class Gauge(Record):
    """A billing month at the instant `at`. Core-time in core-µs, instants in UTC µs.

    `billed` is the part that GitHub's figures of this month tell, the newest of them of the instant
    `as_of` (None where there are none); `own` is what was counted here on top of them. `off_bill`
    was counted here and is not on the bill; it is in neither. `is_settled` says that nothing can be
    added any more. `known_since` is when the figures begin.

    `counts` says whether what runs here counts against a quota of the user's. If it does not, the
    quota is only there beside GitHub's figures, and `own` is what ran here if there are none.
    Storage is in billionths of a GB-month, None where GitHub's figures tell nothing.

    `has_fleet` says that other codespaces tell what they counted, which counts too: `others` is
    that, in core-µs, before GitHub's figures are considered.
    """

    at: int
    month_start: int
    month_end: int
    quota: int | None
    billed: int
    as_of: int | None
    own: int
    off_bill: int = 0
    is_settled: bool = False
    counts: bool = True
    known_since: int = 0
    storage: int | None = None
    storage_quota: int | None = None
    excess: int = 0
    excess_until: int = 0
    has_fleet: bool = False
    others: int = 0

    @property
    def used(self) -> int:
        """What the month has used, in core-µs."""
        return self.billed + self.own

    @property
    def grows(self) -> bool:
        """Whether what runs here adds to `used`."""
        return self.counts or (self.as_of is None and not self.has_fleet)

    @property
    def is_at_least(self) -> bool:
        """Whether more may be added for what was used already. What only ran here, against no
        quota, is known exactly."""
        return not self.is_settled and (self.counts or self.as_of is not None or self.has_fleet)

    @property
    def left(self) -> int | None:
        """What is left of the quota, not below 0; None without a quota."""
        return None if self.quota is None else max(0, self.quota - self.used)

    @property
    def percent(self) -> float | None:
        """The part of the quota that is used, in percent; None without a quota."""
        return None if not self.quota else self.used * 100 / self.quota

    @property
    def storage_percent(self) -> float | None:
        """The part of the included storage that is used, in percent; None where either is not
        known."""
        return (
            None
            if not self.storage_quota or self.storage is None
            else self.storage * 100 / self.storage_quota
        )


def gauge(
    counted: Counted,
    figures: Figures,
    at: int,
    month: tuple[int, int],
    terms: Terms,
    first_at: int | None = None,
    others: Others | None = None,
) -> Gauge:
    """The gauge of the billing month `month` (its bounds) at an instant within it.

    `first_at` is when counting began here (UTC µs), None for before the month. `others` is what
    the user's other codespaces counted; None if they tell nothing.
    """
    start, end = month
    days = [day for day in figures.days if start <= day.start < end and day.start < at]
    bucket = figures.bucket
    as_ofs = [max(day.as_of, day.seen_at) for day in days] + (
        [bucket.as_of] if bucket is not None else []
    )
    as_of = max(as_ofs, default=None)
    if others is not None and first_at is not None:
        first_at = min(first_at, others.since)
    is_alone = as_of is None and others is None
    here = together(counted if terms.counts or is_alone else nothing_counted, others)
    usage = month_used(here, days, bucket, month, at)
    storage = max(sum(day.storage for day in days), bucket.storage if bucket is not None else 0)
    return Gauge(
        at=at,
        month_start=start,
        month_end=end,
        quota=terms.quota if terms.counts or not is_alone else None,
        billed=usage.used.billed,
        as_of=as_of,
        own=usage.used.own,
        off_bill=usage.used.off_bill,
        is_settled=usage.is_settled,
        counts=terms.counts,
        known_since=start if first_at is None else known_since(first_at, days, bucket, start),
        storage=None if as_of is None else storage,
        storage_quota=terms.storage,
        excess=usage.excess,
        excess_until=usage.as_of,
        has_fleet=others is not None,
        others=0 if others is None else others.counted(start, at),
    )


def together(counted: Counted, others: Others | None) -> Counted:
    """What was counted here and by others."""
    if others is None:
        return counted
    return lambda since, until: counted(since, until) + others.counted(since, until)


def nothing_counted(_since: int, _until: int) -> int:
    """What counts here where nothing does."""
    return 0


def paces(
    counted: Counted,
    billed: Iterable[Day],
    gauge: Gauge,
    first_at: int,
    others: Others | None = None,
) -> Paces:
    """Both paces. Counting began at `first_at` (UTC µs) here."""
    days = [*billed]
    return Paces(
        *(pace(counted, days, gauge, first_at, others) for pace in (pace_of_week, pace_of_month))
    )


def pace_of_week(
    counted: Counted,
    billed: Iterable[Day],
    gauge: Gauge,
    first_at: int,
    others: Others | None = None,
) -> Pace | None:
    """The pace of the last seven days, which GitHub projects by; of fewer where counting began
    later (`first_at`)."""
    since = max(gauge.at - WEEK_US, _known_since(billed, gauge, first_at, others))
    return _pace(_here(counted, gauge, others), billed, gauge, since)


def pace_of_month(
    counted: Counted,
    billed: Iterable[Day],
    gauge: Gauge,
    first_at: int,
    others: Others | None = None,
) -> Pace | None:
    """The pace of this billing month so far, from where counting began if that was within it."""
    since = max(gauge.month_start, _known_since(billed, gauge, first_at, others))
    return _pace(_here(counted, gauge, others), billed, gauge, since)


def _here(counted: Counted, gauge: Gauge, others: Others | None) -> Counted:
    return together(counted if gauge.grows else nothing_counted, others)


def hours_left(core_us: int, cores: int) -> float:
    """The hours that a machine with `cores` cores can run on what is left (core-µs)."""
    return core_us / cores / HOUR_US


def dollars(core_us: int) -> float:
    """The estimated cost of core-time (core-µs) that no plan includes, in US dollars."""
    return core_us / HOUR_US * DOLLARS_A_CORE_HOUR


def _known_since(billed: Iterable[Day], gauge: Gauge, first_at: int, others: Others | None) -> int:
    sums = [gauge.month_start] if gauge.excess else []
    sums += [] if others is None else [others.since]
    return min([first_at, *sums, *(day.start for day in billed)])


def _pace(here: Counted, billed: Iterable[Day], gauge: Gauge, since: int) -> Pace | None:
    """The pace since an instant; None if that is less than a day ago: one evening says nothing
    about a month."""
    history = gauge.at - since
    if history < DAY_US:
        return None
    used = used_between(here, billed, since, gauge.at, gauge.at).total + _share_of_excess(
        gauge, since
    )
    at_reset = gauge.used + used * (gauge.month_end - gauge.at) // history
    lasts_until = None
    if gauge.quota is not None and at_reset > gauge.quota and gauge.left is not None:
        lasts_until = gauge.at if not gauge.left else gauge.at + gauge.left * history // used
    return Pace(used * DAY_US // history, history, at_reset, lasts_until)


def _share_of_excess(gauge: Gauge, since: int) -> int:
    """The part since an instant of what only a month's sum tells of: it is taken to be spread
    evenly over its time."""
    begun = max(since, gauge.month_start)
    if not gauge.excess or begun >= gauge.excess_until:
        return 0
    return gauge.excess * (gauge.excess_until - begun) // (gauge.excess_until - gauge.month_start)
