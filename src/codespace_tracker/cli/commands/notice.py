"""`notice`: a message that each new shell shows once, and `status` too; also for scripts."""

import os

import click

from codespace_tracker.cli.give_notice import HOURS, give
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.core.notice_text import clean
from codespace_tracker.daemon import control
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.notices import Notices
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine import clock, liveness
from codespace_tracker.views import wording
from codespace_tracker.views.scene import configuration_in_force, open_ledger


@click.command()
@click.argument("words", nargs=-1, metavar="[TEXT]")
@click.option(
    "--hours",
    type=click.IntRange(1, 365 * 24),
    default=HOURS,
    show_default=True,
    metavar="N",
    help="How long to show it.",
)
@click.option("--clear", is_flag=True, help="Remove all notices.")
@directory_option
def command(words: tuple[str, ...], hours: int, clear: bool, dir_: str | None) -> None:
    """Show TEXT once in each new shell, and in `status`. Without TEXT, list the current notices.

    Scripts can use it too. The newest five are kept; repeating a text does not add it twice.
    """
    directory = state_directory(dir_)
    if clear and words:
        raise click.UsageError("--clear removes all notices: it takes no text.")
    if clear:
        click.echo(f"Removed {wording.count(_clear(directory), 'notice')}.")
        return
    if not words:
        click.echo(_list(directory))
        return
    text = clean(" ".join(words))
    if not text:
        raise click.UsageError("the text is empty.")
    until = give(directory, text, text, hours)
    click.echo(f"Each new shell will show it once, until {until}.")
    if liveness.running(directory).daemon is None:
        click.echo("The tracker is not running, so this is not shown yet.")
        click.echo("Start it: codespace-tracker start")


def _clear(directory: str) -> int:
    with Ledger.open_to_change(os.path.join(directory, NAME)) as ledger, ledger.transaction():
        count = Notices(ledger).clear()
    control.reload(directory)
    return count


def _list(directory: str) -> str:
    with open_ledger(directory) as ledger:
        zone = configuration_in_force(ledger)[0].zone
        found = Notices(ledger).standing(clock.read().wall_us)
    return (
        "\n".join(f"{wording.moment(one.at, zone)}  {one.text}" for one in found)
        or "There are no notices."
    )
