"""`version`: the installed version, and the one running."""

import platform
import sqlite3
from typing import TYPE_CHECKING

import click

from codespace_tracker import __version__
from codespace_tracker.cli import show
from codespace_tracker.cli.options import directory_option, json_option, state_directory
from codespace_tracker.failure import Failure
from codespace_tracker.machine import liveness
from codespace_tracker.machine.trusted_directory import NotOurs

if TYPE_CHECKING:
    from codespace_tracker.views.json_types.checks import VersionJson


@click.command()
@directory_option
@json_option
def command(dir_: str | None, as_json: bool) -> None:
    """Show the installed version, and the version of the running tracker."""
    try:
        daemon = liveness.running(state_directory(dir_)).daemon
    except (Failure, NotOurs):  # no tracker of this user runs there
        daemon = None
    content: VersionJson = {
        "version": __version__,
        "running": daemon.version if daemon else None,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }
    if as_json:
        click.echo(show.json_text(content))
        return
    runs = f"version {daemon.version} is running" if daemon else "not running"
    click.echo(
        f"codespace-tracker {__version__} ({runs}), Python {content['python']}, SQLite "
        f"{content['sqlite']}"
    )
