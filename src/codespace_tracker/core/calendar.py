"""Days and local times, by a table of a time zone's offsets.

A Zone is plain integers, so that the daemon needs no time zone library; `config/zone.py` makes it
from the name.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from codespace_tracker.core.clock import DAY_US, SECOND_US

_EPOCH_LOCAL = datetime(1970, 1, 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

ALWAYS = 1 << 62
"""An instant (UTC µs) after all others; before all others is its negative."""


class Zone(NamedTuple):
    """A time zone: its name and its UTC offsets as (valid from, in UTC µs; offset in seconds),
    oldest first.

    The first offset also holds for all time before it, the last one for all time after. Offsets are
    less than a day.

    Days follow each other without gap or overlap: a day begins at the first instant that bears its
    date or a later one. So one whose midnight is skipped begins after the skip, one whose midnight
    comes twice at the first, and a date that a zone leaves out is no day. Where clocks go back over
    a midnight that they had passed already, the new day, once begun, goes on.
    """

    name: str
    offsets: tuple[tuple[int, int], ...]

    def offset_at(self, at: int) -> int:
        """The offset from UTC in seconds at the instant `at` (UTC µs)."""
        return self.offsets[self._index(at)][1]

    def day_start(self, at: int) -> int:
        """The instant (UTC µs) at which the local day of the instant `at` began."""
        return self.first_instant(self.day_number(at))

    def next_day_start(self, at: int) -> int:
        """The instant (UTC µs) at which the local day after that of the instant `at` begins."""
        return self.first_instant(self.day_number(at) + 1)

    def day_number(self, at: int) -> int:
        """The latest local date that there was up to the instant `at`, in days since 1970."""
        return self.latest_shown(at) // DAY_US

    def first_instant(self, day: int) -> int:
        """The first instant (UTC µs) whose local date is `day` (in days since 1970) or later."""
        return self.first_showing(day * DAY_US)

    def latest_shown(self, at: int) -> int:
        """The latest local time that there was up to the instant `at`, in µs since 1970.

        Within a stretch of one offset local times only grow, so its last instant bears its latest.
        Offsets differ by less than two days: what ended two days before `at` bears no later time
        than `at` does.
        """
        return max(
            min(at, until - 1) + offset for _, until, offset in self.stretches(at - 2 * DAY_US, at)
        )

    def first_showing(self, local: int) -> int:
        """The first instant (UTC µs) whose local time is `local` (µs since 1970) or later: where
        clocks skip it, the end of the skip; where they show it twice, the first.

        An offset is less than a day: the time comes up less than a day before or after it does in
        UTC.
        """
        stretches = self.stretches(local - DAY_US, local + DAY_US)
        return next(
            max(since, local - offset)
            for since, until, offset in stretches
            if local - offset < until
        )

    def stretches(self, since: int, until: int) -> Iterator[tuple[int, int, int]]:
        """The stretches of one offset from that at `since` to that at `until`: first instant, end,
        offset in µs."""
        for index in range(self._index(since), self._index(until) + 1):
            begins = self.offsets[index][0] if index > 0 else -ALWAYS
            ends = self.offsets[index + 1][0] if index + 1 < len(self.offsets) else ALWAYS
            yield begins, ends, self.offsets[index][1] * SECOND_US

    def _index(self, at: int) -> int:
        return max(0, bisect_right(self.offsets, at, key=itemgetter(0)) - 1)

    def iso(self, at: int) -> str:
        """The instant `at` (UTC µs) as local ISO 8601 time with milliseconds and offset."""
        offset = self.offset_at(at)
        local = _EPOCH_LOCAL + timedelta(seconds=offset, microseconds=at)
        return local.isoformat(timespec="milliseconds") + _offset_text(offset)

    def date(self, at: int) -> str:
        """The local date of the instant `at` (UTC µs) as YYYY-MM-DD."""
        return self.iso(at)[:10]


@lru_cache(maxsize=16)
def _offset_text(seconds: int) -> str:
    """An offset in ISO 8601: `+05:30`."""
    return _EPOCH.replace(tzinfo=timezone(timedelta(seconds=seconds))).isoformat()[
        len("1970-01-01T00:00:00") :
    ]


UTC = Zone("UTC", ((0, 0),))


def parse_iso(text: str) -> int:
    """The instant (UTC µs) that an ISO 8601 time means; one without an offset is read as UTC.

    Raises ValueError for anything else.
    """
    if text[10:11] not in ("", " ", "T"):
        raise ValueError(
            f"not a time in ISO 8601: {text!r}"
        )  # Python takes any character there, also a sign
    moment = datetime.fromisoformat(f"{text[:-1]}+00:00" if text.endswith("Z") else text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return (moment - _EPOCH) // timedelta(microseconds=1)
