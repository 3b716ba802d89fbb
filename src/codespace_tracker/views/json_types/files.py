"""The runtime files that the original tool also had. status.json is in `status.py`."""

from typing import TypedDict


class FirstStartJson(TypedDict):
    """When the first session began. Written once."""

    start_time: str
    """When the first session began."""


class CurrentSessionFileJson(TypedDict):
    """The newest session. Written each minute."""

    session_id: str
    """Its id, a UUID."""
    start_time: str
    """When it began."""
    last_updated: str
    """The heartbeat that this shows."""
    minutes: int
    """Whole minutes that it has run."""


class MinuteRuntimeJson(TypedDict):
    """How long the newest session has run. Written each minute."""

    minutes: int
    """Whole minutes that it has run."""


class TotalRuntimeJson(TypedDict):
    """All sessions together. Written each minute and when a session ends."""

    total_minutes: int
    """Whole minutes that all sessions have run."""
    total_hours: float
    """The same in hours."""
    session_count: int
    """How many sessions there are."""
    last_updated: str
    """The heartbeat that this shows."""


class LoggedSessionJson(TypedDict):
    """A session."""

    session_id: str
    """Its id, a UUID."""
    start_time: str
    """When it began."""
    end_time: str | None
    """When it ended; null while it is open."""
    duration_minutes: int
    """Whole minutes that it has run."""
    recovered: bool
    """Whether it was cut off, and ends at its last heartbeat."""
    date: str
    """The date on which it began, as YYYY-MM-DD."""
    number: int
    """Its number; sessions counted here are numbered from 1."""
    running_us: int
    """How long it has run, in µs."""
