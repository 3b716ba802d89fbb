"""`usage forget`: GitHub's figures of a day, a month, or all of them are taken away again."""

import os
from datetime import datetime

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import DAY_US
from codespace_tracker.core.usage import month_bounds
from codespace_tracker.daemon import control
from codespace_tracker.ledger.billing import Billing, Forgotten
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine import clock
from codespace_tracker.views import wording

_FOREVER = 1 << 62


@click.command()
@click.argument("when", required=False)
@click.option("--all", "all_", is_flag=True, help="Forget all of GitHub's figures.")
@directory_option
def command(when: str | None, all_: bool, dir_: str | None) -> None:
    """Forget GitHub's figures of WHEN: a month (2026-11) or a day of UTC (2026-11-23).

    What was counted here stays. A wrong report can be undone so; import or fetch the right one
    afterwards.
    """
    if all_ == (when is not None):
        raise click.UsageError("say what to forget: a month (2026-11), a day (2026-11-23), or --all.")
    since, until = (-_FOREVER, _FOREVER) if when is None else _bounds(when)
    directory = state_directory(dir_)
    ledger = Ledger.open_to_change(os.path.join(directory, NAME))
    try:
        with ledger.transaction():
            gone = Billing(ledger).forget(since, until)
            if gone.days or gone.months:
                ledger.note(clock.read().wall_us, "usage_forgotten", None, {**gone._asdict(), "when": when or "all"})
    finally:
        ledger.close()
    if not gone.days and not gone.months:
        click.echo(f"There were no figures of GitHub's{f' for {when}' if when else ''}.")
        return
    control.replan(directory)
    click.echo(show.fitted("", _said(gone)))


def _said(gone: Forgotten) -> str:
    """What was forgotten. As `usage import` does, it counts the days with use."""
    counts = ((gone.used_days if gone.lines else gone.days, "day"), (gone.months, "monthly sum"))
    what = " and ".join(wording.count(number, thing) for number, thing in counts if number)
    lines = wording.count(gone.lines, "line") if gone.lines else "no use was in them"
    unused = gone.days - gone.used_days if gone.lines else 0
    more = f", and that there was no use on {wording.count(unused, 'day')}" if unused else ""
    return f"Forgotten: GitHub's figures of {what} ({lines}){more}. What was counted here stays."


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
    raise click.BadParameter(f"{text!r} is neither a month such as 2026-11 nor a day such as 2026-11-23.")
