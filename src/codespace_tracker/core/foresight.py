"""In how long the levels of a trigger hold if the machine runs on, also past the ends of days and
months.

At the end of a day or a month what is measured in it starts again from zero, so a level that would
hold only later waits for the next one. A `Schedule` knows the present day and month only, which is
all that firing needs.
"""

from __future__ import annotations

from codespace_tracker.core.calendar import Zone
from codespace_tracker.core.trigger import (
    PERIODS,
    SCOPE_OF,
    Level,
    Measures,
    Scope,
    all_hold_at,
    holds_at,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_ENDS = 64
"""How many ends of days and months are looked past. A level that holds after none of them is not
expected to hold."""

_KEPT = 3  # days, and as many months


class Calendar:
    """The days of a time zone and the billing months, each from its start to its end (UTC µs).

    The last few answers are kept, since most questions are about the present day and the next.
    """

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._known: dict[Scope, list[tuple[int, int]]] = {scope: [] for scope in PERIODS}

    def bounds(self, scope: Scope, at: int) -> tuple[int, int] | None:
        """The period of that scope around an instant; None for a scope whose end is not known in
        advance."""
        known = self._known.get(scope)
        if known is None:
            return None
        for start, end in known:
            if start <= at < end:
                return start, end
        found = PERIODS[scope].bounds(at, self._zone)
        self._known[scope] = [found, *known[: _KEPT - 1]]
        return found


def holds_in(
    levels: Iterable[Level], measures: Measures, at: int, calendar: Calendar, since: int = 0
) -> int | None:
    """In how many µs, but not before `since`, all of the levels hold together; None if that is not
    to be expected.

    `measures` is what they measure at the instant `at` (UTC µs).
    """
    levels = tuple(levels)
    wait = max(since, all_hold_at(levels, measures) - measures.clock)
    if all(_is_within(calendar.bounds(SCOPE_OF[level.measure], at), at + wait) for level in levels):
        return wait
    return _past_ends(levels, measures, at, calendar, since)


def _is_within(bounds: tuple[int, int] | None, at: int) -> bool:
    return bounds is None or at < bounds[1]


def _past_ends(
    levels: Iterable[Level], measures: Measures, at: int, calendar: Calendar, wait: int
) -> int | None:
    """`holds_in` where a day or a month ends first: go on from end to end until all of the levels
    hold."""
    restarted = measures.restarted(PERIODS)
    ending = []
    for level in levels:
        scope, first = SCOPE_OF[level.measure], holds_at(level, measures) - measures.clock
        if calendar.bounds(scope, at) is None:
            wait = max(wait, first)
        else:
            ending.append((scope, first, holds_at(level, restarted) - measures.clock))
    for _ in range(_MOST_ENDS):
        before = wait
        for scope, first, later in ending:
            start, end = calendar.bounds(scope, at + wait) or (at, at)
            wait = max(wait, min(first if start <= at else start - at + later, end - at))
        if wait == before:
            return wait
    return None
