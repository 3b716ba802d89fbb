"""`ghadi`: the tracker in the foreground."""

import os

import click

from codespace_tracker.cli.options import check_place, directory_option, state_directory
from codespace_tracker.cli.outcome import words
from codespace_tracker.cli.tracker import does_not_end
from codespace_tracker.daemon import control
from codespace_tracker.daemon.settled import is_prebuild
from codespace_tracker.failure import Failure
from codespace_tracker.machine import liveness, server_variables


@click.command()
@directory_option
def command(dir_: str | None) -> None:
    """Run the tracker in the foreground. Ctrl-C stops it, as `stop` does."""
    directory = state_directory(dir_)
    if is_prebuild():
        click.echo(words("prebuild", directory))
        return
    check_place(directory)
    running = liveness.running(directory)
    if running.is_elsewhere:
        raise does_not_end(directory)
    if running.keeper is not None:
        pids = ", ".join(map(str, liveness.certain_pids(directory)))
        process = f" (process {pids})" if pids else ""
        raise Failure(
            f"{directory}: the tracker is already running{process}. Fix: run `codespace-tracker "
            "stop` first."
        )
    click.echo(f"Counting for {directory}. Ctrl-C stops it.", err=True)
    server_variables.keep(directory, os.environ)
    control.run_in_foreground(directory)
