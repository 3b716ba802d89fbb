"""The triggers that `sync setup` adds, which run `sync` as sessions start and every 30 minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from codespace_tracker.core.trigger import Trigger

_LABELS: dict[str, dict[str, Any]] = {
    "Sync at session start": {"event": "session_start"},
    "Sync every 30 minutes": {"every_minutes": 30},
}
_COMMAND = "codespace-tracker sync --quiet"


def switch(directory: str, *, on: bool) -> str:
    """Add or enable the triggers in trigger_config.json, or disable them; what a person should
    know if that is not in force yet. Raises Failure, OSError."""
    from codespace_tracker.cli.trigger_file import change
    from codespace_tracker.config.edit import path_of, with_field, with_trigger

    def how(text: str, triggers: list[Trigger]) -> str | None:
        before = text
        places = {trigger.label: n for n, trigger in enumerate(triggers)}
        for label in _LABELS:
            n = places.get(label)
            if n is not None and triggers[n].enabled is not on:
                text = with_field(text, path_of(text, n), "enabled", on)
        for label, conditions in _LABELS.items():
            if on and label not in places:
                text = with_trigger(text, _trigger(label, conditions))
        return None if text == before else text

    return change(directory, how).note


def _trigger(label: str, conditions: dict[str, Any]) -> dict[str, Any]:
    return {"label": label, "script_command": _COMMAND, "retries": 0, "conditions": conditions}
