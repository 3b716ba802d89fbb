"""What would fire when, if the machine ran on from now, every script succeeded, and nothing was
changed."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from codespace_tracker.core.calendar import Zone
from codespace_tracker.core.schedule import Armed, Considered, Due, Moment, Schedule
from codespace_tracker.core.trigger import EdgeKind, Scope, Trigger, periods_end, scope_keys

UNFORESEEN: frozenset[EdgeKind] = frozenset({"idle", "event"})
"""The moments that depend on people, or on what happens to the machine."""


class Foreseen(NamedTuple):
    """A trigger that would fire in `in_us` µs."""

    due: Due
    in_us: int


class Forecast(NamedTuple):
    """What would fire, in order, and how many µs from now the forecast reaches."""

    found: list[Foreseen]
    us: int


_STEPS = 200_000
"""How many moments are looked at: a guarded trigger of every second has millions in a month."""


def forecast(
    triggers: Iterable[tuple[Trigger, Armed]],
    spent: Mapping[str, Scope],
    held: Iterable[str],
    considered: Considered,
    moment: Moment,
    zone: Zone,
    us: int,
    most: int,
) -> Forecast:
    """The first `most` things that would fire within `us` µs; the disabled and UNFORESEEN are left
    out.

    `spent` are the flags that have fired, by their scope; `considered` is up to where edges have
    been looked at. Where edges of one flag come at the same point, only the first of them fires, as
    in the ledger.
    """
    listed = [
        pair for pair in triggers if pair[0].edge is None or pair[0].edge.kind not in UNFORESEEN
    ]
    foreseen: list[Foreseen] = []
    reached, fired, held = moment, dict(spent), set(held)
    claimed: set[tuple[str, str, int]] = set()
    until, steps = moment.at + us, 0
    while reached.at < until:
        schedule = Schedule(listed, fired, held, considered, reached)
        end = min(until, periods_end(reached.at, zone))
        while True:
            wait = schedule.until_due(reached)
            if wait is None or reached.at + wait >= end:
                break
            if len(foreseen) >= most or steps >= _STEPS:
                return Forecast(foreseen[:most], reached.at - moment.at)
            steps += 1
            reached = _later(reached, wait)
            for due in schedule.due(reached):
                claim = (due.trigger.flag, due.scope, due.point)
                if due.skipped is None and claim not in claimed:
                    claimed.add(claim)
                    foreseen.append(Foreseen(due, reached.at - moment.at))
                    fired[due.trigger.flag] = due.trigger.scope
        schedule.consider(
            _later(reached, end - reached.at - 1)
        )  # what is due at the very end is still to come
        considered = schedule.considered
        keys = scope_keys(moment.session, end, zone)
        before, reached = reached.keys, _next_scopes(_later(reached, end - reached.at), keys)
        fired = {
            flag: scope for flag, scope in fired.items() if before[scope] == reached.keys[scope]
        }
    return Forecast(foreseen[:most], us)


def _next_scopes(moment: Moment, keys: Mapping[Scope, str]) -> Moment:
    """The moment with the scopes that have begun: what is measured within them starts from zero."""
    ended = {scope for scope, key in keys.items() if key != moment.keys[scope]}
    return moment._replace(measures=moment.measures.restarted(ended), keys=keys)


def _later(moment: Moment, us: int) -> Moment:
    return moment._replace(at=moment.at + us, measures=moment.measures.later(us))
