"""`usage forget`: GitHub's figures of a day, a month, or all of them are taken away again."""

import os
from datetime import datetime

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.keep_usage_report import against_quota
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.usage_effects import after_forgetting, known_months
from codespace_tracker.core.calendar import UTC, month_bounds, parse_iso
from codespace_tracker.core.clock import DAY_US
from codespace_tracker.daemon import control
from codespace_tracker.ledger.billing import Billing, Forgotten
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.month_gauge import user_of
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine import clock
from codespace_tracker.views import wording
from codespace_tracker.views.scene import configuration_in_force

_FOREVER = 1 << 62


@click.command()
@click.argument("when", required=False)
@click.option("--all", "all_", is_flag=True, help="Forget all of GitHub's figures.")
@directory_option
def command(when: str | None, all_: bool, dir_: str | None) -> None:
    """Forget GitHub's figures of WHEN: a month (2026-11) or a day (2026-11-23), in UTC.

    What was counted here is kept. Use this to remove a wrong report, then import or fetch the right
    one.
    """
    if all_ == (when is not None):
        raise click.UsageError(
            "say what to forget: a month (2026-11), a day (2026-11-23), or --all."
        )
    since, until = (-_FOREVER, _FOREVER) if when is None else _bounds(when)
    directory = state_directory(dir_)
    ledger = Ledger.open_to_change(os.path.join(directory, NAME))
    try:
        with ledger.transaction():
            billing, now_us = Billing(ledger), clock.read().wall_us
            configuration, _ = configuration_in_force(ledger)
            user, counted = (
                user_of(configuration.settings, ledger.tracker()),
                against_quota(ledger, configuration),
            )
            months = {month_bounds(period.start)[0] for period in billing.periods(since, until)}
            before = known_months(billing, months, user, counted, now_us)
            gone = billing.forget(since, until)
            said = after_forgetting(before, known_months(billing, months, user, counted, now_us))
            if gone.days or gone.months:
                ledger.note(
                    now_us, "usage_forgotten", None, {**gone._asdict(), "when": when or "all"}
                )
            sum_of = _only_sum(billing, since) if until - since == DAY_US else ""
    finally:
        ledger.close()
    if not gone.days and not gone.months:
        click.echo(
            show.fitted(
                "", f"There were no figures of GitHub's{f' for {when}' if when else ''}.{sum_of}"
            )
        )
        return
    control.reload(directory)
    click.echo(show.fitted("", _said(gone)))
    for line in said:
        click.echo(show.fitted("", line))


def _only_sum(billing: Billing, day: int) -> str:
    """That of the month of a day (its start, UTC µs) only one sum is known, and how to forget that;
    empty where it is not so."""
    month = month_bounds(day)
    if {one.is_month for one in billing.periods(*month)} != {True}:
        return ""
    named, when = wording.month(month[0], UTC), UTC.date(month[0])[:7]
    return f" Only one sum is known for {named}: codespace-tracker usage forget {when}"


def _said(gone: Forgotten) -> str:
    """What was forgotten. As `usage import` does, it counts the days with use."""
    counts = ((gone.used_days if gone.lines else gone.days, "day"), (gone.months, "monthly sum"))
    what = " and ".join(wording.count(number, thing) for number, thing in counts if number)
    none = "" if gone.lines else " (no use was in them)"
    unused = gone.days - gone.used_days if gone.lines else 0
    more = f", and that there was no use on {wording.count(unused, 'day')}" if unused else ""
    return f"Forgotten: GitHub's figures of {what}{none}{more}. What was counted here stays."


def _bounds(text: str) -> tuple[int, int]:
    """The instants (UTC µs) that a month or a day lies between. Raises click.BadParameter."""
    for form, length in (("%Y-%m", 7), ("%Y-%m-%d", 10)):
        try:
            date = datetime.strptime(text, form)
        except ValueError:
            continue
        if len(text) == length:
            start = parse_iso(date.isoformat())
            return month_bounds(start) if length == 7 else (start, start + DAY_US)
    raise click.BadParameter(
        f"{text!r} is neither a month such as 2026-11 nor a day such as 2026-11-23."
    )
