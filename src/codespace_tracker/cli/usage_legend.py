"""What to say above and below the tables of `usage`: only what matters for the figures in them."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from codespace_tracker.cli import show
from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.core.gauge import GB_MONTH
from codespace_tracker.ledger.billed import Period
from codespace_tracker.ledger.billing import Line
from codespace_tracker.views import wording
from codespace_tracker.views.quota_known import days_named
from codespace_tracker.views.quota_terms import gb_months
from codespace_tracker.views.usage_days import Share

SUM = "(whole month)"
"""The row of what GitHub told of as one sum for the month."""

_NAMED = 3  # organizations or persons of which each is named
_ROUNDED = "All figures are rounded by themselves: rows may differ from All in the last digit."
_UNIT = "GB-months are what GitHub's report calls gigabyte-hours."
_STORAGE_SUM = (
    "Charged for storage, in a month's sum, is the price before GitHub takes off what your plan"
    " includes: it is not your bill."
)
_SUM_BY_REPOSITORY = (
    f"The row {SUM} is GitHub's sum of the month. GitHub puts one repository's name on all of"
    " such a sum, so names are not relied on there."
)
_SUM_BY_DAY = f"The row {SUM} is GitHub's sum."
_IN_SUM = " Here, in it: what was counted before that report, and so is in the sum."
_LESS_SUM = (
    f"The row {SUM} is GitHub's sum: with what was counted here the days come to more, so they "
    "count."
)
_SUM_OF_STORAGE = (
    f"The row {SUM} is storage only: that of GitHub's sum of the month, in place of what the days "
    "have"
)
_NO_CHARGES = "Charged -: that report has no charges."
_SOME_CHARGES = "Charged +: at least; some of it has no charge in its report."
_DAYS = "Days of UTC. Here: core-hours counted here. Counts: those in your quota."
_BY_AGE = (
    " GitHub's figure counts if its report came 3 days or more after the day's end, else the"
    " larger of it and Here."
)
_SINCE = " What was counted here after the report comes on top."
_ALL = (
    " GitHub's figure counts if its report came 3 days or more after the day's end, else the"
    " larger of it and what all your codespaces counted. What they counted after the report comes"
    " on top."
)
_NOT_HERE = " What runs here is not in your quota."
_ALONE = " They are GitHub's figures alone: what runs here is not in your quota."


def days_covered(lines: Sequence[Line], periods: Sequence[Period], user: str) -> str:
    """Which days the figures are of, and whether there is a month's sum: `1 to 19 Nov, and one sum
    for the month`. Where the user's are the sum alone, whose days they are is said."""
    kinds = {line.is_month for line in lines} or {period.is_month for period in periods}
    accounts = {line.account for line in lines if not line.is_month}
    days = {
        period.start
        for period in periods
        if not period.is_month and (period.account in accounts or not accounts)
    }
    parts = [days_named(days)] if False in kinds else []
    by_day = [line for line in lines if not line.is_month]
    if parts and by_day and True in kinds and not any(line.is_of(user) for line in by_day):
        whose = _by_name(line.organization or line.person for line in by_day)
        parts = [f"days of {_named(whose)}: {parts[0]}"]
    return ", and ".join([*parts, "one sum for the month"] if True in kinds else parts)


def notes(
    lines: Sequence[Line],
    by: str | None,
    days: dict[int, Share],
    user: str,
    *,
    here_counts: bool,
    has_fleet: bool,
) -> list[str]:
    """What to know of the columns of a table of these lines, by what it is; `days` are what each
    day counts, in a table by day. `has_fleet` says that other codespaces count too."""
    notes_shown = []
    has_sum = any(line.is_month for line in lines)
    if has_sum and by in (None, "repository"):
        has_cores = any(line.is_month and line.cores for line in lines)
        notes_shown.append(_SUM_BY_REPOSITORY if has_cores else _sum_of_storage(lines, user))
    if by == "day":
        if any(line.is_month and line.cores for line in lines):
            is_in = here_counts and -1 in days and days[-1].here
            notes_shown.append(
                (_SUM_BY_DAY + (_IN_SUM if is_in else "")) if -1 in days else _LESS_SUM
            )
        elif has_sum:
            notes_shown.append(_sum_of_storage(lines, user))
        if has_fleet:
            counts = _ALL + ("" if here_counts else _NOT_HERE)
        else:
            counts = _by_age(lines, days, user) if here_counts else _ALONE
        notes_shown.append(_DAYS + counts)
    others = [line for line in lines if not line.is_of(user)]
    if others and by == "day":
        notes_shown.append("Core-hours, GB-months and Charged: of all persons in the reports.")
    if any(line.net_micros for line in others):
        notes_shown.append(
            "Charged: to the one who pays, which may be an organization or another person."
        )
    if any(
        line.is_month and not line.cores and line.net_micros and line.is_of(user) for line in lines
    ):
        notes_shown.append(_STORAGE_SUM)
    if any(line.storage for line in lines):
        notes_shown.append(_UNIT)
    return [show.fitted("", note) for note in notes_shown]


def _sum_of_storage(lines: Iterable[Line], user: str) -> str:
    mine = all(line.is_of(user) for line in lines if line.is_month)
    return f"{_SUM_OF_STORAGE}{', yours only' if mine else ''}."


def charges(untold: Iterable[bool], *, part: bool) -> list[str]:
    """What the marks of the column Charged mean: `untold` says of each row whether nothing is told
    of it, `part` whether something is told of a part of any."""
    found = [_NO_CHARGES] if any(untold) else []
    return [show.fitted("", note) for note in (*found, *([_SOME_CHARGES] if part else []))]


def rounding(rows: Iterable[tuple[int, int, int]], days: Iterable[Share] = ()) -> list[str]:
    """What to say where rows of core-time (core-µs), storage and charges (millionths of a US
    dollar), or what the days count, do not add up as they are shown."""
    units = ((HOUR_US, 1), (GB_MONTH, 2), (1_000_000, 2))
    columns = [*zip(zip(*rows, strict=True), units, strict=False)]
    columns += [(amounts, units[0]) for amounts in zip(*days, strict=True)]
    for amounts, (unit, places) in columns:
        shown = sum(Decimal(wording.decimal(amount, unit, places)) for amount in amounts)
        if shown != Decimal(wording.decimal(sum(amounts), unit, places)):
            return [show.fitted("", _ROUNDED)]
    return []


def whose(lines: Sequence[Line], mine: int, user: str, made: str, by: str | None) -> str:
    """How much of the lines is the user's own (core-µs), and whose the rest is; `by` says what the
    rows are of."""
    said = f"Yours: {wording.core_hours(mine)} core-hours of these{made}."
    paid = _by_name(line.organization for line in lines if line.organization)
    persons = _by_name(
        line.person for line in lines if not line.organization and not line.is_of(user)
    )
    parts = []
    if paid:
        some = [line for line in lines if line.organization]
        who = paid[0] if len(paid) == 1 else f"organizations ({_named(paid)})"
        parts.append(f"{_amount(some)} that {who} {'pays' if len(paid) == 1 else 'pay'} for")
    if persons:
        some = [line for line in lines if not line.organization and not line.is_of(user)]
        who = "another person" if len(persons) == 1 else f"{len(persons)} other persons"
        parts.append(f"{_amount(some)} of {who} ({_named(persons)})")
    if parts:
        said = f"{said} Not in your quota: {', '.join(parts)}."
    return show.fitted("", f"{said}{_paid_of(lines, user) if by == 'person' else ''}")


def _paid_of(lines: Iterable[Line], user: str) -> str:
    """How much of the row of the user is not theirs to pay: `Of mira's 81 core-hours and 3.90
    GB-months, acme pays 14 and 0.20`."""
    mine = [
        line for line in lines if line.is_of(user) or (user and line.person.lower() == user.lower())
    ]
    paid = [line for line in mine if line.organization]
    units = ((_core_us, wording.core_hours, "core-hours"), (_stored, gb_months, "GB-months"))
    amounts = [
        (f"{shown(sum(map(amount, mine)))} {unit}", shown(sum(map(amount, paid))))
        for amount, shown, unit in units
        if any(map(amount, paid))
    ]
    if not amounts:
        return ""
    all_, some = (" and ".join(column) for column in zip(*amounts, strict=True))
    by = _by_name(line.organization for line in paid)
    return (
        f" Of {wording.printable(user)}'s {all_}, {' and '.join(by)}"
        f" {'pays' if len(by) == 1 else 'pay'} {some}."
    )


def _core_us(line: Line) -> int:
    return line.core_us


def _stored(line: Line) -> int:
    return line.storage


def _by_age(lines: Sequence[Line], days: dict[int, Share], user: str) -> str:
    """What counts of a day; that use after the report comes on top is said where it does."""
    mine: dict[int, int] = {}
    for line in lines:
        if line.is_of(user) and not line.is_month:
            mine[line.day] = mine.get(line.day, 0) + line.core_us
    if not mine:
        return ""
    added = any(
        share.counts > max(share.here, mine.get(day, 0)) for day, share in days.items() if day >= 0
    )
    return _BY_AGE + (_SINCE if added else "")


def _by_name(names: Iterable[str]) -> list[str]:
    return sorted({wording.printable(name).lower() for name in names})


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (
        f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    )


def _amount(lines: Sequence[Line]) -> str:
    """Core-hours, and storage if there is any: `104`, `104 and 4.20 GB-months`."""
    core_us, storage = sum(line.core_us for line in lines), sum(line.storage for line in lines)
    stored = f"{gb_months(storage)} GB-months"
    if not storage:
        return wording.core_hours(core_us)
    return f"{wording.core_hours(core_us)} and {stored}" if core_us else stored
