"""What is said of other codespaces beside a figure."""

from __future__ import annotations

from codespace_tracker.views import fleet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.core.calendar import Zone


def fleet_notes(directory: str, now: int, zone: Zone) -> list[str]:
    """What the figures of the other codespaces lack at the instant now (UTC µs), in sentences.
    There is a fleet."""
    lacks = fleet.missing(fleet.members_of(directory, now), zone)
    return [f"{one[0].upper()}{one[1:]}." for one in lacks]
