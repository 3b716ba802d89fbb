"""`watch`: the session, the month, triggers and runs, drawn anew while somebody looks."""

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
    """Show the session, the month, the triggers and what runs, drawn anew while you look; q, Esc or Ctrl-C ends it.

    What a terminal shows keeps a codespace from going idle. So it rests after some minutes without a key press
    (`watch_minutes` in config.toml), and goes on at any key.
    """
    directory = state_directory(dir_)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Failure("watch needs a terminal. Fix: `codespace-tracker status`, or status.json for programs.")
    if os.environ.get("TERM", "dumb") in ("", "dumb", "unknown"):
        raise Failure("this terminal cannot be drawn on (TERM). Fix: `codespace-tracker status`.")
    minutes = fuel.look(directory).now.plan.settings.watch_minutes
    run(directory, minutes * MINUTE_US / SECOND_US)


def run(directory: str, limit: float) -> None:
    """Draw until somebody ends it; rest after `limit` seconds without a key."""
    from codespace_tracker.cli.commands.watch.follow import follow
    from codespace_tracker.cli.commands.watch.picture import picture
    from codespace_tracker.cli.commands.watch.terminal import Terminal

    try:
        with Terminal() as terminal:
            follow(terminal, lambda rest: picture(directory, terminal.size(), rest), time.monotonic, limit)
    except KeyboardInterrupt:
        pass  # the ordinary way out
