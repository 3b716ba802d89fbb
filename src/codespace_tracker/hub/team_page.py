"""What a team's page and its CSV show, as values and words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.hub.figures import Figures, Used, runs
from codespace_tracker.hub.store.interface import month_name
from codespace_tracker.views import wording
from codespace_tracker.views.quota_terms import estimated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from codespace_tracker.hub.store.interface import AsideRow, StreamRow
    from codespace_tracker.hub.unattended import Alone

_NO_NAME = "no name"


class Line(NamedTuple):
    """A row: its name, and what it says of each column. `part` is its share of the largest, in
    percent."""

    name: str
    running: str
    core_hours: str
    sessions: str
    part: int


class Running(NamedTuple):
    """A codespace that runs, or may: its name, whose it is, its repository, and up to when it is
    known."""

    name: str
    person: str
    repository: str
    seen: str
    is_silent: bool


class AloneLine(NamedTuple):
    """A row of unattended time: its name, how long, its core-hours, what they cost. `part` as in
    `Line`."""

    name: str
    running: str
    core_hours: str
    cost: str
    part: int


class Content(NamedTuple):
    """All that the page shows of some days."""

    team: str
    viewer: str
    since: str
    until: str
    at: str
    total: Line
    running: tuple[Running, ...]
    repositories: tuple[Line, ...]
    codespaces: tuple[Line, ...]
    people: tuple[Line, ...]
    months: tuple[Line, ...]
    unattended: AloneLine
    unattended_repositories: tuple[AloneLine, ...]
    unattended_codespaces: tuple[AloneLine, ...]
    unattended_months: tuple[AloneLine, ...]
    aside: tuple[tuple[str, str], ...]


def content(
    team: str,
    viewer: str,
    found: Figures,
    people: Mapping[str, int],
    alone: Sequence[Alone],
    aside: Iterable[AsideRow],
    days: tuple[int, int],
    now: int,
) -> Content:
    """What the page shows of a team on the days from the first until before the end (since 1970),
    and of unattended time in their months, at the instant now (UTC µs). `people` is how long (µs)
    each person's codespaces ran."""
    since, until = days
    of = {one.stream_id: one for one in found.streams}
    named = {one.stream_id: _name(one) for one in found.streams}
    return Content(
        team,
        viewer,
        wording.day(since * DAY_US, UTC),
        wording.day((until - 1) * DAY_US, UTC),
        wording.moment(now, UTC, seconds=False),
        _line("All", _sum(found.used.values()), 1),
        tuple(_running(one, now) for one in found.streams if one.is_open),
        _lines(found, lambda stream, _: of[stream].repository or _NO_NAME),
        _lines(found, lambda stream, _: named[stream]),
        _people(people),
        _lines(found, lambda _, day: month_name(day), by_size=False),
        _alone("All", alone, 1),
        _alone_lines(alone, lambda one: one.repository or _NO_NAME),
        _alone_lines(alone, lambda one: one.codespace or _NO_NAME),
        _alone_lines(alone, lambda one: one.month, by_size=False),
        tuple((named.get(one.stream_id, ""), wording.printable(one.reason)) for one in aside),
    )


def table(found: Figures) -> list[tuple[str, ...]]:
    """The rows of the CSV, with their head: each stream and day, with all that is shown of it."""
    head = ("day", "codespace", "repository", "environment", "person", "payer")
    rows: list[tuple[str, ...]] = [(*head, "running_hours", "core_hours", "sessions")]
    of = {one.stream_id: one for one in found.streams}
    for (stream_id, day), used in sorted(found.used.items(), key=lambda item: item[0][::-1]):
        one = of[stream_id]
        texts = (one.codespace, one.repository, one.environment, one.shown_person, one.payer)
        date = UTC.date(day * DAY_US)
        hours = wording.decimal(used.running_us, HOUR_US, 4)
        core = wording.decimal(used.core_us, HOUR_US, 4)
        rows.append((date, *map(_cell, texts), hours, core, str(used.sessions)))
    return rows


def alone_table(alone: Iterable[Alone]) -> list[tuple[str, ...]]:
    """The rows of the CSV of unattended time, with their head: each month and codespace. Whose it
    is, it does not say."""
    head = ("month", "codespace", "repository", "environment")
    amounts = ("unattended_hours", "unattended_core_hours", "estimated_dollars")
    rows: list[tuple[str, ...]] = [(*head, *amounts)]
    for one in alone:
        texts = map(_cell, (one.codespace, one.repository, one.environment))
        hours = wording.decimal(one.running_us, HOUR_US, 4)
        core = wording.decimal(one.core_us, HOUR_US, 4)
        rows.append((one.month, *texts, hours, core, estimated(one.paid_core_us)[1:]))
    return rows


def _cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _name(stream: StreamRow) -> str:
    return stream.codespace or f"{_NO_NAME} ({stream.stream_id[:8]})"


def _running(stream: StreamRow, now: int) -> Running:
    seen = f"{wording.about(max(0, now - stream.seen_at))} ago"
    return Running(
        _name(stream),
        stream.shown_person,
        stream.repository or _NO_NAME,
        seen,
        not runs(stream, now),
    )


def _lines(
    found: Figures, key: Callable[[str, int], str], *, by_size: bool = True
) -> tuple[Line, ...]:
    groups: dict[str, Used] = {}
    for (stream_id, day), used in found.used.items():
        name = key(stream_id, day)
        groups[name] = groups.get(name, Used()).plus(*used)
    largest = max((used.core_us for used in groups.values()), default=0)
    order = sorted(groups.items(), key=lambda item: (-item[1].core_us * by_size, item[0]))
    return tuple(_line(name, used, largest) for name, used in order)


def _people(ran: Mapping[str, int]) -> tuple[Line, ...]:
    largest = max(ran.values(), default=0)
    return tuple(
        Line(name, wording.length(us), "", "", 100 * us // largest if largest else 0)
        for name, us in sorted(ran.items(), key=lambda item: (-item[1], item[0]))
    )


def _alone_lines(
    alone: Iterable[Alone], key: Callable[[Alone], str], *, by_size: bool = True
) -> tuple[AloneLine, ...]:
    groups: dict[str, list[Alone]] = {}
    for one in alone:
        groups.setdefault(key(one), []).append(one)
    sizes = {name: sum(one.core_us for one in group) for name, group in groups.items()}
    largest = max(sizes.values(), default=0)
    order = sorted(groups, key=lambda name: (-sizes[name] * by_size, name))
    return tuple(_alone(name, groups[name], largest) for name in order)


def _alone(name: str, group: Iterable[Alone], largest: int) -> AloneLine:
    all_ = list(group)
    core_us = sum(one.core_us for one in all_)
    return AloneLine(
        name,
        wording.length(sum(one.running_us for one in all_)),
        wording.core_hours(core_us),
        estimated(sum(one.paid_core_us for one in all_)),
        100 * core_us // largest if largest else 0,
    )


def _sum(all_: Iterable[Used]) -> Used:
    found = Used()
    for used in all_:
        found = found.plus(*used)
    return found


def _line(name: str, used: Used, largest: int) -> Line:
    return Line(
        name,
        wording.length(used.running_us),
        wording.core_hours(used.core_us),
        str(used.sessions),
        100 * used.core_us // largest if largest else 0,
    )
