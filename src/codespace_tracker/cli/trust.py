"""What commands do about a state directory that other users can write to."""

import os

import click

from codespace_tracker.cli.options import check_places
from codespace_tracker.daemon.surroundings import NO_MODES
from codespace_tracker.failure import Failure
from codespace_tracker.machine import directory as directories
from codespace_tracker.machine.rooted import rooted
from codespace_tracker.machine.trusted_directory import WRITABLE_BY_OTHERS, TrustedDirectory


def close_to_others(path: str) -> bool:
    """Close the directory to other users, and say so if it was open. Returns whether scripts may
    run from it. Raises NotOurs, OSError."""
    held = TrustedDirectory(path)
    try:
        closed = held.take_closed()
        if closed is not None and closed & WRITABLE_BY_OTHERS:
            click.echo(
                f"{path} was open to other users (mode {closed:04o}). It is private again (0700).",
                err=True,
            )
        return held.keeps_modes or directories.is_trusted(path, os.environ)
    finally:
        held.close()


def check_may_run(path: str) -> None:
    """Raises Failure if other users could have written the scripts."""
    if os.path.isdir(rooted(path)) and not close_to_others(path):
        raise Failure(f"{path}: {NO_MODES}")


def trust(path: str) -> None:
    """Record that triggers may run from it although its file system keeps no modes. Raises
    Failure."""
    check_places()
    try:
        directories.trust(path, os.environ)
    except (OSError, ValueError) as error:
        raise Failure(f"{path}: the trust could not be recorded ({error}).") from error
