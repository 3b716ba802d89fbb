"""What a team's page and its CSV show, as values and words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import DAY_US
from codespace_tracker.core.stream import union
from codespace_tracker.hub.figures import Figures, Used, runs
from codespace_tracker.hub.store.interface import month_name
from codespace_tracker.views import wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from codespace_tracker.hub.store.interface import AsideRow, StreamRow, Telling

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
    aside: tuple[tuple[str, str], ...]


def content(
    team: str,
    viewer: str,
    found: Figures,
    told: Iterable[Telling],
    aside: Iterable[AsideRow],
    days: tuple[int, int],
    now: int,
) -> Content:
    """What the page shows of a team on the days from the first until before the end (since 1970),
    at the instant now (UTC µs)."""
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
        _people(found, told, since * DAY_US, until * DAY_US),
        _lines(found, lambda _, day: month_name(day), by_size=False),
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
        hours = wording.decimal(used.running_us, 3_600_000_000, 4)
        core = wording.decimal(used.core_us, 3_600_000_000, 4)
        rows.append((date, *map(_cell, texts), hours, core, str(used.sessions)))
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


def _people(found: Figures, told: Iterable[Telling], since: int, until: int) -> tuple[Line, ...]:
    """The running time of each person, in which time that several codespaces ran counts once."""
    people = {one.stream_id: one.shown_person for one in found.streams}
    spans: dict[str, list[tuple[int, int, int]]] = {}
    for one in told:
        for start, running, cores in one.spans:
            begin, end = max(start, since), min(start + running, until)
            if end > begin:
                spans.setdefault(people[one.stream_id], []).append((begin, end - begin, cores))
    ran = {
        name: sum(end - start for start, end in union(stretches))
        for name, stretches in spans.items()
    }
    largest = max(ran.values(), default=0)
    return tuple(
        Line(name, wording.length(us), "", "", 100 * us // largest if largest else 0)
        for name, us in sorted(ran.items(), key=lambda item: (-item[1], item[0]))
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
