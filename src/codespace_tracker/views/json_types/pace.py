"""How fast core-hours are used: a part of several answers."""

from typing import TypedDict


class PaceJson(TypedDict):
    """How fast core-hours are used, and what that leads to."""

    core_hours_a_day: float
    """Core-hours a day."""
    history_days: float
    """The time that this is measured over, in days."""
    core_hours_at_reset: float
    """What the whole month will have used, in core-hours."""
    lasts_until: str | None
    """When the quota is used up; null if it lasts, or if there is none."""


class PacesJson(TypedDict):
    """The pace of the last seven days, and of the month. null if too little is known."""

    week: PaceJson | None
    """The last seven days."""
    month: PaceJson | None
    """This month."""
