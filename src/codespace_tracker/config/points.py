"""The moments of a cron expression: from the last one before now to as many as the daemon may need.

cronsim only says which local times an expression names. When local clocks show those is told by the
time zone's table, by the rules of Debian's cron and cronie: docs/triggers.md has them.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from cronsim import CronSim

from codespace_tracker.core.calendar import ALWAYS, Zone
from codespace_tracker.core.clock import DAY_US, SECOND_US
from codespace_tracker.core.trigger import Trigger

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_AT_ONCE = 100_000
_MOST, _FEWEST = 1500, 8
_HORIZON_US = 400 * DAY_US


def with_points(triggers: list[Trigger], zone: Zone, wall_us: int) -> list[Trigger]:
    """The triggers with the moments of `at` from the last one up to `wall_us` (UTC µs) on, in a
    time zone."""
    count = sum(_is_at(trigger) for trigger in triggers)
    each = max(_FEWEST, min(_MOST, _AT_ONCE // max(1, count)))
    return [
        trigger._replace(points=_points(trigger, zone, wall_us, each))
        if _is_at(trigger)
        else trigger
        for trigger in triggers
    ]


def _is_at(trigger: Trigger) -> bool:
    return trigger.edge is not None and trigger.edge.kind == "at"


def _points(trigger: Trigger, zone: Zone, wall_us: int, count: int) -> tuple[int, ...]:
    expression = trigger.edge.text if trigger.edge is not None else ""
    minute, hour, *_ = expression.split()
    goes_by_clock = minute.startswith("*") or hour.startswith("*")
    last, ahead = (_last_shown, _shown) if goes_by_clock else (_last_fixed, _fixed)
    before = last(expression, zone, wall_us)
    found = [] if before is None else [before]
    for point in ahead(expression, zone, wall_us):
        if len(found) > 1 and (len(found) > count or point > wall_us + _HORIZON_US):
            break
        if not found or point > found[-1]:
            found.append(point)
    return tuple(found)


# An expression whose minute or hour begins with a star runs whenever the local clock shows a time
# that it names: what is skipped never comes, what comes twice runs twice.


def _shown(expression: str, zone: Zone, wall_us: int) -> Iterator[int]:
    """The instants after `wall_us` at which local clocks show what the expression names."""
    for since, until, offset in zone.stretches(wall_us, ALWAYS):
        for local in _named_after(expression, max(since - 1, wall_us) + offset):
            if local - offset >= until:
                break
            yield local - offset


def _last_shown(expression: str, zone: Zone, wall_us: int) -> int | None:
    for since, until, offset in reversed([*zone.stretches(-ALWAYS, wall_us)]):
        local = _last_named(expression, min(until - 1, wall_us) + offset)
        if local is not None and local - offset >= since:
            return local - offset
    return None


# A fixed time runs once: where it is skipped, right after the skip; where it comes twice, the first
# time.


def _fixed(expression: str, zone: Zone, wall_us: int) -> Iterator[int]:
    """The instants after `wall_us` at which each local time that the expression names is reached
    first."""
    for local in _named_after(expression, wall_us + zone.offset_at(wall_us) * SECOND_US):
        at = zone.first_showing(local)
        if at > wall_us:
            yield at


def _last_fixed(expression: str, zone: Zone, wall_us: int) -> int | None:
    local = _last_named(expression, zone.latest_shown(wall_us))
    return None if local is None else zone.first_showing(local)


def _named_after(expression: str, local: int) -> Iterator[int]:
    """The local times (µs since 1970) after `local` that the expression names."""
    return map(_us, CronSim(expression, _moment(local)))


def _last_named(expression: str, local: int) -> int | None:
    """The last local time (µs since 1970) up to `local` that the expression names."""
    found = next(CronSim(expression, _moment(local) + timedelta(seconds=1), reverse=True), None)
    return None if found is None else _us(found)


def _moment(local: int) -> datetime:
    """A local time to the second, written as if it were UTC's: so cronsim knows no daylight
    saving."""
    return _EPOCH + timedelta(seconds=local // SECOND_US)


def _us(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
