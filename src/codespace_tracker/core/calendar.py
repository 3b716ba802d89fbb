"""Days and local times, by a table of a time zone's offsets; and the billing months.

A Zone is plain integers, so that the daemon needs no time zone library; `config/zone.py` makes it
from the name.
"""

from __future__ import annotations

from codespace_tracker.core.clock import DAY_US, SECOND_US
from codespace_tracker.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

ALWAYS = 1 << 62
"""An instant (UTC µs) after all others; before all others is its negative."""


class Zone(Record):
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
        offsets = self.offsets
        first, end = 0, len(offsets)
        while end - first > 1:  # what `bisect` does; its import takes as long as many of these
            middle = (first + end) // 2
            if offsets[middle][0] > at:
                end = middle
            else:
                first = middle
        return first

    def iso(self, at: int) -> str:
        """The instant `at` (UTC µs) as local ISO 8601 time with milliseconds and offset."""
        offset = self.offset_at(at)
        day, us = divmod(at + offset * SECOND_US, DAY_US)
        year, month, of_month = civil_date(day)
        seconds, ms = us // SECOND_US, us % SECOND_US // 1000
        return f"{year:04}-{month:02}-{of_month:02}T{_clock(seconds)}.{ms:03}{_offset_text(offset)}"

    def local(self, at: int) -> Local:
        """The local date and time of the instant `at` (UTC µs)."""
        day, us = divmod(at + self.offset_at(at) * SECOND_US, DAY_US)
        return Local(*civil_date(day), (day + 3) % 7, us // SECOND_US)

    def date(self, at: int) -> str:
        """The local date of the instant `at` (UTC µs) as YYYY-MM-DD."""
        return self.iso(at)[:10]


class Local(Record):
    """A local date and time: `weekday` from 0 for Monday, `second` of the day."""

    year: int
    month: int
    day: int
    weekday: int
    second: int

    @property
    def clock(self) -> str:
        """The time of day: `21:04:12`."""
        return _clock(self.second)


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}:{seconds % 60:02}"


def _offset_text(seconds: int) -> str:
    """An offset in ISO 8601: `+05:30`."""
    text = _clock(abs(seconds))
    return f"{'-' if seconds < 0 else '+'}{text.removesuffix(':00') if text[5:] == ':00' else text}"


# The two functions below are what `datetime` does too. Its import takes a tenth of the time of
# `status`.


def civil_date(day: int) -> tuple[int, int, int]:
    """Year, month and day of the month of a day, given in days since 1970. Raises OverflowError
    outside of the years 1 to 9999."""
    # Years begin in March here, so that a leap day is the last day of one. 719,468 days lie between
    # 1 March of the year 0 and 1970.
    era, of_era = divmod(day + 719_468, _ERA_DAYS)
    years = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * years + years // 4 - years // 100)
    since_march = (5 * of_year + 2) // 153
    month = since_march + 3 if since_march < 10 else since_march - 9
    year = era * 400 + years + (month <= 2)
    if not 1 <= year <= 9999:
        raise OverflowError("date value out of range")
    return year, month, of_year - (153 * since_march + 2) // 5 + 1


def day_of(year: int, month: int, day: int) -> int:
    """A date in days since 1970."""
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * _ERA_DAYS + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


_ERA_DAYS = 146_097  # in 400 years, after which the calendar repeats itself


def month_of(at: int) -> str:
    """The month (UTC) of an instant (UTC µs), as it is written: 2026-11."""
    year, month, _ = civil_date(at // DAY_US)
    return f"{year:04}-{month:02}"


def is_month(text: str) -> bool:
    """Whether a text is a month, as `month_of` writes it."""
    if len(text) != 7 or text[4] != "-" or not text.isascii():
        return False
    return text[:4].isdecimal() and text[5:].isdecimal() and 1 <= int(text[5:]) <= 12


def month_bounds(at: int) -> tuple[int, int]:
    """The billing month of an instant: the calendar month of UTC, from its start to the next one's
    (UTC µs)."""
    year, month, _ = civil_date(at // DAY_US)
    following = (year, month + 1) if month < 12 else (year + 1, 1)
    return day_of(year, month, 1) * DAY_US, day_of(*following, 1) * DAY_US


UTC = Zone("UTC", ((0, 0),))


def parse_iso(text: str) -> int:
    """The instant (UTC µs) that an ISO 8601 time means; one without an offset is read as UTC.

    Raises ValueError for anything else.
    """
    if text[10:11] not in ("", " ", "T"):
        raise ValueError(
            f"not a time in ISO 8601: {text!r}"
        )  # Python takes any character there, also a sign
    known = _as_we_write(text)
    if known is not None:
        return known
    from datetime import datetime, timedelta, timezone

    moment = datetime.fromisoformat(f"{text[:-1]}+00:00" if text.endswith("Z") else text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    return (moment - epoch) // timedelta(microseconds=1)


_SHAPES = ("0000-00-00T00:00:00.000+00:00", "0000-00-00T00:00:00.000-00:00", "0000-00-00T00:00:00Z")
_DIGITS = {ord(one): "0" for one in "123456789"}


def _as_we_write(text: str) -> int | None:
    """The instant of a time in the form that `Zone.iso` and debug.log have; None for other forms,
    and for what is no time."""
    if text.translate(_DIGITS) not in _SHAPES:
        return None
    date = int(text[:4]), int(text[5:7]), int(text[8:10])
    hour, minute, second = int(text[11:13]), int(text[14:16]), int(text[17:19])
    ms, off_hours, off_minutes = (
        (int(text[20:23]), int(text[24:26]), int(text[27:])) if text[20:] else (0, 0, 0)
    )
    day = day_of(*date)
    if (
        not (date[0] and 1 <= date[1] <= 12 and civil_date(day) == date)
        or max(hour, off_hours) > 23
        or max(minute, second, off_minutes) > 59
    ):
        return None
    offset = (off_hours * 60 + off_minutes) * 60 * (-1 if text[23:24] == "-" else 1)
    return day * DAY_US + ((hour * 60 + minute) * 60 + second - offset) * SECOND_US + ms * 1000
