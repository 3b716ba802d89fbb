"""Keeping a report in the ledger, and saying what it held: for `usage import` and `usage fetch`."""

import os

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.failure import Failure
from codespace_tracker.core.calendar import UTC
from codespace_tracker.daemon import control
from codespace_tracker.github.usage_report import Report
from codespace_tracker.ledger.billing import Billing
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine import clock

_BROKEN_SHOWN = 20
_DAYS_SHOWN = 5


def keep(directory: str, report: Report, as_of: int, source: str) -> None:
    """Keep the lines, and tell the daemon. Raises LedgerError, Failure where the report holds none of Codespaces."""
    if not report.lines:
        others = f": {show.count(report.others, 'line')} of other products" if report.others else ""
        raise Failure(f"{source}: nothing of Codespaces is in it{others}. Nothing was changed.")
    ledger = Ledger.open_to_change(os.path.join(directory, NAME))
    try:
        with ledger.transaction():
            billing, lines, losing = Billing(ledger), report.lines, set[int]()
            if report.broken:
                lines, losing = billing.without_losses(lines)
            changed = billing.put(lines, as_of)
            if changed:
                detail = {"lines": len(lines), "changed": changed, "as_of": as_of}
                ledger.note(clock.read().wall_us, "usage_imported", None, detail)
    finally:
        ledger.close()
    if losing:
        _tell_losing(sorted(losing), source)
    if changed:
        control.replan(directory)
    days = sorted(line.day for line in report.lines)
    total = sum(line.core_us for line in report.lines)
    what = f"{show.core_hours(total)} core-hours, {show.day(days[0], UTC)} to {show.day(days[-1], UTC)}"
    click.echo(
        f"{source}: {what}. "
        + (f"New or changed: {show.count(changed, 'day')}." if changed else "Nothing of it is new.")
    )


def _tell_losing(days: list[int], source: str) -> None:
    named = ", ".join(map(UTC.date, days[:_DAYS_SHOWN])) + ", …" * (len(days) > _DAYS_SHOWN)
    what = f"{show.count(len(days), 'day')} {'stays as it was' if len(days) == 1 else 'stay as they were'} told before"
    click.echo(
        f"{source}: {what}, as less of {'it' if len(days) == 1 else 'them'} could be read now: {named}.", err=True
    )


def tell_broken(report: Report, source: str) -> None:
    """Name the lines that could not be read."""
    if report.broken:
        click.echo(
            f"{source}: {show.count(len(report.broken), 'line')} could not be read, and counts nothing:", err=True
        )
        for one in report.broken[:_BROKEN_SHOWN]:
            click.echo(show.item(show.printable(f"line {one.line}: {one.reason}")), err=True)
        if len(report.broken) > _BROKEN_SHOWN:
            click.echo(f"  … and {len(report.broken) - _BROKEN_SHOWN} more.", err=True)
