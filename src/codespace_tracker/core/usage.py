"""How much of the spans falls into a stretch of the calendar."""

from collections.abc import Iterable

from codespace_tracker.core.session import ClosedSpan


def running_between(spans: Iterable[ClosedSpan], since: int, until: int) -> int:
    """The running time in µs that the spans have between the instants `since` and `until` (UTC µs)."""
    return sum(max(0, min(span.ended_at, until) - max(span.started_at, since)) for span in spans)
