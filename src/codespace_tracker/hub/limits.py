"""How often someone may ask: a bucket for each, which fills up again with time."""

from __future__ import annotations

from collections import OrderedDict

_MOST = 20_000


class Rate:
    """At most `burst` at once, and `per_second` in the long run, for each key.

    It holds for one process. Of many keys those that were not used for longest are forgotten.
    """

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, key: str, now: float) -> float:
        """How many seconds until the key may be used at the instant now (s); 0: it may."""
        left = self._at(key, now)
        return 0.0 if left >= 1 else (1 - left) / self._per_second

    def use(self, key: str, now: float) -> None:
        """Note that the key was used."""
        self._left[key] = self._at(key, now) - 1, now
        self._left.move_to_end(key)
        if len(self._left) > _MOST:
            self._left.popitem(last=False)

    def _at(self, key: str, now: float) -> float:
        left, then = self._left.get(key, (self._burst, now))
        return min(self._burst, left + max(0.0, now - then) * self._per_second)
