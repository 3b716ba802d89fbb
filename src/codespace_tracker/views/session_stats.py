"""What a history of sessions comes to: how long they are, how they end, the time between them, and
the busiest hours."""

from __future__ import annotations

from statistics import mean, median

from codespace_tracker.core.record import Record
from codespace_tracker.core.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from codespace_tracker.views.hours import HourOfWeek

BUSIEST = 5
"""How many of the busiest hours of the week are named."""


class SessionStats(Record):
    """Sessions taken together, as of their last heartbeats: how many, and what they come to. Times
    in µs.

    `longest` are those that ran the longest, the longest first. `endings` counts them by ending,
    those that go on as `open`. `off` is the time from the end of one to the start of the next, all
    of them together, and `longest_off` the longest of these. `busiest` are the hours of the week
    with the most running time.
    """

    number: int
    running: int
    average: int
    median: int
    longest: tuple[Session, ...]
    endings: dict[str, int]
    off: int
    longest_off: int
    busiest: tuple[HourOfWeek, ...]


def stats(sessions: Sequence[Session], most: int, hours: Iterable[HourOfWeek]) -> SessionStats:
    """What these sessions come to. `most` is how many of the longest are told, all of them if it is
    below 0; `hours` are those of the week."""
    running = [one.running_us for one in sessions] or [0]
    longest = sorted(sessions, key=lambda one: -one.running_us)
    endings = dict.fromkeys(("open", "paused", "clean", "recovered"), 0)
    for one in sessions:
        endings[one.ending or "open"] += 1
    gaps = _gaps(sessions)
    busiest = sorted(hours, key=lambda hour: -hour.running_us)[:BUSIEST]
    return SessionStats(
        number=len(sessions),
        running=sum(running),
        average=round(mean(running)),
        median=round(median(running)),
        longest=tuple(longest if most < 0 else longest[:most]),
        endings=endings,
        off=sum(gaps),
        longest_off=max(gaps, default=0),
        busiest=tuple(hour for hour in busiest if hour.running_us),
    )


def _gaps(sessions: Iterable[Session]) -> list[int]:
    """The times in which none of the sessions ran, between the first and the last of them."""
    found, until = [], None
    for one in sorted(sessions, key=lambda one: one.began_at):
        if until is not None and one.began_at > until:
            found.append(one.began_at - until)
        until = max(until or 0, one.last_seen_at)
    return found
