"""At which hours of the week it ran, and at which of them no one was there."""

from __future__ import annotations

from codespace_tracker.core.clock import DAY_US, HOUR_US, SECOND_US
from codespace_tracker.core.presence import QUARTER_US
from codespace_tracker.core.record import Record
from codespace_tracker.core.usage import shared_out
from codespace_tracker.ledger import presence_sums, sums
from codespace_tracker.ledger.presence_sums import Split
from codespace_tracker.views import wording

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.core.calendar import Zone
    from codespace_tracker.ledger.store import Ledger
    from codespace_tracker.views.tracker_state import TrackerState

_MONDAY = 3  # days from the first Monday of a week to 1 January 1970


class HourOfWeek(Record):
    """An hour of the week, such as that from 14:00 on Mondays, all weeks together: how many
    sessions began in it, its running time (µs) and core-time (core-µs), and how the running time
    splits."""

    name: str
    sessions: int
    running_us: int
    core_us: int
    split: Split


def by_hour(ledger: Ledger, state: TrackerState, since: int, until: int) -> list[HourOfWeek]:
    """The 168 hours of the week, from Monday's first on, by the local time of the configuration.

    Of the time between two instants (UTC µs). Raises LedgerError.
    """
    zone = state.configuration.zone
    bounds = quarter_bounds(since, until)
    spans = [*ledger.spans_since(since), state.unsaved]
    shares = shared_out([(one.started_at, one.running_us, one.cores) for one in spans], bounds)
    running, core, begun = [0] * 168, [0] * 168, [0] * 168
    splits = [Split()] * 168
    for at, share in zip(bounds, shares, strict=False):
        if share.running_us:
            hour = _hour(zone, at)
            running[hour] += share.running_us
            core[hour] += share.core_us
    for one in sums.by_session(ledger, since, until):
        if one.started_at >= since:
            begun[_hour(zone, one.started_at)] += 1
    for quarter in presence_sums.quarters(ledger, since, until):
        hour = _hour(zone, quarter.at)
        splits[hour] = splits[hour].plus(quarter.present, quarter.absent)
    return [
        HourOfWeek(
            f"{wording.DAYS[n // 24]} {n % 24:02}:00", begun[n], running[n], core[n], splits[n]
        )
        for n in range(168)
    ]


def quarter_bounds(since: int, until: int) -> list[int]:
    """The quarter hours of UTC between two instants, and these: the offset of every time zone is a
    multiple of a quarter hour."""
    first = since // QUARTER_US * QUARTER_US + QUARTER_US
    return [since, *range(first, until, QUARTER_US), max(since, until)]


def _hour(zone: Zone, at: int) -> int:
    local = at + zone.offset_at(at) * SECOND_US
    day, within = divmod(local, DAY_US)
    return (day + _MONDAY) % 7 * 24 + within // HOUR_US
