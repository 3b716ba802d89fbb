"""`status`: how long this session, today and all sessions have run."""

from __future__ import annotations

from codespace_tracker import __version__
from codespace_tracker.cli import show
from codespace_tracker.cli.options import state_directory
from codespace_tracker.cli.status_text import text
from codespace_tracker.failure import nothing_counted
from codespace_tracker.views import tracker_state
from codespace_tracker.views.scene import scene

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.views.json_types.status import StatusJson
    from codespace_tracker.views.scene import Scene
    from codespace_tracker.views.tracker_state import TrackerState

NOT_RUNNING = 1


def answer(dir_: str | None, as_json: bool) -> int:
    """Print the status; the exit code. Raises what `state_directory` and `scene` do, and Failure
    where nothing was counted yet."""
    directory = state_directory(dir_)
    with scene(directory) as here:
        found = tracker_state.state_in(here)
        if found is None:
            raise nothing_counted(directory)
        shown = show.json_text(as_content(found, here)) if as_json else text(found)
    show.echo(shown)
    return 0 if found.running else NOT_RUNNING


def as_content(state: TrackerState, here: Scene) -> StatusJson:
    """What `--json` prints: status.json as of now, and whether the tracker is running."""
    from codespace_tracker.ledger import presence_sums  # not for the text
    from codespace_tracker.views import standing
    from codespace_tracker.views.presence import Unattended
    from codespace_tracker.views.status import Status, status_json

    daemon, month = here.daemon, (state.gauge.month_start, state.at)
    counted = tracker_state.counted_in(here.ledger, state.unsaved)
    status = Status(
        session=state.session,
        tracker=state.tracker,
        today_us=state.today_us,
        total_us=state.total_us,
        gauge=state.gauge,
        session_count=state.session_count,
        zone=state.configuration.zone,
        journal_seq=state.journal_seq,
        notices=state.notices,
        problems=state.problems,
        pid=daemon.pid if daemon else 0,
        version=daemon.version if daemon and daemon.version else __version__,
        heartbeat_us=state.configuration.settings.heartbeat_seconds * 1_000_000,
        triggers=standing.triggers_in(here),
        unattended=Unattended(
            state.presence,
            state.today_split,
            presence_sums.core_time(here.ledger, *month),
            counted(*month),
        ),
    )
    away = None if state.running else state.silent_us
    return {
        **status_json(status),
        "running": state.running,
        "elsewhere": state.elsewhere,
        "waiting": state.waiting,
        "untrusted_file_system": state.file_system or None,
        "away_us": away,
        "directory": state.directory,
    }
