"""How much of the spans falls into a stretch of the calendar."""

from __future__ import annotations

from codespace_tracker.core.record import Record
from codespace_tracker.core.session import ClosedSpan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Usage(Record):
    """Running time in µs, and core-time in µs: running time by the cores that the machine had."""

    running_us: int
    core_us: int


def running_between(spans: Iterable[ClosedSpan], since: int, until: int) -> int:
    """The running time in µs that the spans have between the instants `since` and `until` (UTC
    µs)."""
    return sum(max(0, min(span.ended_at, until) - max(span.started_at, since)) for span in spans)


def core_us_between(spans: Iterable[ClosedSpan], since: int, until: int) -> int:
    """The core-time in µs (running time by cores) that the spans have between two instants (UTC
    µs)."""
    return sum(
        max(0, min(span.ended_at, until) - max(span.started_at, since)) * span.cores
        for span in spans
    )


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
