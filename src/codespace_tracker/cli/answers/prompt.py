"""`prompt`: the running time as one short line, for shell prompts and status bars."""

from __future__ import annotations

from codespace_tracker.cli import show
from codespace_tracker.cli.options import state_directory
from codespace_tracker.failure import nothing_counted
from codespace_tracker.views import prompt
from codespace_tracker.views.scene import scene
from codespace_tracker.views.session_now import session_now

NOT_RUNNING = 1


def answer(dir_: str | None, _: bool = False) -> int:
    """Print the line of prompt.txt as of now; the exit code. Raises what `state_directory` and
    `scene` do, and Failure where nothing was counted yet."""
    directory = state_directory(dir_)
    with scene(directory) as here:
        now = session_now(here)
        if now is None:
            raise nothing_counted(directory)
        zone = here.configuration.zone
        today = now.at if now.running else here.reading.wall_us
        today_us = now.ran_between(here.ledger, zone.day_start(today), zone.next_day_start(today))
    show.echo(prompt.line(now.session, today_us, running=now.running))
    return 0 if now.running else NOT_RUNNING
