"""`notice`: a text that new shells show once each, and `status`; also for scripts."""

import os

import click

from codespace_tracker.cli.notices import HOURS, give
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.core.notice import clean
from codespace_tracker.daemon import control
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.notices import Notices
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine import clock, liveness
from codespace_tracker.views import wording
from codespace_tracker.views.scene import open_ledger, plan_in_force


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
        click.echo(f"{wording.count(_clear(directory), 'notice')} taken away.")
        return
    if not words:
        click.echo(_list(directory))
        return
    text = clean(" ".join(words))
    if not text:
        raise click.UsageError("there is no text.")
    until = give(directory, text, text, hours)
    click.echo(f"Each new shell shows it until {until}.")
    if liveness.running(directory).daemon is None:
        click.echo("The tracker is not running: it is shown once it is. `codespace-tracker start`")


def _clear(directory: str) -> int:
    with Ledger.open_to_change(os.path.join(directory, NAME)) as ledger, ledger.transaction():
        count = Notices(ledger).clear()
    control.replan(directory)
    return count


def _list(directory: str) -> str:
    with open_ledger(directory) as ledger:
        zone = plan_in_force(ledger)[0].zone
        found = Notices(ledger).standing(clock.read().wall_us)
    return "\n".join(f"{wording.moment(one.at, zone)}  {one.text}" for one in found) or "There is no notice."
