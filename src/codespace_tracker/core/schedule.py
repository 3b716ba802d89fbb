"""What is due, and in how long the next thing could be: two heaps of deadlines, one on each clock.

Levels and `every` wait on the running time of all sessions together, `at` on the wall clock. A look at what is due
costs nothing while nothing is; a schedule is made anew when scopes end, the clock steps, or the plan changes.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from codespace_tracker.core.clock import MINUTE_US
from codespace_tracker.core.trigger import Measures, Reason, Scope, Trigger, all_hold_at

LATE_US = MINUTE_US
"""How late a point of `at` may be before it counts as missed, in µs."""

MISSED_KEPT = 1000
"""How many missed points of one trigger are written down at once; of more the newest."""


class Armed(NamedTuple):
    """Since when a trigger counts: the running time of all sessions (µs), the instant (UTC µs), the session."""

    total_us: int
    at: int
    session: int


class Considered(NamedTuple):
    """Up to where edges have been looked at: running time of all sessions (µs), instant (UTC µs); whether this
    session's start was."""

    total_us: int
    at: int
    start: bool


class Now(NamedTuple):
    """The moment: what the levels measure, the instant (UTC µs), the session's number and start, the scopes' keys."""

    measures: Measures
    at: int
    session: int
    started_at: int
    keys: Mapping[Scope, str]


class Due(NamedTuple):
    """A trigger that became due: the key of its scope and the point in it, and the instant (UTC µs) of the point.

    `skipped` says why it is not to run, None if it is.
    """

    trigger: Trigger
    scope: str
    point: int
    due_at: int
    skipped: Reason | None = None


class Activity(NamedTuple):
    """When somebody last touched a terminal or the editor (UTC µs); `known` is False where an editor may hide it."""

    last_at: int
    known: bool


class Schedule:
    """The deadlines of the triggers in force.

    `spent` are the flags that have fired in their present scope, `held` those that the user made. `key_of` names a
    trigger's row of `armed`.
    """

    def __init__(
        self,
        triggers: Iterable[tuple[Trigger, Armed]],
        spent: Iterable[str],
        held: Iterable[str],
        considered: Considered,
        now: Now,
    ) -> None:
        self.triggers = [(trigger, armed) for trigger, armed in triggers if trigger.enabled]
        self.spent = set(spent)
        self.held = set(held)
        self.considered = considered
        self.needs_points = False
        self._running: list[tuple[int, int]] = []
        self._wall: list[tuple[int, int]] = []
        self._idle: list[int] = []
        self._idle_look_at = 0
        self._stretches: dict[int, int] = {}  # by trigger: the idle stretch that was looked at
        self._events: list[int] = []
        for index in range(len(self.triggers)):
            self._put(index, considered, now)
        heapq.heapify(self._running)
        heapq.heapify(self._wall)

    def _put(self, index: int, considered: Considered, now: Now) -> None:
        trigger, armed = self.triggers[index]
        if trigger.edge is None:
            if trigger.flag not in self.spent and trigger.flag not in self.held:
                self._running.append((all_hold_at(trigger.levels, now.measures), index))
        elif trigger.edge.kind == "every":
            self._running.append((_next_point(trigger, armed, considered.total_us), index))
        elif trigger.edge.kind == "at":
            self._put_at(index, max(considered.at, armed.at))
        elif trigger.edge.kind == "idle":
            self._idle.append(index)
        else:
            self._events.append(index)

    def _put_at(self, index: int, after: int) -> None:
        following = next((point for point in self.triggers[index][0].points if point > after), None)
        if following is not None:
            self._wall.append((following, index))

    # --- when

    def until_due(self, now: Now) -> int | None:
        """How long nothing can be due, in µs, not below 0; None if nothing is waited for."""
        waits = []
        if self._running:
            waits.append(self._running[0][0] - now.measures.total)
        if self._wall:
            waits.append(self._wall[0][0] - now.at)
        if self._idle:
            waits.append(self._idle_look_at - now.at)
        return max(0, min(waits)) if waits else None

    def upcoming(self, count: int, now: Now) -> list[tuple[Trigger, int]]:
        """The triggers that could be due next and in how many µs, the soonest first."""
        waits = [(due - now.measures.total, index) for due, index in heapq.nsmallest(count, self._running)]
        waits += [(due - now.at, index) for due, index in heapq.nsmallest(count, self._wall)]
        open_ones = [
            (max(0, wait), index) for wait, index in sorted(waits) if self.triggers[index][0].flag not in self.spent
        ]
        return [(self.triggers[index][0], wait) for wait, index in open_ones[:count]]

    def consider(self, now: Now) -> None:
        """Nothing was due up to now: there is no need to look at what lies before it again."""
        self.considered = Considered(now.measures.total, now.at, self.considered.start)

    # --- what

    def due(self, now: Now, activity: Callable[[], Activity]) -> list[Due]:
        """What became due up to now, in order; `activity` is asked only when an idle trigger could be."""
        found: list[Due] = []
        while self._running and self._running[0][0] <= now.measures.total:
            due, index = heapq.heappop(self._running)
            found += self._due_running(due, index, now)
        while self._wall and self._wall[0][0] <= now.at:
            _, index = heapq.heappop(self._wall)
            found += self._due_at(index, now)
        if self._idle and self._idle_look_at <= now.at:
            found += self._due_idle(now, activity())
        self.considered = Considered(now.measures.total, now.at, start=True)
        return sorted(found, key=lambda due: due.due_at)

    def events(self, names: Iterable[str], point: int, now: Now) -> list[Due]:
        """What an event makes due; `point` tells it from others of its name."""
        wanted, found = frozenset(names), []
        for index in self._events:
            trigger, armed = self.triggers[index]
            if trigger.edge is not None and trigger.edge.text in wanted and armed.session <= now.session:
                found += self._fire(index, point, now.at, now)
        return found

    def _due_running(self, due: int, index: int, now: Now) -> list[Due]:
        trigger, armed = self.triggers[index]
        due_at = now.at - (now.measures.total - due)
        if trigger.edge is None:
            if trigger.flag in self.spent or trigger.flag in self.held:
                return []
            return self._fire(index, 0, max(due_at, 0), now)
        following = _next_point(trigger, armed, now.measures.total)
        heapq.heappush(self._running, (following, index))
        period = trigger.edge.period_us
        newest = following - period
        oldest = max(due, newest - MISSED_KEPT * period)
        missed = [
            Due(trigger, "edge", point, now.at - (now.measures.total - point), "missed")
            for point in range(oldest, newest, period)
            if trigger.scope == "edge"
        ]
        fired = self._fire(index, newest, now.at - (now.measures.total - newest), now)
        return [*missed, *fired] if fired else []

    def _due_at(self, index: int, now: Now) -> list[Due]:
        trigger, _ = self.triggers[index]
        newest = max(point for point in trigger.points if point <= now.at)
        following = next((point for point in trigger.points if point > now.at), None)
        if following is None:
            self.needs_points = True
        else:
            heapq.heappush(self._wall, (following, index))
        missed = now.at - newest > LATE_US and not trigger.catch_up
        return self._fire(index, newest, newest, now, "missed" if missed else None)

    def _due_idle(self, now: Now, activity: Activity) -> list[Due]:
        found: list[Due] = []
        looks = []
        stretch = max(activity.last_at, now.started_at)
        for index in self._idle:
            trigger, armed = self.triggers[index]
            period = trigger.edge.period_us if trigger.edge is not None else 0
            due_at = max(stretch, armed.at) + period
            if due_at > now.at:
                looks.append(due_at)
            elif not activity.known:
                looks.append(now.at + MINUTE_US)
            else:
                looks.append(now.at + period)  # whoever comes back now is idle again then at the earliest
                if self._stretches.get(index) != stretch:
                    self._stretches[index] = stretch
                    found += self._fire(index, stretch, due_at, now)
        self._idle_look_at = min(looks)
        return found

    def _fire(self, index: int, point: int, due_at: int, now: Now, skipped: Reason | None = None) -> list[Due]:
        trigger, _ = self.triggers[index]
        if trigger.scope != "edge" and trigger.flag in self.spent:
            return []
        if trigger.edge is not None and all_hold_at(trigger.levels, now.measures) > now.measures.total:
            return []
        if trigger.flag in self.held:
            return [Due(trigger, "edge", point, due_at, "flag")] if trigger.edge is not None else []
        if skipped is None and trigger.scope != "edge":
            self.spent.add(trigger.flag)
            point = now.session if trigger.scope == "ever" else 0
        return [Due(trigger, now.keys[trigger.scope], point, due_at, skipped)]


def _next_point(trigger: Trigger, armed: Armed, after_total_us: int) -> int:
    """The first point of an `every` after a running time, on the running time of all sessions (µs)."""
    period = trigger.edge.period_us if trigger.edge is not None else 0
    return armed.total_us + (max(0, after_total_us - armed.total_us) // period + 1) * period
