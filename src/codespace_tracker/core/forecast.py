"""What would fire when, if the machine ran on from now, every script succeeded, and nobody touched anything."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from codespace_tracker.core.calendar import Zone
from codespace_tracker.core.schedule import Activity, Armed, Considered, Due, Now, Schedule
from codespace_tracker.core.trigger import Scope, Trigger
from codespace_tracker.core.usage import month_bounds


class Foreseen(NamedTuple):
    """A trigger that would be due in so many µs."""

    due: Due
    in_us: int


Keys = Callable[[int], Mapping[Scope, str]]
"""The scopes' keys at an instant (UTC µs)."""


def forecast(
    triggers: Iterable[tuple[Trigger, Armed]],
    spent: Mapping[str, Scope],
    held: Iterable[str],
    now: Now,
    zone: Zone,
    reset_day: int,
    keys: Keys,
    us: int,
    most: int,
) -> list[Foreseen]:
    """The first `most` things that would fire within `us` µs; `spent` are the flags that have fired, by their scope.

    Idleness and events are not foreseen.
    """
    listed, held = list(triggers), set(held)
    found: list[Foreseen] = []
    moment, fired = now, dict(spent)
    until = now.at + us
    while moment.at < until and len(found) < most:
        considered = Considered(moment.measures.total, moment.at, start=True)
        schedule = Schedule(listed, fired, held, considered, moment)
        end = min(until, zone.next_day_start(moment.at), month_bounds(moment.at, reset_day)[1])
        while len(found) < most:
            wait = schedule.until_due(moment)
            if wait is None or moment.at + wait >= end:
                break
            moment = _later(moment, max(wait, 1 if wait else 0))
            for due in schedule.due(moment, lambda: Activity(0, known=False)):
                if due.skipped is None:
                    found.append(Foreseen(due, due.due_at - now.at))
                    if due.trigger.scope != "edge":
                        fired[due.trigger.flag] = due.trigger.scope
        before = moment
        moment = _later(moment, end - moment.at)._replace(keys=keys(end))
        over = {scope for scope, key in moment.keys.items() if key != before.keys[scope]}
        moment = moment._replace(
            measures=moment.measures._replace(
                today=0 if "day" in over else moment.measures.today,
                month=0 if "month" in over else moment.measures.month,
            )
        )
        fired = {flag: scope for flag, scope in fired.items() if scope not in over}
    return sorted(found, key=lambda one: one.in_us)[:most]


def _later(now: Now, us: int) -> Now:
    grown = now.measures
    return now._replace(
        at=now.at + us,
        measures=grown._replace(
            session=grown.session + us,
            today=grown.today + us,
            month=grown.month + us * grown.cores,
            total=grown.total + us,
        ),
    )
