"""How much of the spans falls into a stretch of the calendar."""

from __future__ import annotations

from codespace_tracker.core.record import Record
from codespace_tracker.core.session import ClosedSpan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


class Usage(Record):
    """Running time in µs, and core-time in µs: running time by the cores that the machine had."""

    running_us: int
    core_us: int


def running_between(spans: Iterable[ClosedSpan], since: int, until: int) -> int:
    """The running time in µs that the spans have between the instants `since` and `until` (UTC
    µs)."""
    return sum(us for us, _ in _within(spans, since, until))


def core_us_between(spans: Iterable[ClosedSpan], since: int, until: int) -> int:
    """The core-time in µs (running time by cores) that the spans have between two instants (UTC
    µs)."""
    return sum(us * cores for us, cores in _within(spans, since, until))


def _within(spans: Iterable[ClosedSpan], since: int, until: int) -> Iterator[tuple[int, int]]:
    """How much of each span (µs) lies between two instants (UTC µs), and its cores; not those of
    which nothing does. A month has many, so it calls nothing."""
    for _, started_at, _, cores, running_us in spans:
        ended_at = started_at + running_us
        first = started_at if started_at > since else since
        last = ended_at if ended_at < until else until
        if first < last:
            yield last - first, cores


def shared_out(stretches: Iterable[tuple[int, int, int]], bounds: Sequence[int]) -> list[Usage]:
    """How much falls between each two neighbours of `bounds` (instants in UTC µs, growing).

    A stretch is the instant of its start (UTC µs), its running time in µs, its cores. What lies
    before the first and after the last bound is in none.
    """
    from bisect import bisect_right  # for reports alone

    running = [0] * (len(bounds) - 1)
    core = running.copy()
    for started_at, running_us, cores in stretches:
        ended_at = started_at + running_us
        at = max(0, bisect_right(bounds, started_at) - 1)
        while at < len(running) and bounds[at] < ended_at:
            part = min(ended_at, bounds[at + 1]) - max(started_at, bounds[at])
            running[at] += part
            core[at] += part * cores
            at += 1
    return list(map(Usage, running, core))
