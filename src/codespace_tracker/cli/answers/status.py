"""`status`: how long this session, today and all sessions have run."""

from __future__ import annotations

from codespace_tracker.cli import show
from codespace_tracker.cli.options import state_directory
from codespace_tracker.cli.status_text import text
from codespace_tracker.failure import nothing_counted
from codespace_tracker.views import tracker_state
from codespace_tracker.views.scene import scene

NOT_RUNNING = 1


def answer(dir_: str | None, as_json: bool) -> int:
    """Print the status; the exit code. Raises what `state_directory` and `scene` do, and Failure
    where nothing was counted yet."""
    directory = state_directory(dir_)
    with scene(directory) as here:
        found = tracker_state.state_in(here)
        if found is None:
            raise nothing_counted(directory)
        if as_json:
            from codespace_tracker.cli.answers import status_json  # the text does without

            shown = show.json_text(status_json.content(found, here))
        else:
            shown = text(found)
    show.echo(shown)
    return 0 if found.running else NOT_RUNNING
