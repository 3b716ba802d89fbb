"""What a stream tells of presence, if its person wants that: unattended machine time by day, or
presence by hour. By default it tells nothing of it.

Each is in files of its own, one for each month, which others ignore that do not know them. Days and
hours are those of UTC.
"""

from __future__ import annotations

from codespace_tracker.core import plain_json
from codespace_tracker.core.calendar import civil_date, day_of, is_month, month_of
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.core.presence import QUARTER_US
from codespace_tracker.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

NOTHING, BY_DAY, BY_HOUR = "no", "unattended_by_day", "by_hour"
LEVELS = (NOTHING, BY_DAY, BY_HOUR)
"""How much is told, the least first."""

LIMIT = 1 << 20
"""Bytes of all these files of a stream."""

_ENDS = {BY_DAY: ".unattended.jsonl", BY_HOUR: ".presence.jsonl"}
_LENGTHS = {BY_DAY: DAY_US, BY_HOUR: HOUR_US}
_MOST_CORES = 1024


class PresenceRefused(ValueError):
    """Files that are not taken. The text is the reason."""


class Attended(Record):
    """A day or an hour (UTC): when it began (UTC µs), how long the machine ran in it while no one
    was there (µs, core-µs), and how long while someone was; None where days are told."""

    at: int
    unattended_us: int
    unattended_core_us: int
    present_us: int | None = None

    @property
    def known_us(self) -> int:
        """How much of it is known (µs)."""
        return self.unattended_us + (self.present_us or 0)


class Shared(Record):
    """What is told of presence: at which level, and all of it in order."""

    level: str = NOTHING
    parts: tuple[Attended, ...] = ()


def lower(one: str, other: str) -> str:
    """The level of the two that tells less."""
    return min(one, other, key=LEVELS.index)


def shared(
    level: str, quarters: Iterable[tuple[int, int, int, int]], until: int, before: Shared
) -> Shared:
    """What is told at a level of quarter hours that ended by an instant (UTC µs), each as its
    start, the cores, and how much of it someone was there and no one was (µs).

    What was told before at the same level stays where it knows more: the ledger may have been
    restored from a backup.
    """
    if level not in _LENGTHS:
        return Shared()
    length, is_by_hour = _LENGTHS[level], level == BY_HOUR
    sums: dict[int, list[int]] = {}
    for at, cores, present, absent in quarters:
        if at + QUARTER_US <= until and (absent or (present and is_by_hour)):
            parts = sums.setdefault(at // length * length, [0, 0, 0])
            parts[0] += absent
            parts[1] += absent * cores
            parts[2] += present
    found = {one.at: one for one in before.parts if before.level == level}
    for at, (absent, core, present) in sums.items():
        # a clock that was set back may have given an hour more than an hour
        ran = min(absent, length)
        there = min(present, length - ran) if is_by_hour else None
        one = Attended(at, ran, core * ran // absent if absent else 0, there)
        if at not in found or one.known_us >= found[at].known_us:
            found[at] = one
    return Shared(level, tuple(found[at] for at in sorted(found)))


def alone(told: Shared) -> tuple[int, int]:
    """By presence that is told by hour: up to when it is known (UTC µs, 0: it is not), and since
    which hour no one has been there by then; 0 if someone was."""
    until = since = 0
    for one in reversed(told.parts if told.level == BY_HOUR else ()):
        if since and one.at + HOUR_US != since:
            break  # it did not run in between
        until = until or one.at + HOUR_US
        if one.present_us:
            break
        since = one.at
    return until, since


def is_part(name: str) -> bool:
    """Whether a file of that name is one of these."""
    return _level_of(name) is not None


def write(told: Shared) -> dict[str, bytes]:
    """The files by their names, the newest as many as fit."""
    months: dict[str, list[bytes]] = {}
    left = LIMIT
    for one in reversed(told.parts):
        text = f"{line(one, told.level)}\n".encode()
        left -= len(text)
        if left < 0:
            break
        months.setdefault(month_of(one.at), []).append(text)
    end = _ENDS.get(told.level, "")
    return {f"{month}{end}": b"".join(reversed(lines)) for month, lines in months.items()}


def _named(one: Attended, level: str) -> dict[str, object]:
    year, month, day = civil_date(one.at // DAY_US)
    date = f"{year:04}-{month:02}-{day:02}"
    amounts = {
        "unattended_us": one.unattended_us,
        "unattended_core_us": one.unattended_core_us,
    }
    if level == BY_DAY:
        return {"day": date, **amounts}
    hour = one.at % DAY_US // HOUR_US
    return {"hour": f"{date}T{hour:02}", **amounts, "present_us": one.present_us or 0}


def read(files: Mapping[str, bytes], latest: int) -> Shared:
    """What the files of a stream tell of presence, none of it after an instant (UTC µs). Raises
    PresenceRefused."""
    levels = {name: level for name in files if (level := _level_of(name)) is not None}
    if not levels:
        return Shared()
    if len(set(levels.values())) > 1:
        raise PresenceRefused("it tells of presence by day and by hour")
    if sum(len(files[name]) for name in levels) > LIMIT:
        raise PresenceRefused(f"it tells of presence with more than {LIMIT >> 20} MiB")
    level = next(iter(levels.values()))
    found: dict[int, Attended] = {}
    for name in levels:
        for n, text in enumerate(files[name].split(b"\n"), 1):
            if text.strip():
                one = _part(text, level, f"{name}, line {n}", latest)
                if one.at in found or name[:7] != month_of(one.at):
                    raise PresenceRefused(
                        f"{name}, line {n}: it is there twice or of another month"
                    )
                found[one.at] = one
    return Shared(level, tuple(found[at] for at in sorted(found)))


def read_day(line: bytes, where: str, latest: int) -> Attended:
    """The unattended time of a day in a line as it came from elsewhere; `where` is what an error
    calls it. Raises PresenceRefused."""
    return _part(line, BY_DAY, where, latest)


def line(one: Attended, level: str) -> str:
    """A part as a line of its file, without the end of the line."""
    import json  # not for those who only read

    return json.dumps(_named(one, level))


def _part(content: bytes, level: str, where: str, latest: int) -> Attended:
    try:
        found = plain_json.loads(content.decode("utf-8"))
        at = _hour(found["hour"]) if level == BY_HOUR else _day(found["day"])
        absent, core = _whole(found["unattended_us"]), _whole(found["unattended_core_us"])
        present = _whole(found["present_us"]) if level == BY_HOUR else None
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise PresenceRefused(f"{where}: it is not as in docs/json") from error
    if at > latest:
        raise PresenceRefused(f"{where}: it is in the future")
    one = Attended(at, absent, core, present)
    if one.known_us > _LENGTHS[level] or not absent <= core <= absent * _MOST_CORES:
        raise PresenceRefused(f"{where}: it is more than a machine can run")
    return one


def _level_of(name: str) -> str | None:
    for level, end in _ENDS.items():
        if name.endswith(end) and is_month(name.removesuffix(end)):
            return level
    return None


def _day(text: str) -> int:
    """The start of a day such as 2026-11-30 (UTC µs). Raises ValueError."""
    if len(text) != 10 or text[7] != "-" or not is_month(text[:7]) or not text[8:].isdecimal():
        raise ValueError(text)
    at = day_of(int(text[:4]), int(text[5:7]), int(text[8:])) * DAY_US
    if month_of(at) != text[:7]:
        raise ValueError(text)
    return at


def _hour(text: str) -> int:
    """The start of an hour such as 2026-11-30T08 (UTC µs). Raises ValueError."""
    day, _, hour = text.partition("T")
    if len(hour) != 2 or not hour.isdecimal() or int(hour) > 23:
        raise ValueError(text)
    return _day(day) + int(hour) * HOUR_US


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 62:
        raise ValueError(value)
    return value
