"""`watch`: a live dashboard of the session, the month, triggers and runs."""

import os
import sys
import time

import click

from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.core.clock import MINUTE_US, SECOND_US
from codespace_tracker.failure import Failure
from codespace_tracker.views import fuel


@click.command()
@directory_option
def command(dir_: str | None) -> None:
    """Live dashboard of the session, the month, triggers and runs. q, Esc or Ctrl-C quits.

    GitHub does not stop a codespace while a terminal shows new output. So the dashboard pauses
    after some minutes without a key press (`watch_minutes` in config.toml). Any key continues it.
    """
    directory = state_directory(dir_)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Failure(
            "watch needs a terminal. Fix: use `codespace-tracker status`, or read status.json in "
            "programs."
        )
    if os.environ.get("TERM", "dumb") in ("", "dumb", "unknown"):
        raise Failure(
            "this terminal ($TERM) cannot show a dashboard. Fix: use `codespace-tracker status`."
        )
    minutes = fuel.look(directory).state.configuration.settings.watch_minutes
    run(directory, minutes * MINUTE_US / SECOND_US)


def run(directory: str, limit: float) -> None:
    """Draw until the user quits; pause after `limit` seconds without a key."""
    from codespace_tracker.cli.commands.watch.follow import follow
    from codespace_tracker.cli.commands.watch.picture import picture
    from codespace_tracker.cli.commands.watch.terminal import Terminal

    try:
        with Terminal() as terminal:
            follow(
                terminal,
                lambda rest: picture(directory, terminal.size(), rest),
                time.monotonic,
                limit,
            )
    except KeyboardInterrupt:
        pass  # the ordinary way out
