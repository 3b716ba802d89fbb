"""`activity`: report that you are active."""

import os

import click

from codespace_tracker.cli.options import check_place, directory_option, state_directory
from codespace_tracker.failure import Failure
from codespace_tracker.machine import activity
from codespace_tracker.machine.rooted import rooted


@click.command()
@directory_option
@click.option(
    "--reporting",
    is_flag=True,
    help="Say also that every editor here runs this whenever you are active.",
)
def command(dir_: str | None, reporting: bool) -> None:
    """Say that you are active: triggers with `idle_minutes` restart their timer.

    For editors: the tracker sees what you type in a terminal, but not in an editor. Touching the
    file `activity` in the state directory does the same.

    While an editor is connected, these triggers wait, because you may be typing in it. With
    --reporting they do not: for the next 12 hours, you count as away when nothing has run this
    command. So use it only where your editor runs it by itself.
    """
    directory = state_directory(dir_)
    if not os.path.isdir(rooted(directory)):
        raise Failure(
            f"{directory}: the state directory does not exist yet. Fix: `codespace-tracker start` "
            "creates it."
        )
    check_place(directory)
    if reporting:
        activity.touch_for_all(directory)
    else:
        activity.touch(directory)
