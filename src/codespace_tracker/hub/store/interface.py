"""What a store takes and gives, as values, and why it may refuse."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from codespace_tracker.core.calendar import civil_date, day_of


class StoreError(Exception):
    """A store did not do what it was asked."""


class NotAllowed(StoreError):
    """The code or token is not known, is used, has expired or was revoked."""


class OtherWriter(StoreError):
    """The newest push of the stream is another one than the tracker knows; `last_push` is its
    id."""

    def __init__(self, last_push: str) -> None:
        super().__init__(f"the newest push is {last_push!r}")
        self.last_push = last_push


class StreamTaken(StoreError):
    """The stream belongs to another person."""


class OverADay(StoreError):
    """A stream would have more than 24 hours on a day. Nothing of the batch was kept."""


class AlreadyThere(StoreError):
    """What was to be added is there."""


class NotThere(StoreError):
    """What was asked for is not there."""


class Unavailable(StoreError):
    """The database cannot be used at the moment, or it is not certain that it kept what it was
    given. To try again is right, and does no harm."""


class Unfit(StoreError):
    """The database is not one of this version. The text says how to fix it."""


class Writer(NamedTuple):
    """A token that came with a request, and the stream that it is used for."""

    team: str
    stream_id: str
    prefix: str
    hash: bytes


class Row(NamedTuple):
    """A telling as it is kept.

    `month` is the first day of the month in which it is kept (days since 1970). `spans` are start
    (UTC µs), running time (µs) and cores of each span, one after the other. `days` are day (since
    1970), running time (µs), core-time (core-µs) and sessions begun of each day.
    """

    session_id: str
    month: int
    revision: int
    mark: int
    started_at: int
    seen_at: int
    is_open: int
    origin: str
    spans: tuple[int, ...]
    days: tuple[int, ...]


class Unattended(NamedTuple):
    """A day (since 1970) of a stream: how long its machine ran with no one there (µs, core-µs)."""

    day: int
    running_us: int
    core_us: int


class Push(NamedTuple):
    """What comes with a batch: its id, the id of the newest push that the tracker knows to be at
    the hub, whether the tracker found that the hub had lost what it acknowledged, and what the
    header of the stream says."""

    push: str
    after: str
    is_cut_back: bool
    environment: str
    codespace: str
    repository: str
    payer: str


class Cursor(NamedTuple):
    """What a store has of a stream: the id of the newest push; by the first day of each month the
    number of sessions and the sum of their marks; how long it ran unattended (µs) on each day; and
    since which day the team keeps anything (0: always). Days are days since 1970."""

    last_push: str
    months: dict[int, tuple[int, int]]
    unattended: dict[int, int]
    kept_since: int


class Person(NamedTuple):
    """A person of a team. `shows_name` is their own choice."""

    person: str
    pseudonym: str
    shows_name: int
    streams: int


class StreamRow(NamedTuple):
    """A stream as it is kept; times in UTC µs, 0 for never. `tokens` is how many may write it."""

    stream_id: str
    person: str
    pseudonym: str
    shows_name: int
    environment: str
    codespace: str
    repository: str
    payer: str
    seen_at: int
    is_open: int
    told_at: int
    cut_back_at: int
    tokens: int

    @property
    def shown_person(self) -> str:
        """What the person is called before others."""
        return self.person if self.shows_name else self.pseudonym


class Telling(NamedTuple):
    """A telling as views need it: of which stream and session, and its spans."""

    stream_id: str
    session_id: str
    revision: int
    spans: tuple[tuple[int, int, int], ...]


class AsideRow(NamedTuple):
    """A telling that was set aside: of which stream and session, why, and when (UTC µs)."""

    stream_id: str
    session_id: str
    reason: str
    at: int


@lru_cache(1000)
def month_day(month: str) -> int:
    """The first day (since 1970) of a month such as 2026-11."""
    return day_of(int(month[:4]), int(month[5:7]), 1)


def month_name(day: int) -> str:
    """The month (2026-11) in which a day (since 1970) is."""
    year, month, _ = civil_date(day)
    return f"{year:04}-{month:02}"


def next_month(day: int) -> int:
    """The first day (since 1970) of the month after that of a day."""
    year, month, _ = civil_date(day)
    return day_of(year + month // 12, month % 12 + 1, 1)
