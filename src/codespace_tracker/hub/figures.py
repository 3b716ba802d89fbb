"""What a team used, from the sums of days; time that two streams claim of one codespace counts
once."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, NamedTuple

from codespace_tracker.core.clock import DAY_US, MINUTE_US
from codespace_tracker.core.stream import Stretch, by_day, union, without

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from codespace_tracker.hub.store.interface import StreamRow, Telling
    from codespace_tracker.hub.store.portable import Store

SILENT_US = 40 * MINUTE_US
"""After this, a codespace whose session is open counts as last seen, not as running."""


class Used(NamedTuple):
    """Running time (µs), core-time (core-µs), and sessions begun."""

    running_us: int = 0
    core_us: int = 0
    sessions: int = 0

    def plus(self, running_us: int, core_us: int, sessions: int) -> Used:
        """With more of each."""
        return Used(self.running_us + running_us, self.core_us + core_us, self.sessions + sessions)


class Figures(NamedTuple):
    """The streams of a team, and what each used on each day (since 1970)."""

    streams: tuple[StreamRow, ...]
    used: Mapping[tuple[str, int], Used]

    def by_stream(self) -> dict[str, Used]:
        """What each stream used on all these days, of those that used anything."""
        found: dict[str, Used] = {}
        for (stream_id, _), used in self.used.items():
            found[stream_id] = found.get(stream_id, Used()).plus(*used)
        return found


async def figures(store: Store, team: str, since: int, until: int) -> Figures:
    """What the streams of a team used on the days from `since` until before `until` (days since
    1970)."""
    streams = await store.streams(team)
    sums = await store.days(team, since, until)
    used = {(stream_id, day): Used(*rest) for stream_id, day, *rest in sums}
    for group in _same_codespace(streams):
        told = await store.tellings(team, group, since * DAY_US, until * DAY_US)
        for stream_id, stretches, began in counted(group, told):
            for key in [key for key in used if key[0] == stream_id]:
                del used[key]
            for day, number in began.items():
                used[stream_id, day] = Used(0, 0, number)
            for start, _, running, cores in by_day(stretches):
                key = stream_id, start // DAY_US
                used[key] = used.get(key, Used()).plus(running, running * cores, 0)
            for key in [key for key in used if not since <= key[1] < until]:
                del used[key]
    return Figures(tuple(streams), used)


async def people(
    store: Store, team: str, streams: Iterable[StreamRow], since: int, until: int
) -> dict[str, int]:
    """The running time (µs) of each person of a team on the days from `since` until before `until`
    (days since 1970), in which time that several codespaces ran counts once."""
    first, end = since * DAY_US, until * DAY_US
    person = {one.stream_id: one.shown_person for one in streams}

    def take(found: dict[str, array[int]], stream_id: str, stretch: Stretch) -> None:
        start, running, _ = stretch
        if start < end and start + running > first and stream_id in person:
            ran = found.setdefault(person[stream_id], array("q"))
            ran.extend((max(start, first), min(start + running, end)))

    found = await store.stretches(team, first, end, dict[str, "array[int]"], take)
    return {name: _length(ran) for name, ran in found.items()}


def _length(ran: array[int]) -> int:
    """How long (µs) stretches are together, by their starts and ends in turn."""
    spans = ((start, end - start, 1) for start, end in zip(ran[::2], ran[1::2], strict=True))
    return sum(end - start for start, end in union(spans))


def runs(stream: StreamRow, now: int) -> bool:
    """Whether a codespace was running a short while ago, at the instant now (UTC µs)."""
    return bool(stream.is_open) and now - stream.seen_at <= SILENT_US


def _same_codespace(streams: Iterable[StreamRow]) -> list[list[str]]:
    """The ids of the streams that tell of one codespace, where that are several; the one that told
    something last comes first."""
    found: dict[tuple[str, str], list[StreamRow]] = {}
    for one in streams:
        if one.codespace and one.told_at:
            found.setdefault((one.environment, one.codespace), []).append(one)
    return [
        [one.stream_id for one in sorted(group, key=lambda one: (-one.told_at, one.stream_id))]
        for group in found.values()
        if len(group) > 1
    ]


def counted(
    order: Sequence[str], told: Iterable[Telling]
) -> list[tuple[str, list[Stretch], dict[int, int]]]:
    """What counts of streams that tell of one codespace: for each, in order, its stretches without
    those of the ones before it, and how many sessions began on each day.

    Of a session that several tell, the newest telling counts.
    """
    newest: dict[str, Telling] = {}
    places = {stream_id: n for n, stream_id in enumerate(order)}
    for one in told:
        best = newest.get(one.session_id)
        if best is None or (one.revision, -places[one.stream_id]) > (
            best.revision,
            -places[best.stream_id],
        ):
            newest[one.session_id] = one
    found, taken = [], list[tuple[int, int]]()
    for stream_id in order:
        spans: list[Stretch] = []
        began: dict[int, int] = {}
        for one in newest.values():
            if one.stream_id == stream_id:
                spans += one.spans
                day = one.spans[0][0] // DAY_US
                began[day] = began.get(day, 0) + 1
        found.append((stream_id, without(spans, taken) if taken else spans, began))
        taken = union([*spans, *((a, b - a, 1) for a, b in taken)])
    return found
