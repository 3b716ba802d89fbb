"""A trigger as `--json` prints it."""

from __future__ import annotations

from codespace_tracker.views import trigger_words as words
from codespace_tracker.views.outlook import in_words, outlook
from codespace_tracker.views.standing import Standing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.views.json_types.triggers import TriggerJson


def content(standing: Standing, n: int, wait: int | None) -> TriggerJson:
    """A trigger as `--json` prints it."""
    trigger, armed = standing.armed[n]
    last = standing.last.get(trigger.flag)
    going = standing.going.get((trigger.flag, trigger.label))
    placed = standing.placed.get(trigger.flag)
    iso = standing.configuration.zone.iso
    return {
        "label": trigger.label,
        "flag": trigger.flag,
        "when": words.conditions(trigger),
        "enabled": trigger.enabled,
        "scope": trigger.scope,
        "armed_at": iso(armed.at),
        "fired_in_scope": trigger.scope != "edge" and trigger.flag in standing.spent,
        "suppressed": trigger.flag in standing.held,
        "flag_placed_at": None if placed is None else iso(placed.at),
        "next_in_us": wait,
        "next": in_words(outlook(standing, n, wait), standing.configuration.zone),
        "progress": standing.progress(n, wait),
        "state": None if going is None else going.state,
        "last": None
        if last is None
        else {
            "label": last.label,
            "due_at": iso(last.due_at),
            "claimed_at": iso(last.claimed_at),
            "state": last.state,
            "reason": last.reason,
            "attempts": last.attempts,
        },
    }
