"""`status --json`, which takes more modules than the text."""

from __future__ import annotations

from codespace_tracker import __version__
from codespace_tracker.ledger import presence_sums
from codespace_tracker.ledger.month_gauge import paces_at
from codespace_tracker.views import standing, tracker_state
from codespace_tracker.views.presence import Unattended
from codespace_tracker.views.status import Status, status_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.views.json_types.status import StatusJson
    from codespace_tracker.views.scene import Scene
    from codespace_tracker.views.tracker_state import TrackerState


def content(state: TrackerState, here: Scene) -> StatusJson:
    """What `--json` prints: status.json as of now, and whether the tracker is running."""
    daemon, month = here.daemon, (state.gauge.month_start, state.at)
    status = Status(
        session=state.session,
        tracker=state.tracker,
        today_us=state.today_us,
        total_us=state.total_us,
        gauge=state.gauge,
        paces=paces_at(
            here.ledger,
            state.configuration.settings,
            tracker_state.counted_in(here.ledger, state.unsaved),
            state.gauge,
            state.first_start,
            state.others,
        ),
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
            tracker_state.counted_in(here.ledger, state.unsaved)(*month),
        ),
        heard=state.heard,
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
