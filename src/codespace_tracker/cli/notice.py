"""`notice`: a text that new shells show once each, and `status`; also for scripts."""

import os

import click

from codespace_tracker.cli import now as tracker_now
from codespace_tracker.cli import show
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.core.notice import Notice, clean
from codespace_tracker.daemon import control
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.notices import Notices
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine import clock

HOURS = 24


@click.command()
@click.argument("words", nargs=-1, metavar="[TEXT]")
@click.option("--hours", type=click.IntRange(1, 365 * 24), default=HOURS, show_default=True, help="How long it stands.")
@click.option("--clear", is_flag=True, help="Take away all notices.")
@directory_option
def command(words: tuple[str, ...], hours: int, clear: bool, dir_: str | None) -> None:
    """Show TEXT once in each new shell, and in `status`; without TEXT, show the notices that stand.

    Also from scripts. The newest five stand; the same text given twice is one.
    """
    directory = state_directory(dir_)
    if clear and words:
        raise click.UsageError("--clear takes away what is there: it takes no text.")
    if clear:
        click.echo(f"{show.count(_clear(directory), 'notice')} taken away.")
        return
    if not words:
        click.echo(_list(directory))
        return
    text = clean(" ".join(words))
    if not text:
        raise click.UsageError("there is no text.")
    until = give(directory, text, text, hours)
    click.echo(f"Each new shell shows it until {until}.")
    if control.running(directory).daemon is None:
        click.echo("The tracker is not running: it is shown once it is. `codespace-tracker start`")


def give(directory: str, subject: str, text: str, hours: int = HOURS) -> str:
    """Give a notice in place of the one of its subject: until when it stands, in words. Raises LedgerError."""
    at = clock.read().wall_us
    notice = Notice(text, at, at + hours * HOUR_US)
    with Ledger.open_to_change(os.path.join(directory, NAME)) as ledger:
        with ledger.transaction():
            Notices(ledger).give(subject, notice)
        zone = tracker_now.plan_in_force(ledger)[0].zone
    control.replan(directory)
    return show.moment(notice.until, zone)


def _clear(directory: str) -> int:
    with Ledger.open_to_change(os.path.join(directory, NAME)) as ledger, ledger.transaction():
        count = Notices(ledger).clear()
    control.replan(directory)
    return count


def _list(directory: str) -> str:
    with tracker_now.open_ledger(directory) as ledger:
        zone = tracker_now.plan_in_force(ledger)[0].zone
        found = Notices(ledger).standing(clock.read().wall_us)
    return "\n".join(f"{show.moment(one.at, zone)}  {one.text}" for one in found) or "There is no notice."
