"""`activity`: report that you are active."""

import os

import click

from codespace_tracker.cli.options import check_place, directory_option, state_directory
from codespace_tracker.failure import Failure
from codespace_tracker.machine import activity
from codespace_tracker.machine.rooted import rooted


@click.command()
@directory_option
def command(dir_: str | None) -> None:
    """Report activity: triggers with `idle_minutes` start counting again.

    For editors, whose keys reach no terminal. Touching the file `activity` in the state directory
    does the same.
    """
    directory = state_directory(dir_)
    if not os.path.isdir(rooted(directory)):
        raise Failure(
            f"{directory}: the state directory does not exist yet. Fix: `codespace-tracker start` "
            "creates it."
        )
    check_place(directory)
    activity.touch(directory)
