"""From a time zone's name to its table of offsets."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone

from codespace_tracker.config.zone_database import ZoneDatabase, read_zone
from codespace_tracker.core.calendar import UTC, Zone
from codespace_tracker.core.clock import DAY_US, SECOND_US

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_STEP_US = 2 * DAY_US  # since 1970 no zone has changed its clocks twice within six days


def zone_from_name(
    name: str, since: int, until: int, among: Sequence[ZoneDatabase] | None = None
) -> Zone:
    """The zone of the IANA database with its offsets between two instants (UTC µs), changes exact
    to the second.

    `among` are the databases that are asked, by default those of this machine. UTC needs none.
    Raises ValueError for a name that is none.
    """
    if name == UTC.name:
        return UTC
    library, _ = read_zone(name, among)

    def offset(at: int) -> int:
        utc_offset = (_EPOCH + timedelta(microseconds=at)).astimezone(library).utcoffset()
        return 0 if utc_offset is None else utc_offset // timedelta(seconds=1)

    at = since // SECOND_US * SECOND_US
    table = [(at, offset(at))]
    # sixty years are ten thousand steps at each start: the same question as `offset`, without its
    # arithmetic
    moment, step = _EPOCH + timedelta(microseconds=at), timedelta(microseconds=_STEP_US)
    last = moment.astimezone(library).utcoffset()
    while at < until:
        before, at = at, at + _STEP_US
        moment += step
        utc_offset = moment.astimezone(library).utcoffset()
        if utc_offset != last:
            last = utc_offset
            table.append(_change(offset, before, at))
    return Zone(name, tuple(table))


def _change(offset: Callable[[int], int], same: int, other: int) -> tuple[int, int]:
    """The first second between two instants that has another offset than the first, and that
    offset."""
    old = offset(same)
    while other - same > SECOND_US:
        middle = (same + other) // 2 // SECOND_US * SECOND_US
        same, other = (middle, other) if offset(middle) == old else (same, middle)
    return other, offset(other)
