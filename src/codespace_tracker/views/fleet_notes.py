"""What is said of other codespaces beside a figure."""

from __future__ import annotations

from codespace_tracker.ledger.fleet import Fleet, FleetError
from codespace_tracker.views import wording

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.core.calendar import Zone
    from codespace_tracker.ledger.fleet import Lacks


def fleet_notes(directory: str, now: int, zone: Zone) -> list[str]:
    """What the figures of the other codespaces lack at the instant now (UTC µs), in sentences.
    There is a fleet."""
    try:
        with Fleet.open(directory) as fleet:
            return _said(fleet.lacks(now), zone)
    except FleetError as error:
        return [f"{error} Fix: `codespace-tracker sync` makes it again."]


def _said(lacks: Lacks, zone: Zone) -> list[str]:
    lines = []
    if lacks.silent:
        have = "has" if lacks.silent == 1 else "have"
        since = wording.short_moment(lacks.silent_since, zone)
        of = wording.count(lacks.silent, "codespace")
        lines.append(f"{of} {have} not reported since {since}.")
    if lacks.running:
        lines.append("Up to 30 min of each other codespace that runs is missing.")
    if lacks.waiting:
        of = wording.count(lacks.waiting, "codespace")
        does = "does" if lacks.waiting == 1 else "do"
        lines.append(f"{of} {does} not count yet: codespace-tracker fleet accept")
    return lines
