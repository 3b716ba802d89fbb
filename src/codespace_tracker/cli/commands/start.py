"""`start`: start the tracker in the background."""

import click

from codespace_tracker.cli.options import directory_option, state_directory, trust_option
from codespace_tracker.cli.outcome import words
from codespace_tracker.cli.tracker import show_status, start
from codespace_tracker.cli.trust import trust
from codespace_tracker.daemon import control


@click.command()
@trust_option
@directory_option
def command(trusts: bool, dir_: str | None) -> None:
    """Start the tracker in the background. Does nothing if it is already running."""
    directory = state_directory(dir_)
    if trusts:
        trust(directory)
        control.reload(directory)
    outcome = start(directory, resume=True)
    click.echo(words(outcome, directory))
    if outcome != "prebuild":
        show_status(directory)
