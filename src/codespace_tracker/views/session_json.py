"""A session as JSON, wherever one is written: status.json, `sessions --json` and `export` add to
it. (The files of the original tool have that tool's fields.)"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.core.calendar import Zone
    from codespace_tracker.core.session import Session
    from codespace_tracker.views.json_types import status as as_json


def session_json(session: Session, zone: Zone) -> as_json.SessionJson:
    """What every answer and file says of a session."""
    return {
        "session_id": session.session_id,
        "number": session.number,
        "state": session.ending or "open",
        "start_time": zone.iso(session.started_at),
        "end_time": None if session.ended_at is None else zone.iso(session.ended_at),
        "last_seen": zone.iso(session.last_seen_at),
        "running_us": session.running_us,
        "cores": session.span.cores,
    }
