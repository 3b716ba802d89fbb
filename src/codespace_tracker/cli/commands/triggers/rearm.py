"""`triggers rearm`: let a trigger that has fired fire again in the same scope."""

import os

import click

from codespace_tracker.cli.options import directory_option, label_argument, state_directory
from codespace_tracker.core.trigger import hold
from codespace_tracker.daemon import control
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.occurrences import Occurrences
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine import clock
from codespace_tracker.machine.flag_files import FlagFiles
from codespace_tracker.machine.rooted import rooted
from codespace_tracker.views.naming import flag_of
from codespace_tracker.views.standing import look


@click.command()
@label_argument
@directory_option
def command(label: str, dir_: str | None) -> None:
    """Let a trigger that has fired (in this session, today, this month) fire again.

    It fires at once if its conditions are met.
    """
    directory = state_directory(dir_)
    standing = look(directory)
    flag = flag_of(label, standing.triggers)
    shared = [trigger for trigger in standing.triggers if trigger.flag == flag]
    if flag in standing.held:
        path = os.path.join(FlagFiles(directory).path, flag)
        raise Failure(
            f"{path}: you created this flag, and it keeps the trigger from firing. Fix: remove it."
        )
    name = " and ".join(trigger.label for trigger in shared)
    if all(trigger.scope == "edge" for trigger in shared):
        click.echo(f"{name}: nothing to do, as it fires every time its condition is met.")
        return
    if flag not in standing.spent:
        click.echo(f"{name}: nothing to do, as it has not fired yet.")
        return
    _rearm(directory, flag, standing.moment.session)
    control.reload(directory)
    measures = standing.moment.measures
    holds = any(
        trigger.enabled and trigger.edge is None and hold(trigger.levels, measures)
        for trigger in shared
    )
    if holds and not standing.running:
        click.echo(
            f"{name} may fire again. Its conditions are met: it fires when the tracker starts."
        )
    elif holds:
        click.echo(f"{name} may fire again. Its conditions are met: it fires at once.")
    else:
        click.echo(f"{name} may fire again.")


def _rearm(directory: str, flag: str, session: int) -> None:
    with Ledger.open_to_change(os.path.join(directory, NAME)) as ledger, ledger.transaction():
        Occurrences(ledger).rearm(flag)
        ledger.note(clock.read().wall_us, "trigger_rearmed", session, {"flag": flag})
        # within the transaction: the daemon must not see a flag without its row, or a row without
        # its flag
        files = FlagFiles(rooted(directory))
        files.remove(flag)
        files.touch()
