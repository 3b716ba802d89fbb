"""What is due, and in how long the next thing could be: deadlines on two clocks.

Levels and `every` wait on the running clock, `at` on the wall clock. The running clock is the time
of all sessions together that passed here: what is imported later does not move it. Idleness is
decided only at the moment of a look at who is there. To ask what is due costs nothing while nothing
is; a new schedule is made when scopes end, the clock steps, or the configuration changes.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right, insort
from itertools import islice

from codespace_tracker.core.clock import MINUTE_US
from codespace_tracker.core.deadlines import Deadlines
from codespace_tracker.core.foresight import Calendar, holds_in
from codespace_tracker.core.record import Record
from codespace_tracker.core.trigger import (
    NEVER_US,
    Edge,
    Measures,
    Reason,
    Scope,
    Trigger,
    all_hold_at,
    hold,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from codespace_tracker.core.presence import Stretch

LATE_US = MINUTE_US
"""How late a point of `at` may be before it counts as missed, in µs."""

_MOST_POINTS = 64
"""How many moments are tried at which levels do not hold, before a trigger is taken for one that
does not fire."""

MISSED_KEPT = 1000
"""How many missed points of one trigger are written down at once; of more the newest."""


class Armed(Record):
    """Since when a trigger counts: on the running clock (µs), the instant (UTC µs), the session."""

    clock_us: int
    at: int
    session: int


class Considered(Record):
    """Up to where edges have been looked at: on the running clock (µs), instant (UTC µs); whether
    this session's start was."""

    clock_us: int
    at: int
    start: bool


class Moment(Record):
    """The moment: what the levels measure, the instant (UTC µs), the session's number and start,
    the scopes' keys."""

    measures: Measures
    at: int
    session: int
    started_at: int
    keys: Mapping[Scope, str]


class Due(Record):
    """A trigger that became due: the key of its scope and the point in it, and the instant (UTC µs)
    of the point.

    `skipped` says why it is not to run, None if it is.
    """

    trigger: Trigger
    scope: str
    point: int
    due_at: int
    skipped: Reason | None = None


class Upcoming(Record):
    """A trigger that could be due in `in_us`: of running time, or (`at`) of the wall clock.

    `due_at` is when that is (UTC µs) if the machine runs on; of `at` it is the very moment.
    """

    trigger: Trigger
    in_us: int
    due_at: int


Watched = tuple[str, str, int]
"""A trigger of idleness: its flag, its label, how often the flag was re-armed."""


class Schedule:
    """The deadlines of the triggers in force.

    `spent` are the flags that have fired in their present scope, `held` those that the user made,
    `generations` says how often a flag was re-armed, where it was. `passed` says of triggers of
    idleness in which stretch (its point) they were due last; it outlives the schedule.
    """

    def __init__(
        self,
        triggers: Iterable[tuple[Trigger, Armed]],
        spent: Iterable[str],
        held: Iterable[str],
        considered: Considered,
        moment: Moment,
        passed: dict[Watched, int] | None = None,
        generations: Mapping[str, int] | None = None,
    ) -> None:
        self.triggers = [(trigger, armed) for trigger, armed in triggers if trigger.enabled]
        self.spent = set(spent)
        self.held = set(held)
        self.considered = considered
        self.needs_points = False
        self._running, self._wall = Deadlines(), Deadlines()
        self._idle: list[tuple[int, int]] = []  # by the idle time they wait for, the shortest first
        self._passed = {} if passed is None else passed
        self._idle_due: tuple[Stretch | None, int | None] = (None, None)  # when, in that stretch
        self._generations = generations or {}
        self._events: list[int] = []
        for index in range(len(self.triggers)):
            self._put(index, considered, moment)
        self._idle.sort()

    def _put(self, index: int, considered: Considered, moment: Moment) -> None:
        trigger, armed = self.triggers[index]
        if self._is_spent(trigger):
            return
        if trigger.edge is None:
            holds_at = all_hold_at(trigger.levels, moment.measures)
            if trigger.flag not in self.held and holds_at < NEVER_US:
                self._running.add(holds_at, index)
        elif trigger.edge.kind == "every":
            self._running.add(_next_point(trigger.edge, armed, considered.clock_us), index)
        elif trigger.edge.kind == "at":
            self._put_at(index, max(considered.at, armed.at), moment)
        elif trigger.edge.kind == "idle":
            self._idle.append((trigger.edge.period_us, index))
        else:
            self._events.append(index)

    def _put_at(self, index: int, after: int, moment: Moment) -> None:
        points = self.triggers[index][0].points
        following = bisect_right(
            points, min(after, moment.at)
        )  # a clock that was ahead hides no point
        if following < len(points):
            self._wall.add(points[following], index)
        if points and not points[0] <= moment.at < points[-1]:
            self.needs_points = True  # they were made when the clock said something else

    def _is_spent(self, trigger: Trigger) -> bool:
        """Whether it has fired in its scope, so that nothing is to be waited for before that
        ends."""
        return trigger.scope != "edge" and trigger.flag in self.spent

    # --- when

    @property
    def waits_for_idleness(self) -> bool:
        """Whether a trigger has to know who is there."""
        return bool(self._idle)

    def until_due(self, moment: Moment, stretch: Stretch | None = None) -> int | None:
        """How long nothing can be due, in µs, not below 0; None if nothing is waited for.

        `stretch` is the idle stretch as of the last look, None where presence is unknown.
        """
        running, wall = self._running.first(), self._wall.first()
        waits = [] if running is None else [running - moment.measures.clock]
        waits += [] if wall is None else [wall - moment.at]
        idle = self._first_idle(moment, stretch)
        waits += [] if idle is None else [idle - moment.measures.session]
        return max(0, min(waits)) if waits else None

    def upcoming(self, count: int, moment: Moment, calendar: Calendar) -> list[Upcoming]:
        """The first `count` triggers that could be due next, the soonest first; the cost does not
        grow with all.

        Idleness and events are not foreseen. Where very many share few flags, or wait for the end
        of a day or a month, some of those may be left out.
        """
        clock, at = moment.measures.clock, moment.at
        waits = heapq.merge(
            ((due - clock, index) for due, index in self._running.in_order()),
            ((due - at, index) for due, index in self._wall.in_order()),
        )
        upcoming: list[Upcoming] = []
        for first, index in islice(waits, 4 * count):
            if len(upcoming) >= count and upcoming[count - 1].in_us <= first:
                break  # those that follow come later
            trigger = self.triggers[index][0]
            if self._is_spent(trigger) or trigger.flag in self.held:
                continue
            wait = self._foreseen(index, max(0, first), moment, calendar)
            if wait is not None:
                insort(upcoming, Upcoming(trigger, wait, at + wait), key=lambda one: one.in_us)
        return upcoming[:count]

    def _foreseen(self, index: int, wait: int, moment: Moment, calendar: Calendar) -> int | None:
        """In how many µs a trigger whose deadline is in `wait` could fire: when its levels hold,
        and at a moment of its edge if it has one. None if that is not to be expected."""
        trigger, armed = self.triggers[index]
        if trigger.edge is None:
            return holds_in(trigger.levels, moment.measures, moment.at, calendar)
        for _ in range(_MOST_POINTS if trigger.levels else 0):
            holds = holds_in(trigger.levels, moment.measures, moment.at, calendar, since=wait)
            if holds is None or holds == wait:
                return holds
            if trigger.edge.kind == "every":
                clock = moment.measures.clock
                wait = _next_point(trigger.edge, armed, clock + holds - 1) - clock
            else:
                following = bisect_left(trigger.points, moment.at + holds)
                if following == len(trigger.points):  # more are made when these run out
                    return holds
                wait = trigger.points[following] - moment.at
        return None if trigger.levels else wait

    def consider(self, moment: Moment) -> None:
        """All that was due up to now is known: there is no need to look at what lies before it
        again."""
        self.considered = Considered(moment.measures.clock, moment.at, self.considered.start)

    # --- what

    def due(self, moment: Moment, stretch: Stretch | None = None) -> list[Due]:
        """What became due up to now, in order; by idleness only if the look that `stretch` is of
        was at this moment."""
        found: list[Due] = []
        for due, index in self._running.take(moment.measures.clock):
            found += self._due_running(due, index, moment)
        for _, index in self._wall.take(moment.at):
            found += self._due_at(index, moment)
        if stretch is not None and stretch.seen == moment.measures.session:
            found += self._due_idle(moment, stretch)
        self.consider(moment)
        return sorted(found, key=lambda due: due.due_at)

    def start(self) -> None:
        """The session's start was looked at."""
        self.considered = self.considered._replace(start=True)

    def events(self, names: Iterable[str], point: int, moment: Moment) -> list[Due]:
        """What an event makes due; `point` tells it from others of its name."""
        wanted, found = frozenset(names), []
        for index in self._events:
            trigger, armed = self.triggers[index]
            if (
                trigger.edge is not None
                and trigger.edge.text in wanted
                and armed.session <= moment.session
            ):
                found += self._fire(index, point, moment.at, moment)
        return found

    def _due_running(self, due: int, index: int, moment: Moment) -> list[Due]:
        trigger, armed = self.triggers[index]
        if self._is_spent(trigger):
            return []
        if trigger.edge is None:
            held_at = moment.at - (moment.measures.clock - due)
            due_at = min(
                max(held_at, moment.started_at, armed.at), moment.at
            )  # where it held before there was the trigger
            return self._fire(index, 0, due_at, moment)
        following = _next_point(trigger.edge, armed, moment.measures.clock)
        self._running.add(following, index)
        period = trigger.edge.period_us
        newest = following - period
        oldest = max(due, newest - MISSED_KEPT * period)
        missed = [
            Due(trigger, "edge", point, moment.at - (moment.measures.clock - point), "missed")
            for point in range(oldest, newest, period)
            if trigger.scope == "edge"
        ]
        fired = self._fire(index, newest, moment.at - (moment.measures.clock - newest), moment)
        return [*missed, *fired] if fired else []

    def _due_at(self, index: int, moment: Moment) -> list[Due]:
        trigger, _ = self.triggers[index]
        if self._is_spent(trigger):
            return []
        following = bisect_right(trigger.points, moment.at)
        newest = trigger.points[following - 1]
        if following < len(trigger.points):
            self._wall.add(trigger.points[following], index)
        if following + 1 >= len(trigger.points):  # the last one is waited for: time to ask for more
            self.needs_points = True
        missed = moment.at - newest > LATE_US and not trigger.catch_up
        return self._fire(index, newest, newest, moment, "missed" if missed else None)

    def is_idle_due(self, moment: Moment, stretch: Stretch | None) -> bool:
        """Whether a trigger of idleness is due, if the stretch goes on to this moment."""
        first = self._first_idle(moment, stretch)
        return first is not None and first <= moment.measures.session

    def _first_idle(self, moment: Moment, stretch: Stretch | None) -> int | None:
        """At which running time of the session the first trigger of idleness is due in a stretch;
        None if none is."""
        if stretch is None or not self._idle:
            return None
        known, first = self._idle_due
        if known is None or known[:2] != stretch[:2]:
            first = None
            for period, index in self._idle:
                if first is not None and stretch.since + period >= first:
                    break  # and those that wait longer come later
                if not self._has_passed(index, stretch):
                    due = self._idle_at(period, index, stretch, moment)
                    first = due if first is None else min(first, due)
            self._idle_due = stretch, first
        return first

    def _idle_at(self, period: int, index: int, stretch: Stretch, moment: Moment) -> int:
        ran_before = moment.measures.clock - moment.measures.session
        return max(stretch.since, self.triggers[index][1].clock_us - ran_before) + period

    def _has_passed(self, index: int, stretch: Stretch) -> bool:
        return self._passed.get(self._watched(index)) == stretch.point

    def _watched(self, index: int) -> Watched:
        trigger = self.triggers[index][0]
        return trigger.flag, trigger.label, self._generation(trigger)

    def _due_idle(self, moment: Moment, stretch: Stretch) -> list[Due]:
        due: list[Due] = []
        if not self.is_idle_due(moment, stretch):
            return due
        for period, index in self._idle:
            idle_at = self._idle_at(period, index, stretch, moment)
            if idle_at <= moment.measures.session and not self._has_passed(index, stretch):
                self._passed[self._watched(index)] = stretch.point
                due_at = moment.at - (moment.measures.session - idle_at)
                due += self._fire(index, stretch.point, due_at, moment)
        self._idle_due = None, None
        return due

    def _generation(self, trigger: Trigger) -> int:
        return self._generations.get(trigger.flag, 0)

    def _fire(
        self, index: int, point: int, due_at: int, moment: Moment, skipped: Reason | None = None
    ) -> list[Due]:
        trigger, _ = self.triggers[index]
        if self._is_spent(trigger):
            return []
        if trigger.edge is not None and not hold(trigger.levels, moment.measures):
            return []
        if trigger.flag in self.held:  # an edge: levels that are held are not waited for
            return [Due(trigger, "edge", point, due_at, "flag")]
        if skipped is None and trigger.scope != "edge":
            self.spent.add(trigger.flag)
            point = moment.session if trigger.scope == "ever" else 0
        return [Due(trigger, moment.keys[trigger.scope], point, due_at, skipped)]


def _next_point(every: Edge, armed: Armed, after_us: int) -> int:
    """The first point of an `every` after a moment of the running clock (µs)."""
    period = every.period_us
    return armed.clock_us + (max(0, after_us - armed.clock_us) // period + 1) * period


def with_armed(
    triggers: Iterable[Trigger], known: Mapping[tuple[str, str], Armed], fresh: Armed
) -> list[tuple[Trigger, Armed]]:
    """Each trigger with the moment since which it counts: that of its last edit, `fresh` if that is
    now.

    `known` is by flag and fingerprint.
    """
    return [
        (trigger, known.get((trigger.flag, trigger.fingerprint), fresh)) for trigger in triggers
    ]
