"""What a report did to the figures that were known before, in words: which it corrected, which it
left alone and why, and how to undo it."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from codespace_tracker.cli import show
from codespace_tracker.cli.quota_terms import gb_months
from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.usage import month_bounds
from codespace_tracker.ledger.billing import Billing, Line

_NAMED = 3  # days or months of which each is named
_OWN = ("", "")
_AGAIN = "To count {what}: codespace-tracker usage forget {when}, then add this report again."


class _Period(NamedTuple):
    """A day or a month of an account: the account is empty for the user's own, however a report
    names it."""

    start: int
    is_month: bool
    account: tuple[str, str]


class _Told(NamedTuple):
    """What is told of one, by the newest report, of the instant `at` (UTC µs)."""

    core_us: int = 0
    storage: int = 0
    at: int = 0


class Known(NamedTuple):
    """What the ledger knows of the months of a report; `totals` are, by the start of a month, the
    sum of the user's days there, and the month as one sum if there is one (core-µs)."""

    told: dict[_Period, _Told]
    totals: dict[int, tuple[int, int | None]]


def known(billing: Billing, lines: Sequence[Line], user: str) -> Known:
    """What is known of the months that the lines of a report are of. Raises LedgerError."""
    months = [month_bounds(day) for day in sorted({month_bounds(line.day)[0] for line in lines})]
    since, until = months[0][0], months[-1][1]
    sums = _sums(billing.lines(since, until))
    told: dict[_Period, _Told] = {}
    for one in sorted(billing.periods(since, until), key=lambda one: max(one.as_of, one.seen_at)):
        core_us, storage = sums.get((one.start, one.is_month, one.account), (0, 0))
        period = _Period(one.start, one.is_month, _whose(one.account, user))
        told[period] = _Told(core_us, storage, max(one.as_of, one.seen_at))
    totals = {}
    for start, end in months:
        found = billing.figures(start, start, user)
        by_day = sum(day.core_us for day in found.days if day.start < end)
        totals[start] = by_day, None if found.bucket is None else found.bucket.core_us
    return Known(told, totals)


def effects(before: Known, after: Known, lines: Sequence[Line], as_of: int, user: str) -> list[str]:
    """What to say of a report with these lines, of the instant `as_of` (UTC µs)."""
    said = []
    for is_month in (False, True):
        both = [one for one in before.told if one.is_month is is_month and one in after.told and one.account == _OWN]
        for unit, amount, shown in (
            ("core-hours", lambda told: told.core_us, show.core_hours),
            ("GB-months of storage", lambda told: told.storage, gb_months),
        ):
            said += _corrected(_changes(both, before, after, amount), is_month, unit, shown)
    mine = {month_bounds(line.day)[0] for line in lines if line.is_of(user)}
    for start in sorted(mine):
        kinds = {line.is_month for line in lines if line.is_of(user) and month_bounds(line.day)[0] == start}
        said += _uncounted(start, after.totals[start], kinds)
        said += _taken_over(start, before.totals[start], after.totals[start], kinds)
    return [*said, *_older(before, lines, as_of, user)]


def _sums(lines: Iterable[Line]) -> dict[tuple[int, bool, tuple[str, str]], tuple[int, int]]:
    found: dict[tuple[int, bool, tuple[str, str]], tuple[int, int]] = {}
    for line in lines:
        core_us, storage = found.get((line.day, line.is_month, line.account), (0, 0))
        found[line.day, line.is_month, line.account] = core_us + line.core_us, storage + line.storage
    return found


def _whose(account: tuple[str, str], user: str) -> tuple[str, str]:
    organization, person = account
    return _OWN if not organization and person.lower() == user.lower() else account


def _changes(
    periods: Iterable[_Period], before: Known, after: Known, amount: Callable[[_Told], int]
) -> dict[int, tuple[int, int]]:
    """By the start of a day or a month what was known of it and what is now, where that differs."""
    found = {one.start: (amount(before.told[one]), amount(after.told[one])) for one in periods}
    return {start: change for start, change in sorted(found.items()) if change[0] != change[1]}


def _corrected(
    changes: dict[int, tuple[int, int]], is_month: bool, unit: str, shown: Callable[[int], str]
) -> list[str]:
    if not changes:
        return []
    name = _month if is_month else UTC.date
    what = f"{show.count(len(changes), 'month' if is_month else 'day')} corrected"
    if len(changes) <= _NAMED:
        each = ", ".join(f"{name(start)} {shown(was)} -> {shown(now)}" for start, (was, now) in changes.items())
        return [f"{what}: {each} {unit}."]
    was, now = (sum(amounts) for amounts in zip(*changes.values(), strict=True))
    first, *_, last = changes
    return [f"{what}, {name(first)} to {name(last)}: in all {shown(was)} -> {shown(now)} {unit}."]


def _uncounted(start: int, totals: tuple[int, int | None], kinds: set[bool]) -> list[str]:
    """Of a month's days and its sum the larger counts: what a report told of the other one is kept
    alone."""
    by_day, of_sum = totals
    if of_sum is None or by_day == of_sum:
        return []
    days, one_sum, when = show.core_hours(by_day), show.core_hours(of_sum), UTC.date(start)[:7]
    if of_sum > by_day and False in kinds:
        what = f"The days of {_month(start)} ({days} core-hours) do not count: the month's sum is larger ({one_sum})."
        return [f"{what} {_AGAIN.format(what='the days', when=when)}"]
    if of_sum < by_day and True in kinds:
        what = f"The sum of {_month(start)} ({one_sum} core-hours) does not count: the days come to more ({days})."
        return [f"{what} {_AGAIN.format(what='the sum', when=when)}"]
    return []


def _taken_over(start: int, was: tuple[int, int | None], now: tuple[int, int | None], kinds: set[bool]) -> list[str]:
    """Whether a month's figure is that of its days now and was that of its sum, or the other way round."""
    counted_sum, counts_sum = (of_sum is not None and of_sum > by_day for by_day, of_sum in (was, now))
    if counted_sum and not counts_sum and False in kinds:
        return [f"The days take the place of the sum of {_month(start)} ({show.core_hours(was[1] or 0)} core-hours)."]
    if counts_sum and not counted_sum and was[0] and True in kinds:
        return [f"The sum of {_month(start)} takes the place of its days ({show.core_hours(was[0])} core-hours)."]
    return []


def _older(before: Known, lines: Sequence[Line], as_of: int, user: str) -> list[str]:
    """What a newer report had told differently."""
    found = set()
    newest = 0
    for (start, is_month, account), sums in _sums(lines).items():
        told = before.told.get(_Period(start, is_month, _whose(account, user)))
        if told is not None and told.at > as_of and sums != (told.core_us, told.storage):
            found.add((start, is_month))
            newest = max(newest, told.at)
    if not found:
        return []
    months = sorted({UTC.date(start)[:7] for start, _ in found})
    unit = "month" if all(is_month for _, is_month in found) else "day"
    made = show.day(newest, UTC)
    what = f"{show.count(len(found), unit)} left as known: by a newer report, of {made}."
    return [f"{what} {_AGAIN.format(what='this one', when=months[0] if len(months) == 1 else 'MONTH')}"]


def _month(start: int) -> str:
    return show.day(start, UTC).partition(" ")[2]
