"""What came of an attempt to start the tracker, in words."""

from __future__ import annotations

from codespace_tracker.machine import liveness

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.daemon.settled import Outcome

_WORDS: dict[Outcome, str] = {
    "running": "The tracker is already running.",
    "elsewhere": "The tracker of this state directory was running elsewhere, and has just stopped.",
    "waiting": (
        "A tracker in another container or machine uses this directory, or did so last.\n"
        "This one waits until that one is gone, and counts in memory meanwhile."
    ),
    "started": "The tracker was started.",
    "restarted": "An older version was running and has been replaced.",
    "mended": "The daemon's keeper had died; a new one is running.",
    "stopped": "You stopped the tracker. To start it again: codespace-tracker start",
    "prebuild": "This is a codespace prebuild: nothing is started here.",
}


def words(outcome: Outcome, directory: str) -> str:
    """The result, in words."""
    place = liveness.running(directory).place if outcome == "elsewhere" else ""
    return (
        f"The tracker of this state directory is already running, {place}."
        if place
        else _WORDS[outcome]
    )
