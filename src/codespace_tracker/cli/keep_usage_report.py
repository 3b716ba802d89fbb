"""Keeping a report in the ledger, and saying what it held: for `usage import` and `usage fetch`."""

import os
from collections.abc import Iterable, Sequence
from functools import partial

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.quota_warnings import warn_of_storage
from codespace_tracker.cli.usage_effects import changes, effects, known_months
from codespace_tracker.config.configuration import Configuration
from codespace_tracker.core.calendar import UTC, month_bounds
from codespace_tracker.core.gauge import nothing_counted
from codespace_tracker.core.month import Counted
from codespace_tracker.daemon import control
from codespace_tracker.failure import Failure
from codespace_tracker.github.usage_report import Report
from codespace_tracker.ledger.billing import Billing, Line
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.month_gauge import terms_of, user_of
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.ledger.sums import core_us
from codespace_tracker.machine import clock
from codespace_tracker.views import wording
from codespace_tracker.views.quota_terms import gb_months
from codespace_tracker.views.scene import configuration_in_force

_BROKEN_SHOWN = 20
_DAYS_SHOWN = 5
_NAMES_SHOWN = 4
_DOUBTFUL = (
    "All of it is dated the 1st, so it is taken for the sum of {month}. If it is that day's use"
    " alone, nothing is counted twice, but other days may be missing: fetch or import figures by"
    " day."
)


def keep(directory: str, report: Report, as_of: int, source: str, whence: str) -> None:
    """Keep the lines, and tell the daemon; `whence` says where the moment of the report is from.
    Raises LedgerError, Failure where the report holds none of Codespaces."""
    if not report.lines:
        others = (
            f": {wording.count(report.others, 'line')} of other products" if report.others else ""
        )
        raise Failure(f"{source}: nothing of Codespaces is in it{others}. Nothing was changed.")
    ledger = Ledger.open_to_change(os.path.join(directory, NAME))
    try:
        now_us = clock.read().wall_us
        configuration, _ = configuration_in_force(ledger)
        user = user_of(configuration.settings, ledger.tracker())
        with ledger.transaction():
            billing = Billing(ledger)
            counted = against_quota(ledger, configuration)
            months = _months(report, as_of)
            before = known_months(billing, months, user, counted, now_us)
            losing = _put(billing, report, as_of)
            after = known_months(billing, months, user, counted, now_us)
            changed = changes(before, after)
            said = effects(before, after, report.lines, as_of, user, configuration.zone)
            if changed:
                report_json = {"lines": len(report.lines), "changed": changed, "as_of": as_of}
                ledger.note(
                    now_us, "usage_imported", None, {**report_json, "unit": _unit(report.lines)}
                )
            warn_of_storage(ledger, configuration, user, now_us)
    finally:
        ledger.close()
    if losing:
        _tell_losing(sorted(losing), source)
    control.reload(directory)
    _tell(report, changed, as_of, source, whence, configuration, user)
    for line in said:
        click.echo(show.hanging("  ", line))
    _tell_others(report.lines, user)


def keep_none(directory: str, stretch: tuple[int, int], as_of: int) -> None:
    """Keep that GitHub tells nothing new of the days between two instants (UTC µs). Raises
    LedgerError."""
    ledger = Ledger.open_to_change(os.path.join(directory, NAME))
    try:
        with ledger.transaction():
            Billing(ledger).confirm(*stretch, as_of)
    finally:
        ledger.close()
    control.reload(directory)


def against_quota(ledger: Ledger, configuration: Configuration) -> Counted:
    """What was counted here that counts against the quota."""
    return (
        partial(core_us, ledger)
        if terms_of(configuration.settings, ledger.tracker()).counts
        else nothing_counted
    )


def _months(report: Report, as_of: int) -> set[int]:
    """The starts (UTC µs) of the months that a report tells of."""
    found = {month_bounds(line.day)[0] for line in report.lines}
    for stretch in report.stretches:
        at = stretch.since
        while at < min(stretch.until, as_of):
            start, at = month_bounds(at)
            found.add(start)
    return found


def _put(billing: Billing, report: Report, as_of: int) -> set[int]:
    """Keep the lines; which days are left as they were. What has broken lines tells of no day that
    nothing was used on it."""
    if not report.broken:
        billing.put(report.lines, as_of, report.stretches)
        return set()
    lines, losing = billing.without_losses(report.lines)
    if lines:
        billing.put(lines, as_of, is_whole=False)
    return losing


def _tell(
    report: Report,
    changed: int,
    as_of: int,
    source: str,
    whence: str,
    configuration: Configuration,
    user: str,
) -> None:
    days = sorted(line.day for line in report.lines)
    unit = _unit(report.lines)
    name = wording.month if unit == "month" else wording.day
    named = [name(day, UTC) for day in (days[0], days[-1])]
    total = sum(line.core_us for line in report.lines)
    what = f"{wording.core_hours(total)} core-hours, {' to '.join(dict.fromkeys(named))}"
    new = f"New or changed: {wording.count(changed, unit)}." if changed else "Nothing in it is new."
    click.echo(show.fitted("", f"{source}: {what}. {new}"))
    moment = wording.moment(as_of, configuration.zone, seconds=False)
    click.echo(show.hanging("  ", f"As of {moment} ({whence})."))
    _tell_months(report, user)
    if report.doubtful:
        month = "the month" if len(report.doubtful) == 1 else "each month"
        click.echo(show.hanging("  ", _DOUBTFUL.format(month=month)))


def _unit(lines: Iterable[Line]) -> str:
    """What the lines are of, in a word."""
    kinds = {line.is_month for line in lines}
    return "period" if len(kinds) > 1 else "month" if kinds == {True} else "day"


def _tell_months(report: Report, user: str) -> None:
    """What each month was taken for, and how much of it counts against the user's quota."""
    rows = []
    for start in sorted({month_bounds(line.day)[0] for line in report.lines}):
        lines = [line for line in report.lines if month_bounds(line.day)[0] == start]
        days = sorted({line.day for line in lines if not line.is_month})
        taken = "one sum for the month"
        if days:
            dates = (wording.day_number(at, UTC) for at in (days[0], days[-1]))
            taken = f"by day ({' to '.join(dict.fromkeys(dates))} {wording.month_name(start, UTC)})"
        mine = [line for line in lines if line.is_of(user)]
        storage = sum(line.storage for line in mine)
        stored = f", {gb_months(storage)} GB-months of storage" if storage else ""
        amount = f"{wording.core_hours(sum(line.core_us for line in mine))} core-hours{stored}"
        rows.append((wording.month(start, UTC), taken, f"yours: {amount}"))
    for name, taken, amount in rows:
        click.echo(show.hanging(f"  {name}  ", f"{taken}; {amount}"))
    if not any(line.person or line.organization for line in report.lines):
        click.echo(
            show.hanging(
                "  ",
                "It has no names: taken as "
                f"yours{f' ({wording.printable(user)})' if user else ''}.",
            )
        )


def _tell_others(lines: Sequence[Line], user: str) -> None:
    """Whose use in a report does not count against the user's quota."""
    paid: dict[str, list[Line]] = {}
    others: dict[str, list[Line]] = {}
    for line in lines:
        if line.organization:
            paid.setdefault(line.organization, []).append(line)
        elif not line.is_of(user):
            others.setdefault(line.person, []).append(line)
    if others:
        whose = f"Not {wording.printable(user)}'s" if user else "Not yours"
        text = f"{whose}, so not in your quota: {_named(others)}."
        if user:
            text += " If one of them is you, set `user` in config.toml."
        else:
            text += (
                " It is not known who you are. Fix: if one of them is you, write it into "
                f'config.toml, such as `user = "{wording.printable(next(iter(others)))}"`.'
            )
        click.echo(show.hanging("  ", text))
    if paid:
        click.echo(
            show.hanging("  ", f"Paid by an organization, so not in your quota: {_named(paid)}.")
        )
    if others or paid:
        newest = month_bounds(max(line.day for line in lines))[0]
        is_shown = newest == month_bounds(clock.read().wall_us)[0]
        month = "" if is_shown else f" --month {UTC.date(newest)[:7]}"
        click.echo(show.hanging("  ", f"By person: codespace-tracker usage --by person{month}"))


def _named(whose: dict[str, list[Line]]) -> str:
    """Names with their core-hours and storage, the largest first."""
    sums = {
        name: (sum(one.core_us for one in of), sum(one.storage for one in of))
        for name, of in whose.items()
    }
    found = sorted(sums.items(), key=lambda one: [-amount for amount in one[1]])
    named = [f"{wording.printable(name)} {_amount(*sums_)}" for name, sums_ in found[:_NAMES_SHOWN]]
    more = found[_NAMES_SHOWN:]
    return ", ".join(named) + (f" and {len(more)} more" if more else "")


def _amount(core_us: int, storage: int) -> str:
    """Core-hours, and storage if there is any: `104 core-hours and 4.20 GB-months`."""
    hours, stored = f"{wording.core_hours(core_us)} core-hours", f"{gb_months(storage)} GB-months"
    return f"{hours} and {stored}" if core_us and storage else stored if storage else hours


def _tell_losing(days: list[int], source: str) -> None:
    named = ", ".join(map(UTC.date, days[:_DAYS_SHOWN])) + ", …" * (len(days) > _DAYS_SHOWN)
    what = (
        f"{wording.count(len(days), 'day')} "
        f"{'stays as it was' if len(days) == 1 else 'stay as they were'} told before"
    )
    click.echo(
        f"{source}: {what}, as less of {'it' if len(days) == 1 else 'them'} could be read now: "
        f"{named}.",
        err=True,
    )


def tell_broken(report: Report, source: str) -> None:
    """Name the lines that could not be read."""
    if report.broken:
        click.echo(
            f"{source}: {wording.count(len(report.broken), 'line')} could not be read, and counts "
            "nothing:",
            err=True,
        )
        for one in report.broken[:_BROKEN_SHOWN]:
            click.echo(show.item(wording.printable(f"line {one.line}: {one.reason}")), err=True)
        if len(report.broken) > _BROKEN_SHOWN:
            click.echo(f"  … and {len(report.broken) - _BROKEN_SHOWN} more.", err=True)
