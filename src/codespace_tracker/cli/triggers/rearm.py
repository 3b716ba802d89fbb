"""`triggers rearm`: a trigger that has fired may fire again in the same scope."""

import contextlib
import os

import click

from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.triggers.standing import look
from codespace_tracker.daemon import control
from codespace_tracker.daemon.flags import FlagFiles
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.occurrences import Occurrences
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine import clock


@click.command()
@click.argument("label")
@directory_option
def command(label: str, dir_: str | None) -> None:
    """Let a trigger that has fired in its scope fire again: at once, if its conditions hold."""
    directory = state_directory(dir_)
    standing = look(directory)
    trigger, _ = standing.trigger(label)
    ledger = Ledger.open_to_change(os.path.join(directory, NAME))
    try:
        with ledger.transaction():
            Occurrences(ledger).rearm(trigger.flag)
            ledger.note(clock.read().wall_us, "trigger_rearmed", standing.now.session, {"flag": trigger.flag})
    finally:
        ledger.close()
    with contextlib.suppress(OSError):
        FlagFiles(directory).remove(trigger.flag)
    control.replan(directory)
    click.echo(f"{trigger.label}: it may fire again in this scope.")
