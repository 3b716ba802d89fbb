"""`ensure`, where there is nothing to do: hooks call it as often as they like."""

from __future__ import annotations

import os

from codespace_tracker.cli import show
from codespace_tracker.cli.options import check_place, state_directory
from codespace_tracker.cli.outcome import words
from codespace_tracker.daemon.settled import settled
from codespace_tracker.failure import Failure
from codespace_tracker.machine import hindrances, liveness, server_variables

IDLE = ("stopped", "elsewhere", "prebuild")
"""What `ensure` may find where this container runs no tracker."""


def answer(dir_: str | None, quiet: bool) -> int | None:
    """Say why nothing is to be done; the exit code. None if something is. Raises Failure, and
    what `state_directory` does."""
    try:
        directory = state_directory(dir_)
        check_can_start(directory)
        outcome = settled(directory, liveness.holders(directory))
    except (Failure, OSError):
        if quiet:
            return 0
        raise
    if outcome is None:
        return None
    if outcome not in IDLE:
        server_variables.keep(directory, os.environ)
    if not quiet:
        show.echo(words(outcome, directory))
    return 0


def check_can_start(directory: str) -> None:
    """Raises Failure if a tracker could not be started here, whether or not one runs; NotOurs."""
    check_place(directory)
    if not _is_on_path("flock"):
        raise Failure(
            "the program `flock` is not on the PATH. Fix: sudo apt-get install util-linux"
        )
    for hindrance in hindrances.of_locks(directory):
        raise Failure(str(hindrance))


def _is_on_path(program: str) -> bool:
    """What `shutil.which` finds; `shutil` takes long to import."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    places = (os.path.join(folder, program) for folder in folders)
    return any(os.access(place, os.X_OK) and not os.path.isdir(place) for place in places)
