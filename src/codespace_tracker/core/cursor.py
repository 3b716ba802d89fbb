"""What a hub has of a stream, in a few numbers for each month, so that a tracker sends the rest.

The hub owns the cursor: it is made from what the hub has at the moment, and a tracker keeps none.
So after a hub lost something, however it did, the next sync brings it back.

A session stays in the month in which the hub took it first. Its start may move to another month
later, when a wrong clock was found out.
"""

from __future__ import annotations

from codespace_tracker.core.calendar import month_of
from codespace_tracker.core.record import Record
from codespace_tracker.core.stream import is_news

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from codespace_tracker.core.stream import Told

_MARK_BYTES = 6  # so that a sum over 30,000 sessions of a month fits into 63 bits


class MonthSum(Record):
    """How many sessions there are in a month, and the sum of their marks."""

    sessions: int
    marks: int


def mark(session_id: str, revision: int) -> int:
    """A number that stands for a telling: another revision has another one."""
    import hashlib

    text = f"{session_id} {revision}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=_MARK_BYTES).digest(), "big")


def sums(told: Iterable[Told]) -> dict[str, MonthSum]:
    """The sums of tellings by the months in which they started (2026-11)."""
    found: dict[str, MonthSum] = {}
    for one in told:
        month = month_of(one.started_at)
        sessions, marks = found.get(month, (0, 0))
        found[month] = MonthSum(sessions + 1, marks + mark(one.session_id, one.revision))
    return found


def differing(ours: Mapping[str, MonthSum], theirs: Mapping[str, MonthSum]) -> list[str]:
    """The months of which a hub does not have the same as we, in order."""
    return sorted(month for month in {*ours, *theirs} if ours.get(month) != theirs.get(month))


def missing(told: Iterable[Told], known: Mapping[str, Mapping[str, int]]) -> dict[str, list[Told]]:
    """What a hub is to be told, by the months in which it goes there.

    `known` has the revisions by session that the hub has in each month that differs. Months that
    are not in it are the same here and there.
    """
    kept_in = {session: month for month, sessions in known.items() for session in sessions}
    found: dict[str, list[Told]] = {}
    for one in told:
        own = month_of(one.started_at)
        month = kept_in.get(one.session_id, own)
        if own in known and is_news(one, known[month].get(one.session_id, -1)):
            found.setdefault(month, []).append(one)
    return found
