"""Whether what is shown is what the files say: they may be broken, or were edited a moment ago."""

from __future__ import annotations

import os

from codespace_tracker.config.configuration import FILES, Configuration, Loaded
from codespace_tracker.core.trigger import Trigger
from codespace_tracker.machine.files import stamp
from codespace_tracker.views.tracker_state import TrackerState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def notes(state: TrackerState) -> list[str]:
    """What a person should know of the files, beside the figures."""
    return pending(state.directory, state.configuration, state.loaded, running=state.running)


def pending(
    directory: str, configuration: Configuration, loaded: Loaded, *, running: bool
) -> list[str]:
    """The same by its parts. The files are read only where one of them was edited since they were
    last looked at."""
    seen = tuple(stamp(os.path.join(directory, name)) for name in FILES)
    if seen == loaded.stamps or (running and not loaded.stamps):
        return [_broken([problem.file for problem in loaded.problems])] if loaded.problems else []
    from codespace_tracker.config.load import as_written

    settings, triggers, problems = as_written(directory, configuration.triggers)
    if problems:
        return [_broken([problem.file for problem in problems])]
    differ = (
        settings != configuration.settings,
        _marks(triggers) != _marks(configuration.triggers),
    )
    names = " and ".join(name for name, differs in zip(FILES[1:], differ, strict=True) if differs)
    if not names:
        return []
    was, is_ = ("were", "are") if all(differ) else ("was", "is")
    if running:
        beat = configuration.settings.heartbeat_seconds
        return [f"{names} {was} edited just now, and {is_} not in force yet: within {beat}s."]
    return [
        f"{names} {was} edited since the tracker ran, and {is_} not in force: "
        "codespace-tracker start"
    ]


def _marks(triggers: Iterable[Trigger]) -> list[tuple[str, str]]:
    return [(trigger.flag, trigger.fingerprint) for trigger in triggers]


def _broken(files: list[str]) -> str:
    names = sorted({os.path.basename(name) for name in files})
    have = "has" if len(names) == 1 else "have"
    return (
        f"{' and '.join(names)} {have} problems, and the last good settings are in force: "
        "codespace-tracker doctor"
    )
