"""The answers of `sync status` and `fleet`."""

from typing import TypedDict


class SetAsideJson(TypedDict):
    """A stream that is not taken."""

    name: str
    """Its name."""
    reason: str
    """Why."""


class SyncStatusJson(TypedDict):
    """The meeting place, and when it last worked."""

    url: str
    """Its address."""
    stream_id: str
    """The id of this tracker's stream."""
    tried_at: str | None
    """When `sync` was run last; null: never."""
    worked_at: str | None
    """When it last worked; null: never."""
    problem: str | None
    """What went wrong the last time; null if it worked."""
    codespaces: int
    """How many other streams are known."""
    accepted: int
    """How many of them count."""
    set_aside: list[SetAsideJson]
    """Streams whose newest state is not taken."""
