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
    """Say that you are active: triggers with `idle_minutes` restart their timer.

    For editors: the tracker sees what you type in a terminal, but not in an editor. Touching the
    file `activity` in the state directory does the same.
    """
    directory = state_directory(dir_)
    if not os.path.isdir(rooted(directory)):
        raise Failure(
            f"{directory}: the state directory does not exist yet. Fix: `codespace-tracker start` "
            "creates it."
        )
    check_place(directory)
    activity.touch(directory)
