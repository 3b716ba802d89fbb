"""Ready-made triggers, which commands switch on and off: in trigger_config.json, visible there and
editable like those that a person wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codespace_tracker.cli.trigger_file import change
from codespace_tracker.config.edit import path_of, with_field, with_trigger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codespace_tracker.core.trigger import Trigger


def switch(directory: str, entries: Sequence[dict[str, Any]], *, on: bool) -> str:
    """Add or enable triggers, as they are written in the file, or disable them; what a person
    should know if that is not in force yet. They are known by their labels. Raises Failure,
    OSError."""

    def how(text: str, triggers: list[Trigger]) -> str | None:
        before = text
        places = {trigger.label: n for n, trigger in enumerate(triggers)}
        for entry in entries:
            n = places.get(entry["label"])
            if n is not None and triggers[n].enabled is not on:
                text = with_field(text, path_of(text, n), "enabled", on)
        for entry in entries:
            if on and entry["label"] not in places:
                text = with_trigger(text, entry)
        return None if text == before else text

    return change(directory, how).note
