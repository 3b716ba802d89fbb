"""A batch as it comes in the body of a request: a stream's header, and a telling on each line, or
a day of unattended time. More than that of presence is not taken.

The rules by which tellings are taken are those of the stream format (`core/stream.py`). A line that
breaks one is set aside with the reason, and the others are taken.
"""

from __future__ import annotations

from itertools import chain
from typing import NamedTuple

from codespace_tracker.core import cursor
from codespace_tracker.core.calendar import month_of
from codespace_tracker.core.clock import DAY_US
from codespace_tracker.core.shared_presence import PresenceRefused, read_day
from codespace_tracker.core.stream import (
    AHEAD_US,
    Header,
    StreamRefused,
    Told,
    by_day,
    more_than_a_day,
    newest,
    read_header,
    read_line,
)
from codespace_tracker.hub.store.interface import Row, Unattended, month_day

LIMIT = 500
"""Tellings and days in a batch."""


_DAY, _SESSION = b'"day"', b'"session_id"'
"""What the two kinds of lines have."""


class TooMany(Exception):
    """The batch has more than LIMIT lines beside the header."""


class Aside(NamedTuple):
    """A line that is not taken: its number in the body, its session where it can be told, and
    why."""

    line: int
    session_id: str
    reason: str


class Batch(NamedTuple):
    """A batch: the stream's header, the newest telling of each session by their ids, the days of
    unattended time, the lines by session, and what is set aside."""

    header: Header
    rows: tuple[Row, ...]
    unattended: tuple[Unattended, ...]
    lines: dict[str, int]
    aside: tuple[Aside, ...]


def read(body: bytes, stream_id: str, month: str, now: int) -> Batch:
    """The batch of a stream. `month` (2026-11) is the one in which its sessions are kept; empty:
    each in that of its start. `now` is the wall clock (UTC µs).

    Raises StreamRefused where the header is not taken, TooMany.
    """
    lines = [(n, text) for n, text in enumerate(body.split(b"\n"), 1) if text.strip()]
    header = read_header(lines[0][1] if lines else b"", stream_id)
    if len(lines) > 1 + LIMIT:
        raise TooMany
    aside: list[Aside] = []
    told: list[Told] = []
    numbers: dict[str, int] = {}
    alone: dict[int, Unattended] = {}
    for n, text in lines[1:]:
        if _DAY in text and _SESSION not in text:
            try:
                part = read_day(text, f"line {n}", now + AHEAD_US)
            except PresenceRefused as refused:
                aside.append(Aside(n, "", str(refused)))
                continue
            day = part.at // DAY_US
            found = Unattended(day, part.unattended_us, part.unattended_core_us)
            alone[day] = max(found, alone.get(day, found))
            continue
        try:
            one = read_line(text, f"line {n}", header, now)
        except StreamRefused as refused:
            aside.append(Aside(n, "", str(refused)))
            continue
        told.append(one)
        numbers[one.session_id] = n
    rows: list[Row] = []
    running: dict[int, int] = {}
    for one in newest(told):
        days = _days(one, running)
        if isinstance(days, int):
            reason = f"with it, the stream has {more_than_a_day(days)}"
            aside.append(Aside(numbers[one.session_id], one.session_id, reason))
        else:
            rows.append(_row(one, month or month_of(one.started_at), days))
    return Batch(
        header,
        tuple(sorted(rows, key=lambda row: row.session_id)),
        tuple(alone[day] for day in sorted(alone)),
        numbers,
        tuple(sorted(aside)),
    )


def _days(told: Told, running: dict[int, int]) -> tuple[int, ...] | int:
    """The days of a telling as in `Row`, whose running time is added to that of the others in
    `running`; or the day (UTC µs) that would then have more than 24 hours."""
    began = told.started_at // DAY_US * DAY_US
    found: dict[int, list[int]] = {began: [0, 0, 1]}
    for day, _, part, cores in by_day(told.spans):
        sums = found.setdefault(day, [0, 0, 0])
        sums[0] += part
        sums[1] += part * cores
        if running.get(day, 0) + sums[0] > DAY_US:
            return day
    for day, sums in found.items():
        running[day] = running.get(day, 0) + sums[0]
    return tuple(n for day, sums in sorted(found.items()) for n in (day // DAY_US, *sums))


def _row(told: Told, month: str, days: tuple[int, ...]) -> Row:
    return Row(
        told.session_id,
        month_day(month),
        told.revision,
        cursor.mark(told.session_id, told.revision),
        told.started_at,
        told.seen_at,
        int(told.ending is None),
        told.origin,
        tuple(chain.from_iterable(told.spans)),
        days,
    )
