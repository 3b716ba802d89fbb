"""Idle stretches: since when there has been no activity, and which stretches were looked at
already.

What was seen once is kept: a terminal that closes takes its time of last use with it, and a new
schedule must not take the same stretch for another one.
"""

from __future__ import annotations

from codespace_tracker.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Activity(Record):
    """When a terminal or the editor was last used (UTC µs); `known` is False where an editor may
    hide it."""

    last_at: int
    known: bool


Watched = tuple[str, str, int]
"""A trigger of idleness: its flag, its label, how often the flag was re-armed."""


class Idleness:
    """What was seen of idle stretches in this process and, where the ledger told, before it."""

    def __init__(self) -> None:
        self._touched_at = 0
        self._passed: dict[Watched, int] = {}

    def remember(self, passed: Mapping[Watched, int]) -> None:
        """Which stretches the ledger knows, by the instant (UTC µs) at which each trigger was due
        last."""
        for watched, due_at in passed.items():
            self._passed[watched] = max(due_at, self._passed.get(watched, 0))

    def touched(self, activity: Activity, at: int) -> int:
        """When activity was last seen (UTC µs), as of `at`: never earlier than was seen before."""
        if self._touched_at > at:
            self._touched_at = 0  # the clock was set back
        self._touched_at = max(self._touched_at, activity.last_at)
        return self._touched_at

    def is_new(self, watched: Watched, due_at: int, at: int) -> bool:
        """Whether the trigger, due at `due_at`, was not due in this stretch yet, as of `at`; true
        once."""
        passed = self._passed.get(watched, 0)
        if due_at <= passed <= at:
            return False
        self._passed[watched] = due_at
        return True
