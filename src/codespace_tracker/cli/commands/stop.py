"""`stop`: the session paused, the tracker ended."""

import os

import click

from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.tracker import does_not_end
from codespace_tracker.daemon import control
from codespace_tracker.ledger.connect import NAME, LedgerError
from codespace_tracker.machine import liveness
from codespace_tracker.machine.environment import CODESPACE
from codespace_tracker.views import now


@click.command()
@directory_option
def command(dir_: str | None) -> None:
    """Stop the tracker, and not the codespace, which keeps running and costing (see stop-codespace).

    It stays stopped until `start`, or until the machine starts anew. A start in the same life of the machine goes on
    with the session and counts the time between: the machine ran.
    """
    directory = state_directory(dir_)
    found = liveness.running(directory)
    if found == (None, None) and not os.path.exists(os.path.join(directory, NAME)):
        click.echo("The tracker was not running.")
        return
    was_waiting = liveness.is_waiting(directory)
    if not control.stop(directory):
        raise does_not_end(directory)
    if was_waiting:
        click.echo("The tracker was stopped. It waited for that of another machine, and had written nothing.")
        return
    was = found.keeper is not None or found.daemon is not None
    click.echo(_words(directory) if was else "The tracker was not running.")


def _words(directory: str) -> str:
    """What came of it: the pause may not have reached the disk."""
    try:
        found = now.look(directory)
    except LedgerError:
        found = None
    if found is None or found.session.is_open:
        return "The tracker was stopped. That could not be written down: the next start goes on, and nothing is lost."
    said = "The tracker was stopped; the session is paused."
    if found.tracker.environment != CODESPACE:
        return said
    return f"{said}\nThe codespace itself keeps running, and costs. To stop it: codespace-tracker stop-codespace"
