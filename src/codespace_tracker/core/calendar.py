"""Days and local times, by a table of a time zone's offsets.

A Zone is plain integers, so that the daemon needs no time zone library; `config/zone.py` makes it from the name.
"""

from bisect import bisect_right
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from codespace_tracker.core.clock import DAY_US, SECOND_US

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Zone(NamedTuple):
    """A time zone: its name and its UTC offsets as (valid from, in UTC µs; offset in seconds), oldest first.

    The first offset also holds for all time before it, the last one for all time after.
    """

    name: str
    offsets: tuple[tuple[int, int], ...]

    def offset_at(self, at: int) -> int:
        """The offset from UTC in seconds at the instant `at` (UTC µs)."""
        return self.offsets[max(0, bisect_right(self.offsets, (at, 1 << 40)) - 1)][1]

    def day_start(self, at: int) -> int:
        """The instant at which the local day of `at` began: the first that bears its date, also where midnight was
        skipped or came twice. Both in UTC µs."""
        local = at + self.offset_at(at) * SECOND_US
        midnight = local - local % DAY_US
        index = max(0, bisect_right(self.offsets, (at, 1 << 40)) - 1)
        start = at
        for i in range(index, max(-1, index - 3), -1):  # no zone changes its offset three times within a day
            since, offset = self.offsets[i]
            begin = midnight - offset * SECOND_US
            if i > 0 and since > begin:
                # Within this segment the day is at least as old as the segment, where its date had begun by then.
                if since + offset * SECOND_US >= midnight:
                    start = min(start, since)
                continue
            start = min(start, begin) if begin <= start else start
            break
        return start

    def next_day_start(self, at: int) -> int:
        """The instant (UTC µs) at which the local day after that of `at` begins."""
        start = self.day_start(at)
        probe = start + DAY_US + DAY_US // 4  # into the next day, whatever the offset did: days last 23 to 25 hours
        following = self.day_start(probe)
        return following if following > at else self.day_start(probe + DAY_US)

    def iso(self, at: int) -> str:
        """The instant `at` (UTC µs) as local ISO 8601 time with milliseconds and offset."""
        local = timezone(timedelta(seconds=self.offset_at(at)))
        return (_EPOCH + timedelta(microseconds=at)).astimezone(local).isoformat(timespec="milliseconds")

    def date(self, at: int) -> str:
        """The local date of the instant `at` (UTC µs) as YYYY-MM-DD."""
        return self.iso(at)[:10]


UTC = Zone("UTC", ((0, 0),))


def parse_iso(text: str) -> int:
    """The instant (UTC µs) that an ISO 8601 time means; one without an offset is read as UTC.

    Raises ValueError for anything else.
    """
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return (moment - _EPOCH) // timedelta(microseconds=1)
