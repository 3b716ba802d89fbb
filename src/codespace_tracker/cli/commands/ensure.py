"""`ensure`: what hooks call, as often as they like."""

import os

import click

from codespace_tracker.cli.options import check_places, directory_option, state_directory
from codespace_tracker.cli.outcome import words
from codespace_tracker.cli.tracker import start
from codespace_tracker.failure import Failure
from codespace_tracker.machine import directory as directories


@click.command()
@click.option("--quiet", is_flag=True, help="Print nothing, and always exit with 0.")
@click.option("--shell-hook", "hook", is_flag=True, help="Also start it from every new shell.")
@directory_option
def command(quiet: bool, hook: bool, dir_: str | None) -> None:
    """Start the tracker if it is not running, and replace it if it is of an older version.

    A second process, the keeper, restarts the tracker after a crash. If the keeper is not running,
    `ensure` starts it too.

    Does nothing if you have run `stop` since the machine or container last started.
    """
    try:
        directory = state_directory(dir_)
        outcome = start(directory, resume=False)
        if hook and outcome != "prebuild":
            check_places()
            _put_hook(directory)
    except (Failure, OSError):
        if quiet:
            return
        raise
    if not quiet:
        click.echo(words(outcome, directory))


def _put_hook(directory: str) -> None:
    """Add the shell hook where it is missing. Raises Failure."""
    from codespace_tracker.install import startup_files
    from codespace_tracker.install.places import command as our_command

    home = directories.home(os.environ)
    command = our_command(home, os.environ)
    for path, put in startup_files.put_everywhere(
        home, os.environ, directory, command, ask=False
    ).items():
        if isinstance(put.changed, OSError):
            mend = "Fix: make it writable, or add what `codespace-tracker init --shell-hook` shows."
            raise Failure(
                f"{path}: the shell hook could not be added ({put.changed.strerror}). {mend}"
            )
