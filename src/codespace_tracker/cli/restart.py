"""`restart`: stop and start, within one session."""

import click

from codespace_tracker.cli.failure import Failure
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.started import show_status, start
from codespace_tracker.daemon import control


@click.command()
@directory_option
def command(dir_: str | None) -> None:
    """Stop the tracker and start it again; the session goes on."""
    directory = state_directory(dir_)
    was = control.running(directory).daemon is not None
    if not control.pause(directory):
        raise Failure(f"{directory}: the tracker does not end. Mend: `codespace-tracker doctor` names its process.")
    start(directory, resume=True)
    click.echo("The tracker was restarted." if was else "The tracker was started.")
    show_status(directory)
