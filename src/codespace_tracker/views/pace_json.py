"""Paces as JSON, for status.json and `quota --json`."""

from __future__ import annotations

from codespace_tracker.core.clock import DAY_US, HOUR_US

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.core.calendar import Zone
    from codespace_tracker.core.gauge import Pace, Paces
    from codespace_tracker.views.json_types.pace import PaceJson, PacesJson


def paces_json(paces: Paces, zone: Zone) -> PacesJson:
    """Both paces; null where there is too little history for one."""
    return {"week": _pace_json(paces.week, zone), "month": _pace_json(paces.month, zone)}


def _pace_json(pace: Pace | None, zone: Zone) -> PaceJson | None:
    if pace is None:
        return None
    return {
        "core_hours_a_day": round(pace.core_us_a_day / HOUR_US, 4),
        "history_days": round(pace.history_us / DAY_US, 2),
        "core_hours_at_reset": round(pace.at_reset / HOUR_US, 4),
        "lasts_until": None if pace.lasts_until is None else zone.iso(pace.lasts_until),
    }
