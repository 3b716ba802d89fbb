"""The moments of a cron expression: from the last one before now to as many as the daemon may need."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from cronsim import CronSim

from codespace_tracker.core.clock import DAY_US
from codespace_tracker.core.trigger import Trigger

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_AT_ONCE = 100_000
_MOST, _FEWEST = 1500, 8
_HORIZON_US = 400 * DAY_US


def with_points(triggers: list[Trigger], time_zone: str, wall_us: int) -> list[Trigger]:
    """The triggers with the moments of `at` from the last one up to `wall_us` (UTC µs) on, in a time zone.

    Over daylight saving cronsim follows Debian's cron: what is skipped runs right after, what comes twice runs once.
    """
    count = sum(_is_at(trigger) for trigger in triggers)
    each = max(_FEWEST, min(_MOST, _AT_ONCE // max(1, count)))
    return [
        trigger._replace(points=_points(trigger, time_zone, wall_us, each)) if _is_at(trigger) else trigger
        for trigger in triggers
    ]


def _is_at(trigger: Trigger) -> bool:
    return trigger.edge is not None and trigger.edge.kind == "at"


def _points(trigger: Trigger, time_zone: str, wall_us: int, count: int) -> tuple[int, ...]:
    expression = trigger.edge.text if trigger.edge is not None else ""
    # the default zone is without changes, and cronsim needs a third of the time where it can see that
    zone = timezone.utc if time_zone == "UTC" else ZoneInfo(time_zone)
    now = (_EPOCH + timedelta(microseconds=wall_us)).astimezone(zone)
    found = []
    before = _us(next(CronSim(expression, now + timedelta(seconds=1), reverse=True), None))
    if before is not None:
        found.append(before)
    ahead = CronSim(expression, now)
    for _ in range(count):
        point = _us(next(ahead, None))
        if point is None or (found and point > wall_us + _HORIZON_US and len(found) > 1):
            break
        if not found or point > found[-1]:
            found.append(point)
    return tuple(found)


def _us(moment: datetime | None) -> int | None:
    return None if moment is None else (moment.astimezone(timezone.utc) - _EPOCH) // timedelta(microseconds=1)
