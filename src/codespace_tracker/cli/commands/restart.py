"""`restart`: stop and start, within one session."""

import click

from codespace_tracker.cli.options import check_place, directory_option, state_directory
from codespace_tracker.cli.outcome import words
from codespace_tracker.cli.tracker import does_not_end, show_status, start
from codespace_tracker.daemon import control
from codespace_tracker.daemon.settled import is_prebuild
from codespace_tracker.machine import liveness
from codespace_tracker.machine.state_directory import prepare


@click.command()
@directory_option
def command(dir_: str | None) -> None:
    """Stop the tracker and start it again; the session continues."""
    directory = state_directory(dir_)
    if is_prebuild():
        click.echo(words("prebuild", directory))
        return
    check_place(directory)
    prepare(directory)  # find what would keep it from starting before it is stopped
    was = liveness.running(directory).daemon is not None
    if not control.pause(directory):
        raise does_not_end(directory)
    outcome = start(directory, resume=True)
    click.echo(
        "The tracker was restarted." if was and outcome == "started" else words(outcome, directory)
    )
    show_status(directory)
