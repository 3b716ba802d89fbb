"""What leaves the machine with `sync`: the files of a stream."""

from typing import Literal, TypedDict

from codespace_tracker.views.json_types.sessions import SpanJson


class StreamHeaderJson(TypedDict):
    """Whose stream it is."""

    format: int
    """The format of the stream, 1. A newer one is refused by older versions."""
    tracker_id: str
    """The id of the tracker; the stream's branch is named for it."""
    environment: str
    """The kind of environment, such as `codespaces`."""
    codespace: str
    """The codespace's name; empty if unknown."""
    user: str
    """The GitHub login whose codespace it is; empty if unknown."""
    repository: str
    """The repository, as OWNER/NAME; empty if unknown."""
    payer: Literal["me", "organization", "unknown"]
    """Who pays, by config.toml."""


class _Told(TypedDict):
    session_id: str
    """The id of the session."""
    revision: int
    """Grows with each change of the session. The telling with the highest one is the session."""
    ending: Literal["paused", "clean", "recovered"] | None
    """How it ended; null while it is open."""
    spans: list[SpanJson]
    """Its parts, the oldest first."""


class TellingJson(_Told, total=False):
    """A session, as one telling of it. It is in the file of the month (UTC) in which it started."""

    origin: str
    """The id of the tracker that counted it, if that is another one."""


class UnattendedDayJson(TypedDict):
    """How long the machine ran on a day with no one there. Only with `share_presence =
    "unattended_by_day"`."""

    day: str
    """The day (UTC), as YYYY-MM-DD."""
    unattended_us: int
    """Running time of the day with no one there, in µs."""
    unattended_core_us: int
    """The same in core-µs."""


class PresenceHourJson(TypedDict):
    """How an hour was used. Only with `share_presence = "by_hour"`."""

    hour: str
    """The hour (UTC), as YYYY-MM-DDTHH."""
    unattended_us: int
    """Running time of the hour with no one there, in µs."""
    unattended_core_us: int
    """The same in core-µs."""
    present_us: int
    """Running time of the hour with someone there, in µs."""
