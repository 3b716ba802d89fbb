"""`start`: the tracker in the background."""

import click

from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.started import show_status, start, words


@click.command()
@directory_option
def command(dir_: str | None) -> None:
    """Start the tracker in the background, also after a `stop`; does nothing if it runs."""
    directory = state_directory(dir_)
    outcome = start(directory, resume=True)
    click.echo(words(outcome))
    if outcome != "prebuild":
        show_status(directory)
