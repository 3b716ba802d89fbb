"""A session as `export` prints it. `foreign_entry` reads it back without loss."""

from __future__ import annotations

from codespace_tracker.views.session_json import session_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.core.calendar import Zone
    from codespace_tracker.ledger.telling import Telling
    from codespace_tracker.views.json_types.sessions import ExportedSessionJson


def entry(telling: Telling, zone: Zone) -> ExportedSessionJson:
    """A session as `export` prints it. Times are given as text to the millisecond, and exactly in
    UTC µs."""
    session = telling.session
    return {
        **session_json(session, zone),
        "core_us": telling.core_us,
        "repository": telling.repository,
        "tracker_id": telling.tracker_id,
        "imported": session.number <= 0,
        "started_at": session.started_at,
        "ended_at": session.ended_at,
        "last_seen_at": session.last_seen_at,
        "spans": [
            {"started_at": span.started_at, "running_us": span.running_us, "cores": span.cores}
            for span in telling.spans
        ],
        "presence": [
            {
                "quarter_at": quarter.at,
                "present_us": quarter.present,
                "absent_us": quarter.absent,
                "unknown_us": quarter.unknown,
            }
            for quarter in telling.quarters
        ],
    }
