"""What a report did to the figures that were known before, in words: which it corrected, which it
left alone and why, and how to undo it."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from codespace_tracker.core.calendar import UTC, Zone, month_bounds
from codespace_tracker.core.month import Counted, month_used
from codespace_tracker.ledger.billing import Billing, Line
from codespace_tracker.views import wording
from codespace_tracker.views.quota_terms import gb_months

_NAMED = 3  # days or months of which each is named
_OWN = ("", "")
_FORGET = "To count {what}: codespace-tracker usage forget {when}, then add {again}."


class _Period(NamedTuple):
    """A day or a month of an account: the account is empty for the user's own, however a report
    names it."""

    start: int
    is_month: bool
    account: tuple[str, str]


_Part = tuple[tuple[str, int, str], int, int, int]
"""What it is of (the repository without its owner, the cores, and who used what an organization
pays for), core-time, storage, and what was charged (millionths of a US dollar)."""


class _Sums(NamedTuple):
    """What is told of one, by the newest report, of the instant `at` (UTC µs): in all, and in its
    parts."""

    core_us: int = 0
    storage: int = 0
    at: int = 0
    parts: tuple[_Part, ...] = ()


class Total(NamedTuple):
    """A month of the user's: the sum of its days and the month as one sum (None without one), of
    core-time (core-µs) and of storage; whether the core-time that counts is that of the sum; and
    what both come to with what was counted here."""

    days: int
    of_sum: int | None
    days_storage: int
    sum_storage: int | None
    sum_counts: bool
    days_with_here: int = 0
    sum_with_here: int = 0

    def counts(self, *, is_month: bool, is_storage: bool) -> bool:
        """Whether it is the sum of the month (`is_month`), or its days, that count."""
        is_sum = (self.sum_storage or 0) > self.days_storage if is_storage else self.sum_counts
        return is_sum is is_month


class KnownMonths(NamedTuple):
    """What the ledger knows of the months of a report; `totals` are by the start of a month."""

    periods: dict[_Period, _Sums]
    totals: dict[int, Total]


def known_months(
    billing: Billing, months: Iterable[int], user: str, counted: Counted, at: int
) -> KnownMonths:
    """What is known of the months that begin at these instants, by what was counted here against
    the quota up to the instant `at` (UTC µs). Raises LedgerError."""
    periods: dict[_Period, _Sums] = {}
    bounds = [month_bounds(start) for start in sorted(months)]
    for month in bounds:
        parts = _parts(billing.lines(*month))
        for listed in sorted(billing.periods(*month), key=lambda one: max(one.as_of, one.seen_at)):
            some = parts.get((listed.start, listed.is_month, listed.account), ())
            core_us, storage = sum(part[1] for part in some), sum(part[2] for part in some)
            period = _Period(listed.start, listed.is_month, _whose(listed.account, user))
            periods[period] = _Sums(core_us, storage, max(listed.as_of, listed.seen_at), some)
    return KnownMonths(
        periods, {month[0]: _total(billing, month, user, counted, at) for month in bounds}
    )


def changes(before: KnownMonths, after: KnownMonths) -> int:
    """Of how many days and months the figures are new or others than before."""
    return len(
        {
            one[:2]
            for one, sums in after.periods.items()
            if sums.parts != before.periods.get(one, _Sums()).parts
        }
    )


def _total(billing: Billing, month: tuple[int, int], user: str, counted: Counted, at: int) -> Total:
    figures = billing.figures(month[0], month[0], user)
    days, bucket = [day for day in figures.days if day.start < month[1]], figures.bucket
    by_day = sum(day.core_us for day in days), sum(day.storage for day in days)
    if bucket is None:
        return Total(by_day[0], None, by_day[1], None, sum_counts=False)
    used = month_used(counted, days, bucket, month, at)
    since = counted(used.as_of, min(month[1], at)) if used.as_of < min(month[1], at) else 0
    with_here = used.used.total - used.excess, bucket.core_us + since
    return Total(
        by_day[0],
        bucket.core_us,
        by_day[1],
        bucket.storage,
        used.excess > 0 or not days,
        *with_here,
    )


def effects(
    before: KnownMonths,
    after: KnownMonths,
    lines: Sequence[Line],
    as_of: int,
    user: str,
    zone: Zone,
) -> list[str]:
    """What to say of a report with these lines, of the instant `as_of` (UTC µs)."""
    said = []
    for is_month in (False, True):
        both = [
            period
            for period in before.periods
            if period.is_month is is_month and period in after.periods and period.account == _OWN
        ]
        for is_storage, unit, amount, shown in (
            (False, "core-hours", lambda sums: sums.core_us, wording.core_hours),
            (True, "GB-months of storage", lambda sums: sums.storage, gb_months),
        ):
            counting = [
                period
                for period in both
                if after.totals[month_bounds(period.start)[0]].counts(
                    is_month=is_month, is_storage=is_storage
                )
            ]
            said += _corrected(_changes(counting, before, after, amount), is_month, unit, shown)
    for start in sorted({month_bounds(line.day)[0] for line in lines if line.is_of(user)}):
        kinds = {
            line.is_month
            for line in lines
            if line.is_of(user) and month_bounds(line.day)[0] == start
        }
        was, now = before.totals[start], after.totals[start]
        said += [*_which(start, was, now, kinds), *_which_storage(start, was, now, kinds)]
    return [*said, *_older(before, lines, as_of, user, zone)]


def _parts(lines: Iterable[Line]) -> dict[tuple[int, bool, tuple[str, str]], tuple[_Part, ...]]:
    """The parts of each day and month of an account that lines tell of."""
    by_key: dict[tuple[int, bool, tuple[str, str]], dict[tuple[str, int, str], _Part]] = {}
    for line in lines:
        parts = by_key.setdefault((line.day, line.is_month, line.account), {})
        kind = (
            line.repository.rpartition("/")[2].lower(),
            line.cores,
            line.person if line.organization else "",
        )
        _, core_us, storage, net = parts.get(kind, (kind, 0, 0, 0))
        parts[kind] = (
            kind,
            core_us + line.core_us,
            storage + line.storage,
            net + (line.net_micros or 0),
        )
    return {
        key: tuple(sorted(part for part in parts.values() if any(part[1:])))
        for key, parts in by_key.items()
    }


def _sums(lines: Iterable[Line]) -> dict[tuple[int, bool, tuple[str, str]], tuple[int, int]]:
    found: dict[tuple[int, bool, tuple[str, str]], tuple[int, int]] = {}
    for line in lines:
        core_us, storage = found.get((line.day, line.is_month, line.account), (0, 0))
        found[line.day, line.is_month, line.account] = (
            core_us + line.core_us,
            storage + line.storage,
        )
    return found


def _whose(account: tuple[str, str], user: str) -> tuple[str, str]:
    organization, person = account
    return _OWN if not organization and person.lower() == user.lower() else account


def _changes(
    periods: Iterable[_Period],
    before: KnownMonths,
    after: KnownMonths,
    amount: Callable[[_Sums], int],
) -> dict[int, tuple[int, int]]:
    """By the start of a day or a month what was known of it and what is now, where that differs."""
    found = {
        one.start: (amount(before.periods[one]), amount(after.periods[one])) for one in periods
    }
    return {start: change for start, change in sorted(found.items()) if change[0] != change[1]}


def _corrected(
    changes: dict[int, tuple[int, int]], is_month: bool, unit: str, shown: Callable[[int], str]
) -> list[str]:
    if not changes:
        return []
    name = _month if is_month else UTC.date
    what = f"{wording.count(len(changes), 'month' if is_month else 'day')} corrected"
    if len(changes) <= _NAMED:
        each = ", ".join(
            f"{name(start)} {shown(was)} -> {shown(now)}" for start, (was, now) in changes.items()
        )
        return [f"{what}: {each} {unit}."]
    was, now = (sum(amounts) for amounts in zip(*changes.values(), strict=True))
    first, *_, last = changes
    return [f"{what}, {name(first)} to {name(last)}: in all {shown(was)} -> {shown(now)} {unit}."]


def _which(start: int, was: Total, now: Total, kinds: set[bool]) -> list[str]:
    """Of a month's days and its sum the larger counts: said where a report changes that, or is of
    the one that does not count."""
    month, when = _month(start), UTC.date(start)[:7]
    if now.of_sum is None:
        is_taken = was.sum_counts and False in kinds
        taken = (
            f"The days take the place of the sum of {month} "
            f"({wording.core_hours(was.of_sum or 0)} core-hours)"
        )
        return [f"{taken}: they are of all the time that it was of."] if is_taken else []
    if now.days and now.days == now.of_sum and not now.sum_counts:
        return [
            f"GitHub's sum of {_month(start)} is the same as its days: "
            f"{wording.core_hours(now.days)} core-hours."
        ]
    is_other = (not now.sum_counts) in kinds
    if (
        not now.days
        or now.days == now.of_sum
        or not (is_other or was.sum_counts is not now.sum_counts)
    ):
        return []
    what, again = (
        ("days", "all reports by day again") if now.sum_counts else ("sum", "this report again")
    )
    undo = f" {_FORGET.format(what=f'the {what}', when=when, again=again)}" if is_other else ""
    return [f"{_which_is_more(start, now, now.of_sum)}{undo}"]


def _which_is_more(start: int, now: Total, of_sum: int, since: str = "") -> str:
    """Which of a month's days and its sum counts, and why."""
    month, days, one = _month(start), wording.core_hours(now.days), wording.core_hours(of_sum)
    what = f"The days of {month} ({days} core-hours) count{since} instead of its sum ({one})"
    is_more = "they are"
    if now.sum_counts:
        what = f"The sum of {month} ({one} core-hours) counts{since} instead of its days ({days})"
        is_more = "it is"
    if (of_sum > now.days) is now.sum_counts and of_sum != now.days:
        return f"{what}: {is_more} more."
    by_day = _with_here(days, now.days_with_here, now.days, "here")
    by_sum = _with_here("the sum", now.sum_with_here, of_sum, "since it")
    return f"{what}: with what was counted here {is_more} more ({by_day}; {by_sum})."


def _with_here(name: str, total: int, part: int, when: str) -> str:
    """How an amount comes to a total: `67 + 15.6 counted here = 82.6`."""
    if total == part:
        return f"{name}, nothing counted {when}"
    return f"{name} + {wording.rest(total, part)} counted {when} = {wording.core_hours(total)}"


def after_forgetting(before: KnownMonths, after: KnownMonths) -> list[str]:
    """What to say of months of which something was forgotten: whether what counts is another
    now."""
    said = []
    for start, now in after.totals.items():
        was = before.totals[start]
        if now.of_sum is None:
            if was.sum_counts and now.days:
                days = f"The days of {_month(start)} ({wording.core_hours(now.days)} core-hours)"
                said.append(f"{days} count now: its sum is forgotten.")
            continue
        if was.sum_counts is not now.sum_counts:
            said.append(_which_is_more(start, now, now.of_sum, " now"))
        said += _which_storage(start, was, now, set())
    return said


def _which_storage(start: int, was: Total, now: Total, kinds: set[bool]) -> list[str]:
    """The same of storage, where it is not from the same as the core-hours."""
    days, of_sum = now.days_storage, now.sum_storage
    is_sum = now.counts(is_month=True, is_storage=True)
    if of_sum is None or not now.days or days == of_sum or is_sum is now.sum_counts:
        return []
    if (not is_sum) not in kinds and was.counts(is_month=True, is_storage=True) is is_sum:
        return []
    amounts = gb_months(of_sum), gb_months(days)
    whose, other = ("sum", "days") if is_sum else ("days", "sum")
    more, less = amounts if is_sum else amounts[::-1]
    return [
        f"The storage of {_month(start)} is that of the {whose} ({more} GB-months), not of the "
        f"{other} ({less})."
    ]


def _older(
    before: KnownMonths, lines: Sequence[Line], as_of: int, user: str, zone: Zone
) -> list[str]:
    """What a newer report had told differently."""
    older = set()
    newest = 0
    for (start, is_month, account), sums in _sums(lines).items():
        earlier = before.periods.get(_Period(start, is_month, _whose(account, user)))
        if (
            earlier is not None
            and earlier.at > as_of
            and sums != (earlier.core_us, earlier.storage)
        ):
            older.add((start, is_month))
            newest = max(newest, earlier.at)
    if not older:
        return []
    months = sorted({UTC.date(start)[:7] for start, _ in older})
    unit = "month" if all(is_month for _, is_month in older) else "day"
    made = wording.moment(newest, zone, seconds=False)
    what = f"{wording.count(len(older), unit)} left as known: by a newer report, of {made}."
    again = "this report again" if unit == "month" else "this report again, and those of other days"
    when = months[0] if len(months) == 1 else "MONTH"
    return [f"{what} {_FORGET.format(what='this one', when=when, again=again)}"]


def _month(start: int) -> str:
    return wording.month(start, UTC)
