"""`ensure`: what hooks call, as often as they like."""

import click

from codespace_tracker.cli.failure import Failure
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.started import start, words


@click.command()
@click.option("--quiet", is_flag=True, help="Say nothing, and exit with 0 whatever happens.")
@directory_option
def command(quiet: bool, dir_: str | None) -> None:
    """Start the tracker unless it runs; mends a lost keeper and replaces an older version.

    It leaves a tracker alone that a person stopped in this life of the machine.
    """
    try:
        outcome = start(state_directory(dir_), resume=False)
    except (Failure, OSError):
        if quiet:
            return
        raise
    if not quiet:
        click.echo(words(outcome))
