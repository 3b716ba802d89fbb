"""`stop`: pause the session and stop the tracker."""

import os

import click

from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.tracker import does_not_end
from codespace_tracker.daemon import control
from codespace_tracker.ledger.connect import NAME, LedgerError
from codespace_tracker.machine import liveness
from codespace_tracker.machine.environment import CODESPACE
from codespace_tracker.views import tracker_state


@click.command()
@directory_option
def command(dir_: str | None) -> None:
    """Stop the tracker. The codespace keeps running and using your quota; to stop that, use
    `stop-codespace`.

    The tracker stays stopped until you run `start`, or until the machine or container restarts. If
    you run `start` before that, the session continues, and the time in between is counted because
    the codespace was running.
    """
    directory = state_directory(dir_)
    running = liveness.running(directory)
    if running == (None, None) and not os.path.exists(os.path.join(directory, NAME)):
        click.echo("The tracker was not running.")
        return
    was_waiting = running.is_waiting
    if not control.stop(directory):
        raise does_not_end(directory)
    if was_waiting:
        click.echo(
            "Stopped. The tracker was waiting for another machine's tracker, and had recorded "
            "nothing."
        )
        return
    was = running.keeper is not None or running.daemon is not None
    click.echo(_words(directory) if was else "The tracker was not running.")


def _words(directory: str) -> str:
    """What to print: the pause may not have reached the disk."""
    try:
        found = tracker_state.look(directory)
    except LedgerError:
        found = None
    if found is None or found.session.is_open:
        return (
            "The tracker was stopped, but the pause could not be saved."
            "\nThe next start continues the session; nothing is lost."
        )
    said = "The tracker was stopped and the session is paused."
    if found.tracker.environment != CODESPACE:
        return said
    return f"{said}\nThe codespace itself still runs. To stop it: codespace-tracker stop-codespace"
