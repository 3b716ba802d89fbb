"""The triggers that `sync setup` adds, which run `sync` as sessions start and every 30 minutes."""

from __future__ import annotations

from typing import Any

_CONDITIONS: dict[str, dict[str, Any]] = {
    "Sync at session start": {"event": "session_start"},
    "Sync every 30 minutes": {"every_minutes": 30},
}
_COMMAND = "codespace-tracker sync --quiet"


def switch(directory: str, *, on: bool) -> str:
    """Add or enable the triggers in trigger_config.json, or disable them; what a person should
    know if that is not in force yet. Raises Failure, OSError."""
    from codespace_tracker.cli import ready_triggers  # takes long to import

    entries = [
        {"label": label, "script_command": _COMMAND, "retries": 0, "conditions": conditions}
        for label, conditions in _CONDITIONS.items()
    ]
    return ready_triggers.switch(directory, entries, on=on)
