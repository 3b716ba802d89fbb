"""`activity`: somebody is here."""

import os

import click

from codespace_tracker.cli.options import check_place, directory_option, state_directory
from codespace_tracker.failure import Failure
from codespace_tracker.machine import activity
from codespace_tracker.machine.rooted import rooted


@click.command()
@directory_option
def command(dir_: str | None) -> None:
    """Say that somebody is here: triggers with `idle_minutes` count from now.

    For editors, whose keys no terminal sees: what touches the file `activity` in the state directory says the same.
    """
    directory = state_directory(dir_)
    if not os.path.isdir(rooted(directory)):
        raise Failure(f"{directory}: there is no state directory yet. Fix: `codespace-tracker start` makes it.")
    check_place(directory)
    activity.touch(directory)
