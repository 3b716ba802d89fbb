"""`stop`: the session paused, the tracker ended."""

import click

from codespace_tracker.cli.failure import Failure
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.daemon import control


@click.command()
@directory_option
def command(dir_: str | None) -> None:
    """Stop the tracker; the session is paused.

    It stays stopped until `start`, or until the machine starts anew. A start in the same life of the machine goes on
    with the session and counts the time between: the machine ran.
    """
    directory = state_directory(dir_)
    found = control.running(directory)
    if not control.stop(directory):
        pids = ", ".join(str(holder.pid) for holder in control.running(directory) if holder is not None)
        raise Failure(f"{directory}: the tracker (process {pids}) does not end. Mend: `kill -9` it; nothing is lost.")
    was = found.keeper is not None or found.daemon is not None
    click.echo("The tracker was stopped; the session is paused." if was else "The tracker was not running.")
