"""What is said of other codespaces beside a figure."""

from __future__ import annotations

from codespace_tracker.ledger.fleet import Fleet, FleetError, Heard
from codespace_tracker.views import wording

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.core.calendar import Zone


def heard_in(directory: str) -> Heard:
    """How fresh the figures of the other codespaces are. There is a fleet."""
    try:
        with Fleet.open(directory) as fleet:
            return fleet.heard()
    except FleetError as error:
        return Heard(problem=str(error))


def missing(heard: Heard, now: int, zone: Zone) -> list[str]:
    """What the figures of the other codespaces lack at the instant now (UTC µs), in sentences."""
    if heard.problem:
        return [f"{heard.problem} Fix: `codespace-tracker sync` makes it again."]
    lines = []
    if silent := heard.silent(now):
        have = "has" if len(silent) == 1 else "have"
        since = wording.short_moment(silent[-1], zone)
        of = wording.count(len(silent), "codespace")
        lines.append(f"{of} {have} not reported since {since}.")
    if heard.running(now):
        lines.append("Up to 30 min of each other codespace that runs is missing.")
    if heard.waiting:
        of = wording.count(heard.waiting, "codespace")
        does = "does" if heard.waiting == 1 else "do"
        lines.append(f"{of} {does} not count yet: codespace-tracker fleet accept NAME")
    return lines
