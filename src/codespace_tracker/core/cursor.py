"""What a hub has of a stream, in a few numbers for each month, so that a tracker sends the rest.

Sessions are compared by their revisions. So are days of unattended time, whose date is the id and
whose running time is the revision.

The hub owns the cursor: it is made from what the hub has at the moment, and a tracker keeps none.
So after a hub lost something, however it did, the next sync brings it back.

A session stays in the month in which the hub took it first. Its start may move to another month
later, when a wrong clock was found out.
"""

from __future__ import annotations

from codespace_tracker.core.calendar import UTC, month_of
from codespace_tracker.core.record import Record
from codespace_tracker.core.stream import is_news

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from codespace_tracker.core.shared_presence import Attended
    from codespace_tracker.core.stream import Told

_MARK_BYTES = 6  # so that a sum over 30,000 sessions of a month fits into 63 bits


class MonthSum(Record):
    """How many sessions or days there are in a month, and the sum of their marks."""

    sessions: int
    marks: int


def mark(id_: str, revision: int) -> int:
    """A number that stands for a telling: another revision has another one."""
    import hashlib

    text = f"{id_} {revision}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=_MARK_BYTES).digest(), "big")


def sums(told: Iterable[Told]) -> dict[str, MonthSum]:
    """The sums of tellings by the months in which they started (2026-11)."""
    return _sums((month_of(one.started_at), one.session_id, one.revision) for one in told)


def sums_of_days(parts: Iterable[Attended]) -> dict[str, MonthSum]:
    """The sums of days of unattended time by their months (2026-11)."""
    return _sums((month_of(one.at), UTC.date(one.at), one.unattended_us) for one in parts)


def _sums(all_: Iterable[tuple[str, str, int]]) -> dict[str, MonthSum]:
    found: dict[str, MonthSum] = {}
    for month, id_, revision in all_:
        number, marks = found.get(month, (0, 0))
        found[month] = MonthSum(number + 1, marks + mark(id_, revision))
    return found


def differing(ours: Mapping[str, MonthSum], theirs: Mapping[str, MonthSum]) -> list[str]:
    """The months of which a hub does not have the same as we, in order."""
    return sorted(month for month in {*ours, *theirs} if ours.get(month) != theirs.get(month))


def missing_days(
    parts: Iterable[Attended], known: Mapping[str, Mapping[str, int]]
) -> list[Attended]:
    """The days of unattended time that a hub is to be told: `known` has what it has (µs) by date in
    each month that differs."""
    found = []
    for one in parts:
        there = known.get(month_of(one.at))
        if there is not None and one.unattended_us > there.get(UTC.date(one.at), 0):
            found.append(one)
    return found


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
