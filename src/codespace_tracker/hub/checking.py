"""Whether what a store has is consistent: sums and sessions, and what its trackers found lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import DAY_US

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codespace_tracker.hub.store.interface import StreamRow
    from codespace_tracker.hub.store.portable import Store


class Finding(NamedTuple):
    """What was found of a stream of a team. `is_wrong` says that figures are wrong, not only that
    someone should look."""

    team: str
    stream: StreamRow
    text: str
    is_wrong: bool


async def check(store: Store) -> list[Finding]:
    """What is to be said of all streams, one after the other."""
    found = []
    for team, *_ in await store.teams():
        since = await store.kept_since(team)
        asides: dict[str, int] = {}
        for aside in await store.asides(team):
            asides[aside.stream_id] = asides.get(aside.stream_id, 0) + 1
        for stream in await store.streams(team):
            for text in await _wrong(store, team, stream.stream_id, since):
                found.append(Finding(team, stream, text, True))
            if stream.cut_back_at:
                at = UTC.iso(stream.cut_back_at)
                text = (
                    f"its tracker found at {at} that the hub had lost something, and told it again"
                )
                found.append(Finding(team, stream, text, False))
            if asides.get(stream.stream_id):
                text = f"{asides[stream.stream_id]} of its tellings are set aside"
                found.append(Finding(team, stream, text, False))
    return found


async def _wrong(store: Store, team: str, stream_id: str, since: int) -> list[str]:
    """What is wrong with the figures of a stream on the days that are kept, from `since` on (since
    1970)."""
    kept, sums = await store.everything(team, stream_id)
    found = []
    sessions = [session_id for session_id, _ in kept]
    twice = len(sessions) - len(set(sessions))
    if twice:
        found.append(f"{twice} of its sessions are kept in two months, and count twice")
    expected: dict[int, list[int]] = {}
    for _, days in kept:
        _add(expected, days)
    for day in sorted({*expected, *sums}):
        if day >= since and tuple(expected.get(day, (0, 0, 0))) != sums.get(day, (0, 0, 0)):
            date = UTC.date(day * DAY_US)
            found.append(f"the sum of {date} is not that of its sessions")
    return found


def _add(sums: dict[int, list[int]], days: Iterable[int]) -> None:
    numbers = iter(days)
    for day, *values in zip(numbers, numbers, numbers, numbers, strict=True):
        of_day = sums.setdefault(day, [0, 0, 0])
        for n, value in enumerate(values):
            of_day[n] += value
