"""Deadlines on one clock, the soonest at hand: what it costs to ask does not grow with how many
there are."""

from __future__ import annotations

import heapq

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Deadlines:
    """Moments (µs on a clock that the caller knows), each with the number of what is due then."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int]] = []

    def add(self, at: int, number: int) -> None:
        """Wait for a moment."""
        heapq.heappush(self._heap, (at, number))

    def first(self) -> int | None:
        """The soonest moment; None if nothing is waited for."""
        return self._heap[0][0] if self._heap else None

    def take(self, until: int) -> Iterator[tuple[int, int]]:
        """Take those up to a moment, the soonest first; such as are added meanwhile too."""
        while self._heap and self._heap[0][0] <= until:
            yield heapq.heappop(self._heap)

    def in_order(self) -> Iterator[tuple[int, int]]:
        """All, the soonest first, at a cost that grows with what is taken and not with what there
        is."""
        ahead = [(self._heap[0], 0)] if self._heap else []
        while ahead:
            entry, place = heapq.heappop(ahead)
            yield entry
            for child in (2 * place + 1, 2 * place + 2):
                if child < len(self._heap):
                    heapq.heappush(ahead, (self._heap[child], child))
